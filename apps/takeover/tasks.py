"""Large files, checked and written by the worker."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from procrastinate.contrib.django import app

from apps.jobs.models import Job
from apps.jobs.services import fail_job, finish_job, progress_of
from apps.jobs.tenancy import for_job
from apps.takeover import services
from apps.takeover.models import Takeover
from apps.takeover.reading import Unreadable


def _takeover(takeover_id: int) -> Takeover:
    return Takeover.objects.select_related("document", "organization", "started_by").get(pk=takeover_id)


@contextmanager
def _ends_with_its_job(takeover_id: int) -> Iterator[None]:
    """A defect that ends the job ends the takeover too."""
    try:
        yield
    except Exception:
        Takeover.objects.filter(pk=takeover_id).update(status=Takeover.Status.FAILED)
        raise


@app.task(name="apps.takeover.tasks.check_takeover")
@for_job
def check_takeover(job: Job, takeover_id: int) -> None:
    with _ends_with_its_job(takeover_id):
        preview = services.check_takeover(takeover=_takeover(takeover_id))
    message = ngettext(
        "Le classeur est contrôlé : %(count)s faute.",
        "Le classeur est contrôlé : %(count)s fautes.",
        preview.fault_count,
    ) % {"count": preview.fault_count}
    finish_job(
        job=job, message=preview.unreadable or message, result_url=reverse("takeover:detail", args=[takeover_id])
    )


@app.task(name="apps.takeover.tasks.write_takeover")
@for_job
def write_takeover(job: Job, takeover_id: int) -> None:
    takeover = _takeover(takeover_id)
    try:
        with _ends_with_its_job(takeover_id), progress_of(job) as progress:
            # After a worker was killed between writing and the end of the job this finds everything written already.
            message = services.write_takeover(takeover=takeover, progress=progress)
    except (services.HasFaults, services.CannotApprove, Unreadable) as refusal:
        services.check_takeover(takeover=takeover)
        fail_job(job=job, message=_refusal(refusal))
    else:
        finish_job(job=job, message=message, result_url=reverse("takeover:detail", args=[takeover_id]))


def _refusal(refusal: Exception) -> str:
    if isinstance(refusal, services.HasFaults):
        return _("Entre-temps, des données ont changé : le classeur a maintenant des fautes. Rien n'a été écrit.")
    return f"{refusal} {_('Rien n’a été écrit.')}"

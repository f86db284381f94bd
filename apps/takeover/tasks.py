"""Large files, checked and written by the worker."""

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


def _never_checked(job: Job, takeover_id: int) -> None:
    Takeover.objects.filter(pk=takeover_id).update(status=Takeover.Status.FAILED)


def _not_written(job: Job, takeover_id: int) -> None:
    """Cancelled, the file waits for its confirmation as before; a defect ends the takeover with its job."""
    is_cancelled = job.status == Job.Status.CANCELLED
    status = Takeover.Status.CHECKED if is_cancelled else Takeover.Status.FAILED
    Takeover.objects.filter(pk=takeover_id).update(status=status)


@app.task(name="apps.takeover.tasks.check_takeover")
@for_job(undone=_never_checked)
def check_takeover(job: Job, takeover_id: int) -> None:
    with progress_of(job) as progress:
        progress(0, 1)
        preview = services.check_takeover(takeover=_takeover(takeover_id))
        progress(1, 1)
    message = ngettext(
        "Le classeur est contrôlé : %(count)s faute.",
        "Le classeur est contrôlé : %(count)s fautes.",
        preview.fault_count,
    ) % {"count": preview.fault_count}
    finish_job(
        job=job, message=preview.unreadable or message, result_url=reverse("takeover:detail", args=[takeover_id])
    )


@app.task(name="apps.takeover.tasks.write_takeover")
@for_job(undone=_not_written)
def write_takeover(job: Job, takeover_id: int) -> None:
    takeover = _takeover(takeover_id)
    try:
        with progress_of(job) as progress:
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

"""Long work on personal data: large copies, and erasing what is past its retention."""

from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from apps.jobs.models import Job
from apps.jobs.services import finish_job, progress_of
from apps.jobs.tenancy import for_job
from apps.owners.models import Owner
from apps.privacy import exports
from apps.privacy.dossier import load_dossier
from apps.privacy.retention import apply_kinds
from apps.privacy.services import COPY_TASK, RETENTION_TASK, keep_copy


def _nothing_waits(job: Job, **arguments: object) -> None:
    """Nothing but the job itself knows of it."""


@app.task(name=RETENTION_TASK)
@for_job(undone=_nothing_waits)
def apply_retention(job: Job, kinds: str) -> None:
    with progress_of(job) as progress:
        done = apply_kinds(
            organization=job.organization, kinds=kinds.split(","), on=timezone.localdate(), progress=progress
        )
    message = _(
        "Effacé : %(former_owners)s copropriétaires, %(vouchers)s pièces de factures, "
        "%(forgotten_papers)s pièces jamais enregistrées, %(old_copies)s copies préparées."
    )
    finish_job(job=job, message=message % done, result_url=reverse("privacy:retention"))


@app.task(name=COPY_TASK)
@for_job(undone=_nothing_waits)
def prepare_copy(job: Job, owner_id: int) -> None:
    owner = Owner.objects.for_organization(job.organization_id).select_related("organization").get(pk=owner_id)
    with progress_of(job) as progress:
        progress(0, 3)
        dossier = load_dossier(owner, timezone.now())
        progress(2, 3)
        data, paper = exports.write_json(dossier), exports.write_pdf(dossier)
        progress(3, 3)
    copy = keep_copy(owner=owner, data=data, paper=paper, by=job.started_by, at=dossier.made_at)
    try:
        message = _("La copie est prête : elle se télécharge depuis la page de la personne.")
        finish_job(job=job, message=message, result_url=reverse("privacy:owner", args=[owner.pk]))
    except BaseException:
        for document in (copy.data, copy.paper):  # their rows are undone with the transaction
            default_storage.delete(document.path)
        raise

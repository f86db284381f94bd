"""Erasing in the background what is past its retention."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from apps.jobs.models import Job
from apps.jobs.services import finish_job, progress_of
from apps.jobs.tenancy import for_job
from apps.privacy.retention import apply_kinds
from apps.privacy.services import RETENTION_TASK


def _nothing_waits(job: Job, kinds: str) -> None:
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
        "%(forgotten_papers)s pièces jamais enregistrées."
    )
    finish_job(job=job, message=message % done, result_url=reverse("privacy:retention"))

"""Tasks of the background worker that work for one organization."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection
from django.utils import translation

from apps.accounts.models import Organization
from apps.jobs.models import Job
from apps.jobs.services import begin_job, fail_job
from koprogo.context import working_as

logger = logging.getLogger(__name__)


def for_job(work: Callable[..., None]) -> Callable[..., None]:
    """`work(job, …)` runs inside the job's organization, as the person who started it; a failure ends the job.

    A worker that is killed leaves the job running: the next try begins it again, so `work` is safe to run twice.
    """

    @wraps(work)
    def task(organization_id: int, job_id: int, **arguments: Any) -> None:
        try:
            organization = Organization.objects.get(pk=organization_id)
            with working_as(organization_id=organization_id, actor="worker"):
                job = Job.objects.select_related("started_by").get(pk=job_id)
            language = job.started_by.language if job.started_by else organization.language
            with (
                working_as(organization_id=organization_id, actor=job.started_by_id or "worker"),
                translation.override(language),
            ):
                if begin_job(job=job):
                    _run(work, job, arguments)
        finally:
            connection.close()  # the next task may run in another thread, for another organization

    return task


def give_up(organization_id: int, job_id: int, **arguments: Any) -> None:
    """End a job whose worker was killed too often."""
    try:
        with working_as(organization_id=organization_id, actor="worker"):
            message = translation.gettext("Ce travail s'est interrompu plusieurs fois ; rien n'a été écrit.")
            fail_job(job=Job.objects.get(pk=job_id), message=message)
    finally:
        connection.close()


def _run(work: Callable[..., None], job: Job, arguments: dict[str, Any]) -> None:
    try:
        work(job, **arguments)
    except Exception:
        logger.exception("job failed", extra={"job": job.pk})
        fail_job(
            job=job,
            message=translation.gettext(
                "Ce travail a échoué par notre faute ; rien n'a été écrit. Notre équipe en est avertie."
            ),
        )

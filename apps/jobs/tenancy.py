"""Tasks of the background worker that work for one organization."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.utils import translation

from apps.accounts.models import Organization
from apps.jobs.models import Job
from apps.jobs.services import Cancelled, begin_job, end_cancelled_job, fail_job, undo_task
from koprogo.context import working_as

logger = logging.getLogger(__name__)
Work = Callable[..., None]


def for_job(undone: Work) -> Callable[[Work], Work]:
    """`work(job, …)` runs inside the job's organization, as the person who started it, in one transaction.

    It ends with finish_job or fail_job. A failure or a cancelled job leaves nothing of it; then `undone(job, …)`
    tidies what waits for its result, in the transaction that ends the job. A worker that is killed leaves the job
    running: the next try begins it again.
    """

    def decorate(work: Work) -> Work:
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
                    _run(work, undone, job, arguments)
            finally:
                connection.close()  # the next task may run in another thread, for another organization

        task.undone = undone  # type: ignore[attr-defined]
        return task

    return decorate


def give_up(task_name: str, arguments: dict[str, Any]) -> None:
    """End a job whose worker was killed too often."""
    try:
        with working_as(organization_id=arguments["organization_id"], actor="worker"), transaction.atomic():
            job = Job.objects.select_for_update().get(pk=arguments["job_id"])
            if job.status == Job.Status.CANCELLING:
                end_cancelled_job(job=job)
            else:
                message = translation.gettext("Ce travail s'est interrompu plusieurs fois ; rien n'a été écrit.")
                fail_job(job=job, message=message)
            undo_task(job=job, task_name=task_name, arguments=arguments)
    finally:
        connection.close()


def _run(work: Work, undone: Work, job: Job, arguments: dict[str, Any]) -> None:
    try:
        if begin_job(job=job):
            with transaction.atomic():
                work(job, **arguments)
    except Cancelled:
        with transaction.atomic():
            end_cancelled_job(job=job)
            undone(job, **arguments)
    except Exception:
        logger.exception("job failed", extra={"job": job.pk})
        message = translation.gettext(
            "Ce travail a échoué par notre faute ; rien n'a été écrit. Notre équipe en est avertie."
        )
        with transaction.atomic():
            fail_job(job=job, message=message)
            undone(job, **arguments)

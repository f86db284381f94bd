"""Starting long work, telling how far it is, cancelling it, and ending it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic

import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.accounts.models import Organization, User
from apps.audit.services import record
from apps.jobs.models import Job
from koprogo import context

Status = Job.Status


class JobIsOver(Exception):
    """What has ended cannot be cancelled."""


class Cancelled(Exception):
    """Somebody cancelled the job while its work went on: raised through the work, so that its transaction ends."""


def create_job(*, organization: Organization, title: str, by: User | None, at: datetime) -> Job:
    """A job that waits; the caller defers its task in the same transaction."""
    return Job.objects.create(organization=organization, title=title, started_by=by, created_at=at)


@transaction.atomic
def begin_job(*, job: Job) -> bool:
    """Take a waiting job up, or one that a killed worker left; False: it is over. Raises Cancelled."""
    locked = _locked(job)
    if locked.is_over:
        return False
    locked.status, locked.done = Status.RUNNING, 0
    locked.save(update_fields=["status", "done"])
    return True


@transaction.atomic
def finish_job(*, job: Job, message: str, result_url: str = "") -> None:
    """The last step of the work, in the work's own transaction: what is done is written, and the reverse.

    Raises Cancelled.
    """
    locked = _locked(job)
    locked.status, locked.message, locked.result_url = Status.DONE, message, result_url
    locked.save(update_fields=["status", "message", "result_url"])


def fail_job(*, job: Job, message: str) -> None:
    """End a job that did not come through; `message` tells the person why, in one sentence."""
    Job.objects.filter(pk=job.pk).update(status=Status.FAILED, message=message)


@transaction.atomic
def cancel_job(*, job: Job, by: User) -> Job:
    """Cancel a waiting job at once, a running one at its work's next step. Raises JobIsOver.

    Nothing that the work has written by then stays.
    """
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if locked.is_over:
        raise JobIsOver
    if locked.status == Status.CANCELLING:
        return locked
    is_waiting = locked.status == Status.WAITING
    locked.status = Status.CANCELLED if is_waiting else Status.CANCELLING
    locked.message = _("Annulé à la demande de %(name)s : rien n’a été écrit.") % {"name": by}
    locked.save(update_fields=["status", "message"])
    record("job_cancelled", organization_id=locked.organization_id, on=locked)
    if is_waiting:
        _withdraw_task(locked)
    return locked


def end_cancelled_job(*, job: Job) -> None:
    """After the work's transaction was rolled back."""
    job.status = Status.CANCELLED
    job.save(update_fields=["status"])


def _locked(job: Job) -> Job:
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if locked.status == Status.CANCELLING:
        raise Cancelled
    return locked


def _withdraw_task(job: Job) -> None:
    """The worker's own row is cancelled too; one that it takes up this very moment finds the job over."""
    rows = ProcrastinateJob.objects.filter(status__in=["todo", "doing"], args__job_id=job.pk)
    for pk, task_name, arguments in rows.values_list("pk", "task_name", "args"):
        app.job_manager.cancel_job_by_id(pk)
        undo_task(job=job, task_name=task_name, arguments=arguments)


def undo_task(*, job: Job, task_name: str, arguments: dict[str, int]) -> None:
    """What the task wants done when its work is not (apps.jobs.tenancy.for_job)."""
    further = {name: value for name, value in arguments.items() if name not in ("organization_id", "job_id")}
    app.tasks[task_name].func.undone(job, **further)


Progress = Callable[[int, int], None]
SECONDS_BETWEEN = 0.5


@contextmanager
def progress_of(job: Job) -> Iterator[Progress]:
    """`progress(done, total)` writes on a connection of its own: it is seen while the work's transaction is open.

    It raises Cancelled when somebody has cancelled the job.
    """
    parameters = connection.get_connection_params()
    for unknown in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(unknown, None)
    with psycopg.connect(**parameters, autocommit=True) as aside:
        aside.execute(
            "SELECT " + ", ".join("set_config(%s, %s, false)" for _ in context.SETTINGS),
            [text for pair in zip(context.SETTINGS, context.current(), strict=True) for text in pair],
        )

        written_at = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal written_at
            # Each is a commit of its own: as often as a person can see, and at the end.
            if done == total or monotonic() - written_at >= SECONDS_BETWEEN:
                status = aside.execute(
                    "UPDATE jobs_job SET done = %s, total = %s WHERE id = %s RETURNING status", [done, total, job.pk]
                ).fetchone()
                written_at = monotonic()
                if status == (Status.CANCELLING,):
                    raise Cancelled

        yield progress

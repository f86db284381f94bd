"""Starting long work, telling how far it is, and ending it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic

import psycopg
from django.db import connection, transaction

from apps.accounts.models import Organization, User
from apps.jobs.models import Job
from koprogo import context

Status = Job.Status


def create_job(*, organization: Organization, title: str, by: User | None, at: datetime) -> Job:
    """A job that waits; the caller defers its task in the same transaction."""
    return Job.objects.create(organization=organization, title=title, started_by=by, created_at=at)


@transaction.atomic
def begin_job(*, job: Job) -> bool:
    """Take a waiting job up, or one that a killed worker left; False: it is over."""
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if locked.is_over:
        return False
    locked.status = Status.RUNNING
    locked.save(update_fields=["status"])
    return True


def finish_job(*, job: Job, message: str, result_url: str = "") -> None:
    Job.objects.filter(pk=job.pk).update(status=Status.DONE, message=message, result_url=result_url)


def fail_job(*, job: Job, message: str) -> None:
    """End a job that did not come through; `message` tells the person why, in one sentence."""
    Job.objects.filter(pk=job.pk).update(status=Status.FAILED, message=message)


Progress = Callable[[int, int], None]
SECONDS_BETWEEN = 0.5


@contextmanager
def progress_of(job: Job) -> Iterator[Progress]:
    """`progress(done, total)` writes on a connection of its own: it is seen while the work's transaction is open."""
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
                aside.execute("UPDATE jobs_job SET done = %s, total = %s WHERE id = %s", [done, total, job.pk])
                written_at = monotonic()

        yield progress

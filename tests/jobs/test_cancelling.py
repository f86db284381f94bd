"""Long work that is cancelled: at once while it waits, at its next step while it runs, and never half."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.jobs import services as jobs
from apps.jobs import tasks
from apps.jobs.models import Job
from apps.jobs.tenancy import give_up
from apps.takeover import services
from apps.takeover.models import Takeover
from koprogo import context
from tests.accounts.clients import client_of, colleague
from tests.conftest import owner_connection
from tests.factories import NOON, MembershipFactory, sign_in
from tests.takeover.files import REFERENCE_FILES
from tests.takeover.test_worker import enter_again, work

pytestmark = pytest.mark.django_db(transaction=True)
TILLEULS = (REFERENCE_FILES / "les-tilleuls.xlsx").read_bytes()


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any) -> Membership:
    """In an office for which every file is a large one."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "LARGE_FILE", 0)
    monkeypatch.setattr(services, "LARGE_COUNT", 0)
    monkeypatch.setattr(jobs, "SECONDS_BETWEEN", 0)
    membership = MembershipFactory()
    enter_again(membership)
    return membership


def upload(member: Membership) -> Job:
    sign_in(member).post("/takeover/", {"file": SimpleUploadedFile("x.xlsx", TILLEULS)})
    return Job.objects.latest("id")


def confirm(member: Membership) -> Job:
    """A file that was checked and confirmed, and waits to be written."""
    upload(member)
    work()
    enter_again(member)
    sign_in(member).post(f"/takeover/{Takeover.objects.get().pk}/confirm/", {"approve": "on"})
    return Job.objects.latest("id")


def cancel_by_somebody_else(job: Job) -> None:
    """As another connection does it, while the work's transaction is open."""
    with owner_connection() as owner:
        owner.execute("SELECT set_config('koprogo.organization', %s, false)", [str(job.organization_id)])
        owner.execute("UPDATE jobs_job SET status = 'cancelling', message = 'Annulé.' WHERE id = %s", [job.pk])


def cancel_when(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[int]:
    """The job is cancelled from elsewhere right after this function has done its work."""
    before: Callable[..., Any] = getattr(module, name)
    written: list[int] = []

    def and_cancel(*arguments: Any, **named: Any) -> Any:
        result = before(*arguments, **named)
        written.append(Building.objects.count())
        cancel_by_somebody_else(Job.objects.latest("id"))
        return result

    monkeypatch.setattr(module, name, and_cancel)
    return written


def test_a_waiting_job_is_cancelled_at_once_and_never_begins(member: Membership) -> None:
    job = confirm(member)
    page = sign_in(member).post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()
    assert f"Annulé à la demande de {member.user.name} : rien n’a été écrit." in page
    assert ProcrastinateJob.objects.latest("id").status == "cancelled"
    work()
    enter_again(member)
    assert Job.objects.latest("id").status == "cancelled"
    assert not Building.objects.exists()


def test_a_takeover_that_was_cancelled_can_be_confirmed_again(member: Membership) -> None:
    job = confirm(member)
    client = sign_in(member)
    client.post(f"/jobs/{job.pk}/cancel/")
    takeover = Takeover.objects.get()
    page = client.get(f"/takeover/{takeover.pk}/").content.decode()
    assert "Annulé à la demande de" in page
    assert "Confirmer la reprise" in page
    client.post(f"/takeover/{takeover.pk}/confirm/")
    work()
    enter_again(member)
    assert (Takeover.objects.get().status, Building.objects.count()) == ("done", 1)


def test_a_running_job_ends_at_its_next_step_with_nothing_written(
    member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.takeover.writing import Writer

    confirm(member)
    written = cancel_when(monkeypatch, Writer, "_building")
    work()
    enter_again(member)
    assert written == [1]  # inside the transaction
    assert (Job.objects.latest("id").status, Takeover.objects.get().status) == ("cancelled", "checked")
    assert not Building.objects.exists()


def test_a_job_is_cancelled_up_to_its_very_end(member: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last step of progress, before the transaction ends."""
    confirm(member)
    written = cancel_when(monkeypatch, services, "write_takeover")
    work()
    enter_again(member)
    assert written == [1]
    assert (Job.objects.latest("id").status, Building.objects.count()) == ("cancelled", 0)


def test_a_cancelled_check_keeps_no_result(member: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    job = upload(member)
    cancel_when(monkeypatch, services, "check_takeover")
    work()
    enter_again(member)
    job.refresh_from_db()
    assert (job.status, Takeover.objects.get().status, Takeover.objects.get().preview) == ("cancelled", "failed", {})


def test_what_a_killed_worker_left_honours_the_cancel_that_came_in_between(member: Membership) -> None:
    job = confirm(member)
    Job.objects.filter(pk=job.pk).update(status=Job.Status.RUNNING)  # as kill -9 leaves it
    page = sign_in(member).post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()
    assert "s’arrête à sa prochaine étape" in page
    work()  # the retry
    enter_again(member)
    job.refresh_from_db()
    assert (job.status, Takeover.objects.get().status) == ("cancelled", "checked")
    assert not Building.objects.exists()


@pytest.mark.parametrize(
    ("status", "end", "takeover"), [("running", "failed", "failed"), ("cancelling", "cancelled", "checked")]
)
def test_what_kills_its_worker_again_and_again_is_given_up(
    member: Membership, status: str, end: str, takeover: str
) -> None:
    job = confirm(member)
    Job.objects.filter(pk=job.pk).update(status=status)
    task = ProcrastinateJob.objects.latest("id")
    give_up(task.task_name, task.args)
    connection.ensure_connection()
    enter_again(member)
    job.refresh_from_db()
    assert (job.status, Takeover.objects.get().status) == (end, takeover)
    assert tasks.MOST_ATTEMPTS == 3


def test_a_job_that_is_over_cannot_be_cancelled(member: Membership) -> None:
    confirm(member)
    work()
    enter_again(member)
    job = Job.objects.latest("id")
    page = sign_in(member).post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()
    assert "déjà terminé" in page
    assert (Job.objects.latest("id").status, Building.objects.count()) == ("done", 1)


def test_cancelling_is_told_with_who_did_it(member: Membership) -> None:
    job = confirm(member)
    manager = colleague(member, Role.MANAGER)
    enter_again(member)
    client_of(manager).post(f"/jobs/{job.pk}/cancel/")
    enter_again(member)
    event = AuditEvent.objects.get(action="job_cancelled")
    assert (event.actor_id, event.table, event.object_id) == (manager.user_id, "jobs_job", job.pk)


def test_who_started_it_or_a_manager_may_cancel(member: Membership) -> None:
    accountant, other = colleague(member, Role.ACCOUNTANT), colleague(member, Role.ACCOUNTANT)
    enter_again(member)
    job = jobs.create_job(organization=member.organization, title="Export", by=accountant.user, at=NOON)
    assert "Arrêter ce traitement" not in client_of(other).get(f"/jobs/{job.pk}/").content.decode()
    assert client_of(other).post(f"/jobs/{job.pk}/cancel/").status_code == 403
    assert "Arrêter ce traitement" in client_of(accountant).get(f"/jobs/{job.pk}/").content.decode()
    assert client_of(accountant).post(f"/jobs/{job.pk}/cancel/").status_code == 302
    context.enter(context.Context(str(member.organization_id)))
    assert Job.objects.get().status == "cancelled"

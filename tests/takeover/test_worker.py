"""Large files go through the background worker, with progress, once, and again after a killed worker."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from procrastinate.contrib.django import app

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.jobs.models import Job
from apps.takeover import services
from apps.takeover.models import Takeover
from koprogo import context
from tests.factories import MembershipFactory, sign_in
from tests.takeover.files import FAULTY_FILE, REFERENCE_FILES

pytestmark = pytest.mark.django_db(transaction=True)
TILLEULS = (REFERENCE_FILES / "les-tilleuls.xlsx").read_bytes()


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, settings: Any) -> Membership:
    """In an office for which every file is a large one."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(services, "LARGE_FILE", 0)
    monkeypatch.setattr(services, "LARGE_COUNT", 0)
    membership = MembershipFactory()
    context.enter(context.Context(str(membership.organization_id), str(membership.user_id)))
    return membership


def work() -> None:
    """Run the worker until nothing waits, in a thread of its own: in this one a browser test's loop may be running."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_work).result(60)


def _work() -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as worker:
        worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    connection.close()


def enter_again(member: Membership) -> None:
    context.enter(context.Context(str(member.organization_id), str(member.user_id)))


def test_a_large_file_is_checked_and_written_by_the_worker(member: Membership) -> None:
    client = sign_in(member)
    page = client.post("/takeover/", {"file": SimpleUploadedFile("x.xlsx", TILLEULS)}, follow=True).content.decode()
    assert "hx-get" in page  # the bar asks for its progress
    work()
    enter_again(member)
    takeover = Takeover.objects.get()
    assert takeover.status == "checked"
    client.post(f"/takeover/{takeover.pk}/confirm/", {"approve": "on"})
    assert not Building.objects.exists()
    work()
    enter_again(member)
    assert Building.objects.get().reference == "TIL"
    check, write = Job.objects.order_by("id")
    assert (check.status, write.status) == ("done", "done")
    assert write.message.startswith("Repris : 1 immeuble")
    assert write.done == write.total > 0
    assert "Voir le résultat" in client.get(f"/jobs/{write.pk}/").content.decode()


def test_a_job_left_by_a_killed_worker_begins_again(member: Membership) -> None:
    client = sign_in(member)
    client.post("/takeover/", {"file": SimpleUploadedFile("x.xlsx", FAULTY_FILE.read_bytes())})
    Job.objects.update(status=Job.Status.RUNNING)
    work()
    enter_again(member)
    assert Job.objects.get().status == "done"
    assert Takeover.objects.get().preview["fault_count"] == 16


def test_a_defect_of_ours_ends_the_job_with_a_sentence(member: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(member)
    client.post("/takeover/", {"file": SimpleUploadedFile("x.xlsx", TILLEULS)})
    monkeypatch.setattr(services, "check_takeover", lambda **_: 1 / 0)
    work()
    enter_again(member)
    job = Job.objects.get()
    assert (job.status, job.message.startswith("Ce travail a échoué par notre faute")) == ("failed", True)

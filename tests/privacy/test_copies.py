"""A large copy is made by the worker, downloaded with a trace, and gone with the person."""

import json
from typing import Any

import pytest
from django.core.files.storage import default_storage

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.jobs.models import Job
from apps.owners.models import Owner
from apps.privacy import dossier, services
from apps.privacy.models import PreparedCopy
from tests.factories import NOON, MembershipFactory, sign_in
from tests.privacy.people import person
from tests.takeover.test_worker import enter_again, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member(tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Membership:
    """In an office for which every copy is a large one."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(dossier, "LARGE", -1)
    membership = MembershipFactory()
    enter_again(membership)
    return membership


def test_the_worker_prepares_it_and_each_download_is_recorded(member: Membership) -> None:
    owner, client = person(member), sign_in(member)
    page = client.get(f"/privacy/owners/{owner.pk}/export.json", follow=True).content.decode()
    assert "préparez-la d’abord" in page
    client.post(f"/privacy/owners/{owner.pk}/prepare/")
    work()
    enter_again(member)
    job, copy = Job.objects.get(), PreparedCopy.objects.get()
    assert (job.status, job.result_url, job.title) == (
        "done", f"/privacy/owners/{owner.pk}/", "Copie des données du copropriétaire Z-9",
    )  # fmt: skip
    client = sign_in(member)
    assert f"/privacy/copies/{copy.pk}/paper.pdf" in client.get(job.result_url).content.decode()
    answer = client.get(f"/privacy/copies/{copy.pk}/data.json")
    assert json.loads(answer.getvalue())["identity"]["name"] == "Vandermeersch"
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(f"/privacy/copies/{copy.pk}/paper.pdf").getvalue().startswith(b"%PDF")
    enter_again(member)
    assert AuditEvent.objects.filter(action="exported", object_id=owner.pk).count() == 2


def test_a_cancelled_copy_leaves_no_file(member: Membership, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    owner = person(member)
    services.start_copy(owner=owner, by=member.user, at=NOON)
    monkeypatch.setattr("apps.privacy.tasks.finish_job", _cancelled)
    work()
    enter_again(member)
    assert Job.objects.get().status == "failed"
    assert not PreparedCopy.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _cancelled(**arguments: Any) -> None:
    raise RuntimeError("somebody pulled the plug")


def test_it_goes_with_the_person(member: Membership) -> None:
    owner = person(member)
    copy = services.keep_copy(owner=owner, data=b"{}", paper=b"%PDF", by=member.user, at=NOON)
    paths = [copy.data.path, copy.paper.path]
    assert all(map(default_storage.exists, paths))
    services.erase_owner(owner=Owner.objects.get(pk=owner.pk), reason="x", on=NOON.date())
    assert not any(map(default_storage.exists, paths))
    assert not PreparedCopy.objects.exists()

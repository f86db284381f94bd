"""Papers beside an expense: judged by content, shown to who sees the expense, never lost, never left behind."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.documents.models import Document
from apps.expenses import services
from apps.expenses.models import Attachment, Expense
from tests.accounts.clients import client_of, colleague
from tests.factories import NOON, MembershipFactory, building_with_lots, expense_of
from tests.papers import PDF, picture


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def expense(office: Membership) -> Expense:
    return expense_of(building_with_lots(office.organization, [1000]), status="draft")


@pytest.fixture
def client(office: Membership, expense: Expense) -> Client:
    return client_of(office)


def bring(client: Client, expense: Expense, *files: tuple[str, bytes]) -> str:
    papers = [SimpleUploadedFile(name, content, content_type="text/html") for name, content in files]
    page = client.post(f"/expenses/{expense.pk}/attachments/", {"papers": papers}, follow=True)
    return page.content.decode()


def path_of(attachment: Attachment) -> str:
    return f"/expenses/{attachment.expense_id}/attachments/{attachment.pk}/"


def test_several_papers_are_kept_and_a_bad_one_takes_no_good_one_along(client: Client, expense: Expense) -> None:
    page = bring(client, expense, ("f.pdf", PDF), ("virus.pdf", b"MZ"), ("photo", picture("JPEG")))
    assert "virus.pdf : Ce fichier n’est ni un PDF ni une image" in page
    assert "2 pièces sont jointes." in page
    assert list(Document.objects.order_by("id").values_list("name", "media_type", "is_pending")) == [
        ("f.pdf", "application/pdf", False),
        ("photo.jpg", "image/jpeg", False),
    ]


def test_a_paper_leaves_with_headers_that_let_nothing_run(client: Client, expense: Expense) -> None:
    bring(client, expense, ("Été 2025.pdf", PDF))
    answer = client.get(path_of(Attachment.objects.get()))
    assert answer.getvalue() == PDF
    assert {name: answer.headers[name] for name in (
        "Content-Type", "X-Content-Type-Options", "X-Frame-Options", "Cache-Control", "Content-Disposition",
    )} == {
        "Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline; filename*=utf-8''%C3%89t%C3%A9%202025.pdf",
    }  # fmt: skip
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "frame-ancestors 'self'"} <= set(policy)


def test_who_opened_a_paper_stands_in_the_journal(client: Client, office: Membership, expense: Expense) -> None:
    bring(client, expense, ("f.pdf", PDF))
    attachment = Attachment.objects.get()
    assert client.get(path_of(attachment)).getvalue() == PDF
    event = AuditEvent.objects.get(action="downloaded")
    assert (event.actor_id, event.table, event.object_id) == (office.user_id, "expenses_attachment", attachment.pk)
    assert event.changes == {"file": [None, "f.pdf"]}


def test_no_other_page_may_be_framed(client: Client, expense: Expense) -> None:
    assert client.get(f"/expenses/{expense.pk}/").headers["X-Frame-Options"] == "DENY"


def test_only_who_sees_the_expense_sees_its_papers(client: Client, office: Membership, expense: Expense) -> None:
    bring(client, expense, ("f.pdf", PDF))
    path = path_of(Attachment.objects.get())
    others = {
        "assistant": colleague(office, Role.ASSISTANT), "elsewhere": colleague(office, Role.READER),
        "owner": colleague(office, Role.OWNER), "neighbour": MembershipFactory(),
    }  # fmt: skip
    answers = {who: client_of(other).get(path) for who, other in others.items()}
    [answer.getvalue() for answer in answers.values() if answer.streaming]
    assert {who: answer.status_code for who, answer in answers.items()} == {
        "assistant": 200, "elsewhere": 404, "owner": 403, "neighbour": 404,
    }  # fmt: skip


def test_a_paper_is_not_found_under_another_expense(client: Client, expense: Expense) -> None:
    bring(client, expense, ("f.pdf", PDF))
    other = expense_of(expense.building)
    assert client.get(f"/expenses/{other.pk}/attachments/{Attachment.objects.get().pk}/").status_code == 404


def test_a_removed_paper_is_gone_and_the_journal_says_so(
    client: Client, expense: Expense, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    bring(client, expense, ("f.pdf", PDF))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{path_of(Attachment.objects.get())}remove/")
    assert not Attachment.objects.exists()
    assert not Document.objects.exists()
    assert [each for each in folder.rglob("*") if each.is_file()] == []
    assert AuditEvent.objects.filter(table="documents_document", action="delete").count() == 1


def test_the_paper_of_an_approved_expense_stays(client: Client, office: Membership, expense: Expense) -> None:
    bring(client, expense, ("f.pdf", PDF))
    services.submit_expense(expense=expense, by=office.user, at=NOON)
    services.approve_expense(expense=expense, by=office.user, on=NOON.date())
    page = client.post(f"{path_of(Attachment.objects.get())}remove/", follow=True).content.decode()
    assert "cette étape n&#39;est plus possible" in page
    assert Attachment.objects.count() == 1


def test_a_paper_over_the_limit_is_refused(client: Client, expense: Expense, settings: Any) -> None:
    settings.KOPROGO_PAPER_MEGABYTES = 0
    assert "Ce fichier dépasse 0 Mo" in bring(client, expense, ("f.pdf", PDF))
    assert not Document.objects.exists()


def test_a_body_of_more_than_two_papers_is_refused_unread(client: Client, expense: Expense) -> None:
    for length, status in ((31 * 1024 * 1024, 302), (32 * 1024 * 1024, 413)):
        answer = client.generic("POST", f"/expenses/{expense.pk}/attachments/", b"",
                                content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(length))  # fmt: skip
        assert answer.status_code == status


def test_a_large_paper_waits_on_disk(client: Client, expense: Expense, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type] = []
    from apps.expenses import paper_forms

    keep = paper_forms.keep_paper
    monkeypatch.setattr(paper_forms, "keep_paper", lambda **given: (seen.append(type(given["file"])), keep(**given))[1])
    bring(client, expense, ("f.pdf", PDF[:9] + b"%" * 3_000_000 + b"\n" + PDF[9:]))
    assert seen == [TemporaryUploadedFile]


def test_what_is_not_attached_yet_is_seen_by_who_brought_it_alone(
    client: Client, office: Membership, expense: Expense
) -> None:
    bring(client, expense, ("f.pdf", PDF))
    Attachment.objects.all().delete()
    Document.objects.update(is_pending=True)
    path = f"/expenses/papers/{Document.objects.get().pk}/"
    answer = client.get(path)
    assert (answer.status_code, answer.getvalue()) == (200, PDF)
    assert client_of(colleague(office, Role.ACCOUNTANT)).get(path).status_code == 404

"""What is past its retention: found by its dates, kept by a hold, erased on confirmation alone."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.documents.models import Document
from apps.documents.services import keep_document
from apps.expenses.models import Attachment, Expense
from apps.jobs.models import Job
from apps.owners.models import Owner
from apps.privacy import services
from apps.privacy.queries import forgotten_papers, old_copies, owners_past_retention, vouchers_past_retention
from apps.privacy.retention import apply_kinds
from tests.accounts.clients import client_of
from tests.factories import NOON, BuildingFactory, MembershipFactory, building_with_lots, expense_of
from tests.privacy.people import former_owner, person
from tests.takeover.test_worker import enter_again, work

TODAY = date(2026, 1, 15)


@pytest.fixture(autouse=True)
def _files(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def paper(office: Membership, *, at: datetime = NOON, is_pending: bool = False) -> Document:
    return keep_document(
        organization=office.organization, file=ContentFile(b"%PDF"), name="facture.pdf", by=office.user, at=at,
        is_pending=is_pending,
    )  # fmt: skip


def voucher(office: Membership, on: date, building: Building) -> Attachment:
    expense = expense_of(building, date=on)
    return Attachment.objects.create(organization=office.organization, expense=expense, document=paper(office))


@pytest.mark.parametrize(("until", "is_due"), [(date(2016, 1, 15), True), (date(2016, 1, 16), False)])
def test_a_former_owner_is_due_ten_years_after(office: Membership, until: date, is_due: bool) -> None:
    owner = former_owner(office, until)
    assert list(owners_past_retention(office.organization, TODAY)) == [owner] * is_due


def test_a_hold_on_owner_or_building_keeps_them(office: Membership) -> None:
    owner = former_owner(office, date(2012, 1, 1))
    for place in (owner, Building.objects.get()):
        hold = services.place_hold(on_what=place, reason="Litige", on=TODAY)
        assert not owners_past_retention(office.organization, TODAY)
        services.lift_hold(hold=hold, on=TODAY)
    assert owners_past_retention(office.organization, TODAY).get() == owner


def test_vouchers_are_due_ten_years_after_the_end_of_their_fiscal_year(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000], fiscal_year_start_month=7)
    due, _not_yet = voucher(office, date(2015, 6, 30), building), voucher(office, date(2015, 7, 1), building)
    assert list(vouchers_past_retention(office.organization, TODAY)) == [due]
    services.place_hold(on_what=building, reason="Litige", on=TODAY)
    assert not vouchers_past_retention(office.organization, TODAY)


def test_papers_that_nobody_saved_are_due(office: Membership) -> None:
    forgotten = paper(office, at=datetime.fromisoformat("2026-01-12T23:00+01:00"), is_pending=True)
    paper(office, at=datetime.fromisoformat("2026-01-13T10:00+01:00"), is_pending=True)
    assert list(forgotten_papers(office.organization, TODAY)) == [forgotten]


def test_prepared_copies_are_due_after_a_month(office: Membership) -> None:
    owner = person(office)
    due, _not_yet = (
        services.keep_copy(owner=owner, data=b"{}", paper=b"%PDF", by=office.user, at=NOON - timedelta(days=days))
        for days in (31, 30)
    )
    assert list(old_copies(office.organization, TODAY)) == [due]


def test_only_the_kinds_that_were_ticked_go(office: Membership, django_capture_on_commit_callbacks: Any) -> None:
    owner = former_owner(office, date(2012, 1, 1))
    due = voucher(office, date(2012, 1, 1), Building.objects.get())
    path, expense = due.document.path, due.expense_id
    with django_capture_on_commit_callbacks(execute=True):
        done = apply_kinds(
            organization=office.organization, kinds=["vouchers"], on=TODAY, progress=lambda done, total: None
        )
    assert done == {"former_owners": 0, "vouchers": 1, "forgotten_papers": 0, "old_copies": 0}
    assert not default_storage.exists(path)
    assert Expense.objects.filter(pk=expense).exists()
    assert not Owner.objects.get(pk=owner.pk).is_erased
    assert AuditEvent.objects.filter(action="retention_applied").count() == 1


def test_the_page_counts_names_and_tells_the_journal(office: Membership) -> None:
    former_owner(office, date(2012, 1, 1))
    page = client_of(office).get("/privacy/retention/").content.decode()
    assert "Zénobie Vandermeersch" in page
    enter_again(office)
    read = AuditEvent.objects.get(action="read_in_bulk")
    assert (read.actor_id, read.changes["rows"]) == (office.user_id, [None, 1])


def test_nothing_goes_without_the_confirmation(office: Membership) -> None:
    former_owner(office, date(2012, 1, 1))
    client = client_of(office)
    for form in ({}, {"kinds": "former_owners"}, {"sure": "on"}, {"kinds": "all", "sure": "on"}):
        assert client.post("/privacy/retention/", form).status_code == 422
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_worker_erases_what_was_confirmed() -> None:
    office = MembershipFactory()
    enter_again(office)
    owner = former_owner(office, date(2012, 1, 1))
    BuildingFactory(organization=office.organization)
    client_of(office).post("/privacy/retention/", {"kinds": "former_owners", "sure": "on"})
    work()
    enter_again(office)
    job = Job.objects.get()
    assert (job.status, job.message[:27]) == ("done", "Effacé : 1 copropriétaires,")
    assert Owner.objects.get(pk=owner.pk).is_erased

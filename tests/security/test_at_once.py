"""Twenty browsers, one moment: what may happen once happens once, and the others get a sentence."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from apps.accounts.models import Membership, User
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses.models import Approval, Expense
from apps.owners.models import Holding, Owner
from apps.takeover.models import Takeover
from apps.units.models import Unit
from koprogo.context import Context, enter
from tests.accounts.clients import client_of
from tests.accounts.test_pages import NEW_PERSON, invite
from tests.desk.test_changes import form, sent_by
from tests.factories import MembershipFactory, building_with_lots, expense_of
from tests.takeover.files import REFERENCE_FILES

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20
PERSON = {"kind": "person", "language": "fr", "code": "C0001", "country": "BE"}


@pytest.fixture
def member(tmp_path: Path, settings: Any) -> Membership:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    membership = MembershipFactory()
    enter_as(membership)
    return membership


def enter_as(member: Membership) -> None:
    enter(Context(str(member.organization_id), str(member.user_id)))


def at_once(member: Membership, *work: Callable[[], Any]) -> Counter[int]:
    """How often each status was answered."""
    barrier = Barrier(len(work))

    def run(each: Callable[[], Any]) -> int:
        try:
            barrier.wait(20)
            return int(each().status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        answers = Counter(pool.map(run, work))
    enter_as(member)
    return answers


def posting(member: Membership, path: str, data: Callable[[int], dict[str, Any]]) -> list[Callable[[], Any]]:
    """Each in a browser of its own."""

    def one(number: int) -> Callable[[], Any]:
        client = client_of(member)
        return lambda: client.post(path, data(number))

    work = [one(number) for number in range(MANY)]
    enter_as(member)
    return work


def test_approving(member: Membership) -> None:
    expense = expense_of(building_with_lots(member.organization, [600, 400]))
    answers = at_once(member, *posting(member, f"/expenses/{expense.pk}/approve/", lambda _number: {}))
    assert answers == {302: MANY}
    assert Approval.objects.count() == 1
    assert AuditEvent.objects.filter(action="expense_approved").count() == 1


def test_paying(member: Membership) -> None:
    expense = expense_of(building_with_lots(member.organization, [600, 400]))
    client_of(member).post(f"/expenses/{expense.pk}/approve/")
    answers = at_once(member, *posting(member, f"/expenses/{expense.pk}/pay/", lambda _number: {"on": "2026-02-01"}))
    assert answers == {302: MANY}
    paid = AuditEvent.objects.filter(table="expenses_expense", changes__has_key="paid_on", action="update")
    assert (paid.count(), Expense.objects.exclude(paid_on=None).count()) == (1, 1)


def test_one_number_for_a_lot(member: Membership) -> None:
    building = building_with_lots(member.organization, [1000])
    lot = {"number": "Z9", "kind": "apartment", "share": "0", "area": "", "floor": "", "before": ""}
    answers = at_once(member, *posting(member, f"/buildings/{building.pk}/units/new/", lambda _number: lot))
    assert answers == {302: 1, 422: MANY - 1}
    assert Unit.objects.filter(number="Z9").count() == 1


def test_one_code_for_an_owner(member: Membership) -> None:
    answers = at_once(member, *posting(member, "/owners/create/", lambda number: PERSON | {"name": f"Maes {number}"}))
    assert answers == {302: 1, 422: MANY - 1}
    assert Owner.objects.filter(code="C0001").count() == 1


def test_one_form_sent_twenty_times(member: Membership) -> None:
    sent = {
        "name": "Les Tilleuls", "reference": "TIL", "street": "Rue Neuve 1", "postcode": "1000", "city": "Bruxelles",
        "country": "BE", "total_shares": "1000", "fiscal_year_start_month": "1", "form_token": "a",
    }  # fmt: skip
    client = client_of(member)
    enter_as(member)
    assert at_once(member, *[lambda: client.post("/buildings/create/", sent)] * MANY) == {302: MANY}
    assert Building.objects.count() == 1


def test_confirming_a_takeover(member: Membership) -> None:
    file = SimpleUploadedFile("a.xlsx", (REFERENCE_FILES / "les-tilleuls.xlsx").read_bytes())
    client_of(member).post("/takeover/", {"file": file})
    enter_as(member)
    path = f"/takeover/{Takeover.objects.get().pk}/confirm/"
    answers = at_once(member, *posting(member, path, lambda _number: {}))
    assert answers == {302: MANY}
    assert (Building.objects.count(), AuditEvent.objects.filter(action="imported").count()) == (1, 1)


def test_selling_a_lot(member: Membership) -> None:
    building_with_lots(member.organization, [1000])
    path = f"/units/{Unit.objects.get().pk}/holders/sale/"
    sold = sent_by(client_of(member).post(path, form({"new_name_0": "Maes", "fraction_0": "1"})))
    enter_as(member)
    # Twenty who saw the same page before; each form bears a token of its own.
    answers = at_once(member, *posting(member, path, lambda number: sold | {"form_token": f"{number}"}))
    assert answers[302] == 1
    assert set(answers) <= {302, 409, 422}
    assert (Holding.objects.count(), Owner.objects.count()) == (2, 2)


def test_accepting_an_invitation(member: Membership) -> None:
    link = invite(client_of(member))
    enter_as(member)
    people = [NEW_PERSON | {"name": f"Nina {number}"} for number in range(MANY)]
    answers = at_once(member, *[lambda data=data: Client().post(link, data) for data in people])
    assert answers == {302: 1, 410: MANY - 1}
    assert User.objects.filter(email="nina@example.be").count() == 1
    assert AuditEvent.objects.filter(action="invitation_accepted").count() == 1


def test_archiving_and_changing(member: Membership) -> None:
    """Whoever comes first: a building is archived once, and nothing is changed behind it."""
    building = building_with_lots(member.organization, [1000])
    archive = posting(member, f"/buildings/{building.pk}/archive/", lambda _number: {})
    answers = at_once(member, *archive)
    assert answers == {302: MANY}
    events = AuditEvent.objects.filter(table="buildings_building", changes__has_key="archived_on", action="update")
    assert events.count() == 1

"""Two people, one lot, one moment: real threads, real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Membership
from apps.expenses import services
from apps.expenses.charges import load_charges
from apps.owners.models import Holding, Owner
from apps.units.models import Unit
from koprogo.context import Context, enter
from tests.desk.test_changes import form, sent_by
from tests.factories import MembershipFactory, building_with_lots, expense_of, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def enter_as(member: Membership) -> None:
    enter(Context(str(member.organization_id), str(member.user_id)))


def at_once(member: Membership, *work: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(work))

    def run(each: Callable[[], Any]) -> Any:
        try:
            enter_as(member)
            barrier.wait(10)
            return each()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


@pytest.fixture
def member() -> Membership:
    membership = MembershipFactory()
    enter_as(membership)
    building_with_lots(membership.organization, [1000], reference="B")
    return membership


def newcomer(name: str) -> dict[str, Any]:
    return form({"new_name_0": name, "fraction_0": "1"})


def confirmed(member: Membership, data: dict[str, Any]) -> Callable[[], int]:
    """A browser with the page between open: what its button sends."""
    browser, unit = sign_in(member), Unit.objects.get()
    path = f"/units/{unit.pk}/holders/sale/"
    fields = sent_by(browser.post(path, data))
    enter_as(member)
    return lambda: browser.post(path, fields).status_code


def test_of_two_sales_at_once_one_is_noted(member: Membership) -> None:
    answers = at_once(member, *[confirmed(member, newcomer(name)) for name in ("Maes", "Claes")])
    enter_as(member)
    assert sorted(answers) == [302, 422]
    assert (Holding.objects.count(), Owner.objects.count()) == (2, 2)


def test_one_sale_sent_twice_at_once_is_noted_once(member: Membership) -> None:
    send = confirmed(member, newcomer("Maes"))
    assert at_once(member, send, send) == [302, 302]
    enter_as(member)
    assert (Holding.objects.count(), Owner.objects.count()) == (2, 2)


def test_a_sale_and_an_approval_at_once_both_count(member: Membership) -> None:
    """Whichever comes first: the buyer bears the days since the deed, and what was shown is what was noted."""
    building = Unit.objects.select_related("building").get().building
    expense = expense_of(building, "1873.49")
    send = confirmed(member, newcomer("Maes"))
    answers = at_once(
        member, send, lambda: services.approve_expense(expense=expense, by=member.user, on=date(2026, 1, 15))
    )
    enter_as(member)
    assert answers[0] in (302, 409)  # 409: the approval came first, so the sale is shown anew
    charges = load_charges(building, date(2025, 1, 1), date(2025, 12, 31))
    totals = {each.member.code: each.total for each in charges.owners}
    parts = {"B-01": Decimal("1319.14"), "C0001": Decimal("554.35")}
    assert totals == (parts if answers[0] == 302 else {"B-01": Decimal("1873.49")})

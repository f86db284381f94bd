"""Two people, one moment: real threads, real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Membership
from apps.expenses import services
from apps.expenses.models import Approval, Expense, LotPart
from apps.takeover import services as takeover
from apps.units.models import Unit
from koprogo import context
from tests.factories import NOON, MembershipFactory, building_with_lots, expense_of
from tests.takeover.files import place, sound, workbook

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 1, 15)


@pytest.fixture
def member() -> Membership:
    membership = MembershipFactory()
    enter(membership)
    return membership


def enter(member: Membership) -> None:
    context.enter(context.Context(str(member.organization_id), str(member.user_id)))


def at_once(member: Membership, *work: Callable[[], Any]) -> list[str]:
    """Run them together, each on a connection of its own; what each came to: 'done' or the refusal's name."""
    barrier = Barrier(len(work))

    def run(each: Callable[[], Any]) -> str:
        try:
            enter(member)
            barrier.wait(10)
            each()
        except Exception as refusal:
            return type(refusal).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def test_of_twenty_who_approve_at_once_one_wins(member: Membership) -> None:
    expense = expense_of(building_with_lots(member.organization, [600, 400]))
    results = at_once(
        member, *[lambda: services.approve_expense(expense=expense, by=member.user, on=TODAY) for _ in range(20)]
    )
    assert results.count("done") == 1
    assert set(results) <= {"done", "WrongStatus", "BuildingIsBusy"}
    assert (Approval.objects.count(), LotPart.objects.count()) == (1, 2)


def test_of_two_imports_of_one_file_the_second_changes_nothing(member: Membership) -> None:
    def take() -> None:
        takeover.import_file(
            member.organization, workbook(sound()), name="x", approve=True, settled_by_predecessor=True, by=member.user
        )

    assert at_once(member, take, take, take) == ["done"] * 3
    assert (Unit.objects.count(), Approval.objects.count()) == (2, Expense.objects.count())


def test_shares_do_not_move_under_an_approval(member: Membership) -> None:
    """An import changes 60/40 into 61/39 while somebody approves: one of both, never parts of other shares."""
    rows = sound()
    takeover.import_file(
        member.organization, workbook(rows), name="x", approve=False, settled_by_predecessor=False, by=member.user
    )
    expense = Expense.objects.order_by("id").first()
    assert expense
    other = MembershipFactory(organization=member.organization)
    services.submit_expense(expense=expense, by=other.user, at=NOON)
    share = place(rows, "Lots", "Quotités")
    rows["Lots"][1][share], rows["Lots"][2][share] = 61, 39
    at_once(
        member,
        lambda: services.approve_expense(expense=expense, by=member.user, on=TODAY),
        lambda: takeover.import_file(
            member.organization, workbook(rows), name="y", approve=False, settled_by_predecessor=False, by=member.user
        ),
    )
    enter(member)
    weights = dict(LotPart.objects.filter(line__key__kind="shares").values_list("unit__number", "weight"))
    assert all(weights.get(unit.number, unit.share) == unit.share for unit in Unit.objects.all())

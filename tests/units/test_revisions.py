"""New versions of shares and weights from a date on."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.expenses.models import LotPart
from apps.expenses.services import approve_expense
from apps.units import revisions
from apps.units.history import versions_of
from apps.units.models import DistributionKey, KeyWeight, Revision, Unit
from apps.units.queries import key_columns, units_of
from tests.factories import KeyFactory, building_with_lots, expense_of, weigh

TODAY = date(2026, 1, 15)
NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(office.organization, [600, 300, 100])


def ids(values: dict[str, Any]) -> dict[int, Any]:
    found = dict(Unit.objects.values_list("number", "pk"))
    return {found[number]: value for number, value in values.items()}


def revise(office: Membership, building: Building, shares: dict[str, int], **given: Any) -> Revision:
    arguments = {"starts_on": NEW_YEAR, "total": 1000, "reason": "Acte modificatif", "by": office.user, "on": TODAY}
    return revisions.revise_shares(building=building, shares=ids(shares), **arguments | given)


def revise_key(office: Membership, key: DistributionKey, weights: dict[str, Any], **given: Any) -> Revision:
    arguments = {"starts_on": NEW_YEAR, "reason": "AG du 12/12", "by": office.user, "on": TODAY}
    found = {unit_id: Decimal(weight) for unit_id, weight in ids(weights).items()}
    return revisions.revise_key(key=key, weights=found, **arguments | given)


def parts_of(office: Membership, building: Building, **fields: Any) -> dict[str, Decimal]:
    """Approve an expense of 1 000 € and see how it went over the lots."""
    expense = expense_of(building, "1000.00", **fields)
    approve_expense(expense=expense, by=office.user, on=TODAY)
    return dict(LotPart.objects.filter(line__expense=expense).values_list("unit__number", "amount"))


def test_days_before_keep_the_old_shares_and_days_from_then_on_have_the_new(office: Membership, building: Any) -> None:
    assert parts_of(office, building) == {"L1": 600, "L2": 300, "L3": 100}
    revise(office, building, {"L1": 500, "L2": 400, "L3": 300}, total=1200)
    connection.check_constraints()
    building.refresh_from_db()
    assert building.total_shares == 1200
    assert parts_of(office, building)["L3"] == 100
    days = {"line_period_start": NEW_YEAR, "line_period_end": date(2026, 2, 1)}
    assert parts_of(office, building, **days) == {
        "L1": Decimal("416.67"), "L2": Decimal("333.33"), "L3": Decimal("250.00"),
    }  # fmt: skip


def test_subset_keys_follow_from_the_same_day(office: Membership, building: Any) -> None:
    key = KeyFactory(building=building, kind="subset")
    weigh(key, {"L1": 600, "L2": 300})
    revise(office, building, {"L1": 500, "L2": 400}, following=[key])
    assert list(Revision.objects.order_by("pk").values_list("key", "starts_on")) == [
        (None, NEW_YEAR), (key.pk, NEW_YEAR),
    ]  # fmt: skip
    assert dict(key.weights.values_list("unit__number", "weight")) == {"L1": 500, "L2": 400}


def test_a_version_of_a_key_counts_from_its_first_day(office: Membership, building: Any) -> None:
    key = KeyFactory(building=building, kind="weights")
    weigh(key, {"L1": 1, "L2": 1})
    revise_key(office, key, {"L2": "1.5", "L3": "0.5"})
    assert parts_of(office, building, line_key=key) == {"L1": 500, "L2": 500}
    days = {"line_period_start": NEW_YEAR, "line_period_end": date(2026, 2, 1)}
    assert parts_of(office, building, line_key=key, **days) == {"L2": 750, "L3": 250}


def test_the_list_says_what_changed_by_whom_and_why(office: Membership, building: Any) -> None:
    revise(office, building, {"L1": 500, "L3": 200})
    revise(office, building, {"L1": 400, "L3": 300}, starts_on=TODAY, reason="Encore")
    building.refresh_from_db()
    units = list(units_of(building))
    found = versions_of(building, units, key_columns(building, units))
    assert [
        (each.starts_on, each.reason, [(step.unit.number, step.before, step.after) for step in each.steps])
        for each in found
    ] == [
        (TODAY, "Encore", [("L1", 500, 400), ("L3", 200, 300)]),
        (NEW_YEAR, "Acte modificatif", [("L1", 600, 500), ("L3", 100, 200)]),
    ]
    assert found[0].by == str(office.user)


def test_a_second_version_of_the_same_day_corrects_the_first(office: Membership, building: Any) -> None:
    revise(office, building, {"L1": 50, "L3": 650})
    revise(office, building, {"L1": 500, "L3": 200}, reason="Faute de frappe")
    assert parts_of(office, building)["L1"] == 600
    days = {"line_period_start": NEW_YEAR, "line_period_end": date(2026, 2, 1)}
    assert parts_of(office, building, **days)["L1"] == 500


def test_what_cannot_be_a_version_is_refused(office: Membership, building: Any) -> None:
    key = KeyFactory(building=building, kind="weights")
    weigh(key, {"L1": 1})
    with pytest.raises(revisions.NothingChanged):
        revise(office, building, {"L1": 600})
    with pytest.raises(revisions.NothingChanged):
        revise_key(office, key, {"L1": 1, "L2": 0})
    with pytest.raises(revisions.SharesDoNotMakeTotal):
        revise(office, building, {"L1": 601})
    with pytest.raises(revisions.SharesDoNotMakeTotal):
        revise(office, building, {}, total=1001)
    with pytest.raises(revisions.StartsInFuture):
        revise(office, building, {"L1": 500, "L2": 400}, starts_on=date(2026, 1, 16))
    revise(office, building, {"L1": 500, "L2": 400})
    with pytest.raises(revisions.LaterVersionExists) as refusal:
        revise(office, building, {"L1": 600, "L2": 300}, starts_on=date(2025, 12, 31))
    assert (refusal.value.starts_on, refusal.value.key) == (NEW_YEAR, None)
    assert (Revision.objects.count(), KeyWeight.objects.get().weight) == (1, 1)

"""Writing lots, keys, shares and weights of today."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Membership
from apps.expenses.models import LotPart
from apps.expenses.services import approve_expense
from apps.units import services
from apps.units.models import DistributionKey, KeyWeight, Unit
from apps.units.queries import units_of
from tests.factories import KeyFactory, building_with_lots, expense_of, weigh

TODAY = date(2026, 1, 15)


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(office.organization, [600, 300, 100])


def lot(number: str) -> Unit:
    return Unit.objects.get(number=number)


def identity(number: str = "L9", share: int = 0) -> dict[str, Any]:
    return {"number": number, "kind": "cellar", "floor": -1, "area": None, "share": share}


def order_of(building: Any) -> list[str]:
    return [unit.number for unit in units_of(building)]


def weights(key: DistributionKey) -> dict[str, Decimal]:
    return dict(KeyWeight.objects.filter(key=key).values_list("unit__number", "weight"))


def test_a_new_lot_stands_before_the_one_that_is_named(building: Any) -> None:
    services.create_unit(building=building, before=lot("L2").pk, identity=identity())
    services.create_unit(building=building, before=lot("L1").pk, identity=identity("L0"))
    assert order_of(building) == ["L0", "L1", "L9", "L2", "L3"]


def test_a_lot_is_moved_and_the_others_keep_their_order(building: Any) -> None:
    services.update_unit(unit=lot("L1"), before=None, identity={"number": "1A"})
    assert order_of(building) == ["L2", "L3", "1A"]


def test_a_lot_that_stays_where_it_is_moves_no_other(building: Any) -> None:
    Unit.objects.filter(number="L3").update(position=9)
    services.update_unit(unit=lot("L3"), before=None, identity={"floor": 3})
    assert lot("L3").position == 9


def test_a_new_lot_takes_no_more_than_the_total_leaves(building: Any) -> None:
    building.total_shares = 1040
    building.save()
    with pytest.raises(services.ShareExceedsTotal) as refusal, transaction.atomic():
        services.create_unit(building=building, before=None, identity=identity(share=41))
    assert refusal.value.left == 40
    services.create_unit(building=building, before=None, identity=identity(share=40))
    assert lot("L9").share == 40


def test_a_lot_that_bears_is_not_archived(building: Any) -> None:
    key = KeyFactory(building=building, kind="weights")
    services.correct_shares(
        building=building, total=1000, shares={lot("L1").pk: 700, lot("L3").pk: 0}
    )  # fmt: skip
    weigh(key, {"L3": 1})
    for number in ["L1", "L3"]:
        with pytest.raises(services.UnitStillBears):
            services.archive_unit(unit=lot(number), on=TODAY)
    services.correct_weights(building=building, weights={key: {}})
    services.archive_unit(unit=lot("L3"), on=TODAY)
    assert lot("L3").archived_on == TODAY
    services.restore_unit(unit=lot("L3"))
    assert lot("L3").archived_on is None


def test_weights_are_what_the_kind_says(building: Any) -> None:
    chosen = {lot("L1").pk: Decimal("2.5"), lot("L3").pk: Decimal(7)}
    for kind, found in [("weights", ["2.5", "7"]), ("subset", ["600", "100"]), ("equal", ["1", "1"])]:
        key = KeyFactory(building=building, kind=kind)
        services.correct_weights(building=building, weights={key: chosen})
        assert weights(key) == dict(zip(["L1", "L3"], map(Decimal, found), strict=True))


@pytest.mark.parametrize(
    ("kind", "weights_given", "parts"),
    [
        ("subset", [1, 1, 1, 1, 1], ["176.53", "161.36", "176.52", "161.36", "229.59"]),
        ("weights", [100, 100, 200, 200, 400], ["90.54", "90.54", "181.07", "181.07", "362.14"]),
    ],
)
def test_the_lift_to_the_cent(office: Membership, kind: str, weights_given: list[int], parts: list[str]) -> None:
    """DOMAIN.md §4.3."""
    building = building_with_lots(office.organization, [163, 149, 163, 149, 212, 164])
    key = KeyFactory(building=building, kind=kind)
    given = dict(zip([unit.pk for unit in units_of(building)], map(Decimal, weights_given), strict=False))
    services.correct_weights(building=building, weights={key: given})
    expense = expense_of(building, "905.36", line_key=key)
    approve_expense(expense=expense, by=office.user, on=TODAY)
    found = LotPart.objects.filter(line__expense=expense).order_by("unit__position").values_list("amount", flat=True)
    assert [str(amount) for amount in found] == parts


def test_another_kind_keeps_which_lots_bear(building: Any) -> None:
    key = KeyFactory(building=building, kind="weights")
    weigh(key, {"L1": 5, "L2": 7})
    services.update_key(key=key, code="A", name="Bloc A", kind="subset")
    assert weights(key) == {"L1": 600, "L2": 300}
    services.update_key(key=key, code="A", name="Bloc A", kind="amounts")
    assert weights(key) == {}


def test_a_subset_follows_the_shares_where_asked(building: Any) -> None:
    block, other = (KeyFactory(building=building, kind="subset") for _ in range(2))
    for key in [block, other]:
        weigh(key, {"L1": 600, "L2": 300})
    services.correct_shares(
        building=building, total=1000, shares={lot("L1").pk: 500, lot("L3").pk: 200}, following=[block]
    )
    assert (weights(block), weights(other)) == ({"L1": 500, "L2": 300}, {"L1": 600, "L2": 300})


def test_what_an_approval_has_used_is_refused(building: Any, office: Membership) -> None:
    key = KeyFactory(building=building, kind="weights")
    weigh(key, {"L1": 1, "L2": 1})
    approve_expense(expense=expense_of(building, line_key=key), by=office.user, on=TODAY)
    with pytest.raises(IntegrityError, match="weight_of_approved_parts_is_frozen"), transaction.atomic():
        services.correct_weights(building=building, weights={key: {lot("L1").pk: Decimal(1)}})
    with pytest.raises(IntegrityError, match="share_of_approved_parts_is_frozen"), transaction.atomic():
        services.correct_shares(building=building, total=1000, shares={lot("L1").pk: 1})
    with pytest.raises(IntegrityError, match="kind_of_approved_parts_is_frozen"), transaction.atomic():
        services.update_key(key=key, code="A", name="A", kind="equal")

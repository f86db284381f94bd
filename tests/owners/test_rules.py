"""What PostgreSQL itself refuses about holders and holdings."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.owners.models import AccountHolder, HolderMember, Holding, Owner
from apps.owners.services import find_or_create_holder
from apps.units.models import Unit
from tests.factories import BuildingFactory, OwnerFactory, UnitFactory, building_with_lots, hold


@pytest.fixture
def building(office: Membership) -> Building:
    return BuildingFactory(organization=office.organization)


def owners(building: Building, count: int) -> list[Owner]:
    return [OwnerFactory(organization=building.organization) for _ in range(count)]


@pytest.mark.parametrize(
    "rights",
    [
        [("full", "1")],
        [("full", "1/3"), ("full", "1/3"), ("full", "1/3")],
        [("usufruct", "1"), ("bare", "1/2"), ("bare", "1/2")],
    ],
)
def test_rights_that_make_a_whole_are_taken(building: Building, rights: list[tuple[str, str]]) -> None:
    members = [
        (owner, right, Fraction(part)) for owner, (right, part) in zip(owners(building, 3), rights, strict=False)
    ]
    find_or_create_holder(building=building, members=members)
    connection.check_constraints()


def test_a_widow_and_two_children_make_a_whole(building: Building) -> None:
    widow, *children = owners(building, 3)
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    members = [(widow, "full", half), (widow, "usufruct", half), *((child, "bare", quarter) for child in children)]
    find_or_create_holder(building=building, members=members)
    connection.check_constraints()


@pytest.mark.parametrize(
    "rights",
    [
        [("full", "1/2")],
        [("full", "1"), ("full", "1/1000000")],
        [("usufruct", "1")],
        [("usufruct", "1"), ("bare", "2/3")],
        [("full", "333333/1000000"), ("full", "333333/1000000"), ("full", "333333/1000000")],
    ],
)
def test_rights_that_do_not_make_a_whole_are_refused(building: Building, rights: list[tuple[str, str]]) -> None:
    members = [
        (owner, right, Fraction(part)) for owner, (right, part) in zip(owners(building, 3), rights, strict=False)
    ]
    with pytest.raises(IntegrityError, match="do not make a whole"), transaction.atomic():
        find_or_create_holder(building=building, members=members)
        connection.check_constraints()


def test_a_holder_keeps_its_members(office: Membership) -> None:
    building_with_lots(office.organization, [1000])
    with pytest.raises(IntegrityError, match=r"do not make a whole|has no members"), transaction.atomic():
        HolderMember.objects.all().delete()
        connection.check_constraints()


def test_the_same_members_over_several_lots_are_one_holder(building: Building) -> None:
    (owner,) = owners(building, 1)
    first, second = (hold(UnitFactory(building=building), (owner, "full", 1)) for _ in range(2))
    assert first.holder == second.holder


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [(date(2018, 1, 1), date(2019, 1, 2)), (date(2020, 1, 1), None), (date(2019, 1, 1), date(2019, 1, 2))],
)
def test_holdings_of_a_lot_do_not_overlap(building: Building, starts_on: date, ends_on: date | None) -> None:
    unit, (first, second) = UnitFactory(building=building), owners(building, 2)
    hold(unit, (first, "full", 1))
    with pytest.raises(IntegrityError, match="holdings_of_a_unit_do_not_overlap"), transaction.atomic():
        hold(unit, (second, "full", 1), starts_on=starts_on, ends_on=ends_on)


def test_the_day_of_the_deed_is_the_buyers(building: Building) -> None:
    unit, (seller, buyer) = UnitFactory(building=building), owners(building, 2)
    hold(unit, (seller, "full", 1), ends_on=date(2025, 9, 15))
    hold(unit, (buyer, "full", 1), starts_on=date(2025, 9, 15))
    assert Holding.objects.filter(unit=unit).count() == 2


def test_a_holding_ends_after_it_starts(building: Building) -> None:
    unit: Any = UnitFactory(building=building)
    with pytest.raises(IntegrityError, match=r"holding_ends_after_it_starts|range lower bound"), transaction.atomic():
        hold(unit, (OwnerFactory(organization=building.organization), "full", 1), ends_on=date(2019, 1, 1))


def test_a_holder_of_another_building_holds_no_lot_here(office: Membership, building: Building) -> None:
    unit = UnitFactory(building=building)
    elsewhere = Holding.objects.get(unit__building=building_with_lots(office.organization, [1000])).holder
    with pytest.raises(IntegrityError, match="holding_holder_within_organization"), transaction.atomic():
        Holding.objects.create(
            organization=office.organization, building=building, unit=unit, holder=elsewhere, starts_on=date(2020, 1, 1)
        )
    assert Unit.objects.get(pk=unit.pk).holdings.count() == 0


def test_a_lot_is_held_without_gap(building: Building) -> None:
    unit, (first, second) = UnitFactory(building=building), owners(building, 2)
    with pytest.raises(IntegrityError, match="leave a gap"), transaction.atomic():
        hold(unit, (first, "full", 1), ends_on=date(2025, 6, 1))
        hold(unit, (second, "full", 1), starts_on=date(2025, 6, 2))
        connection.check_constraints()


def test_the_last_holding_may_end_before_the_next_holder_is_known(building: Building) -> None:
    unit, (owner,) = UnitFactory(building=building), owners(building, 1)
    hold(unit, (owner, "full", 1), ends_on=date(2025, 6, 1))
    connection.check_constraints()


def test_a_holder_without_members_is_refused(building: Building) -> None:
    with pytest.raises(IntegrityError, match="has no members"), transaction.atomic():
        AccountHolder.objects.create(organization=building.organization, building=building, composition="nobody")
        connection.check_constraints()

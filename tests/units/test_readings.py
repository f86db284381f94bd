"""Readings of a consumption key, and the worked example of heating (DOMAIN.md §4.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Membership
from apps.expenses.models import LotPart
from apps.expenses.services import approve_expense
from apps.units.models import DistributionKey, Reading, Unit
from apps.units.readings import PeriodsOverlap, delete_readings, write_readings
from tests.factories import KeyFactory, building_with_lots, expense_of

YEAR = date(2025, 1, 1), date(2026, 1, 1)
NEXT = date(2026, 1, 1), date(2026, 7, 1)
UNITS = [1520, 2214, 1875, 2630, 0, 3911]


@pytest.fixture
def key(office: Membership) -> Any:
    building = building_with_lots(office.organization, [118, 163, 149, 163, 149, 212])
    return KeyFactory(building=building, kind="consumption", code="CHAUF")


def read(key: DistributionKey, days: tuple[date, date], units: list[int], **given: Any) -> None:
    lots = Unit.objects.order_by("position").values_list("pk", flat=True)
    quantities = {lot: (Decimal(unit), False) for lot, unit in zip(lots, units, strict=False)}
    write_readings(
        key=key, replaced=given.get("replaced"), starts_on=days[0], ends_on=days[1], quantities=quantities
    )  # fmt: skip


def stored() -> list[tuple[date, int]]:
    return list(Reading.objects.order_by("starts_on", "unit__position").values_list("starts_on", "quantity"))


def test_the_variable_part_of_heating_to_the_cent(office: Membership, key: Any) -> None:
    read(key, YEAR, UNITS)
    expense = expense_of(key.building, "5686.42", line_key=key)
    approve_expense(expense=expense, by=office.user, on=YEAR[1])
    parts = LotPart.objects.filter(line__expense=expense).order_by("unit__position").values_list("amount", flat=True)
    assert [str(part) for part in parts] == ["711.39", "1036.19", "877.53", "1230.89", "1830.42"]


def test_a_period_is_replaced_whole(key: Any) -> None:
    read(key, YEAR, [1, 2, 3])
    read(key, NEXT, [4, 5], replaced=YEAR)
    assert stored() == [(NEXT[0], 4), (NEXT[0], 5)]


def test_two_periods_of_a_key_do_not_overlap(key: Any) -> None:
    read(key, YEAR, [1])
    with pytest.raises(PeriodsOverlap) as refusal:
        read(key, (date(2025, 12, 31), date(2026, 2, 1)), [1])
    assert (refusal.value.starts_on, refusal.value.ends_on) == YEAR
    read(key, NEXT, [1])
    delete_readings(key=key, period=YEAR)
    assert stored() == [(NEXT[0], 1)]


def test_readings_that_an_approval_has_used_stay(office: Membership, key: Any) -> None:
    read(key, YEAR, UNITS)
    approve_expense(expense=expense_of(key.building, line_key=key), by=office.user, on=YEAR[1])
    with pytest.raises(IntegrityError, match="reading_of_approved_parts_is_frozen"), transaction.atomic():
        read(key, YEAR, [1], replaced=YEAR)
    with pytest.raises(IntegrityError, match="reading_of_approved_parts_is_frozen"), transaction.atomic():
        delete_readings(key=key, period=YEAR)
    read(key, NEXT, [1])
    assert len(stored()) == 7

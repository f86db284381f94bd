"""Weights and counts of lots."""

from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Membership
from apps.units.queries import count_lots, key_columns, units_of, weights_of
from tests.factories import KeyFactory, UnitFactory, building_with_lots, weigh


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(office.organization, [600, 300, 100])


def test_accessories_do_not_count_for_the_law(building: Any) -> None:
    for kind in ["garage", "parking", "cellar", "attic", "shop"]:
        UnitFactory(building=building, number=kind, kind=kind, share=0)
    found = count_lots(building)
    assert (found.lots, found.legal_lots, found.share_sum) == (8, 4, 1000)


def test_a_key_of_shares_takes_the_lots_shares_and_others_their_weights(building: Any) -> None:
    weigh(KeyFactory(building=building, code="ASC", kind="weights"), {"L1": "1.500", "L3": "12.000"})
    columns = {column.key.code: column for column in key_columns(building, list(units_of(building)))}
    assert columns["GEN"].weights == [600, 300, 100]
    assert columns["ASC"].weights == [Decimal("1.5"), None, 12]
    assert (columns["ASC"].total, columns["ASC"].bearing) == (Decimal("13.5"), 2)


def test_the_weights_of_one_lot(building: Any) -> None:
    weigh(KeyFactory(building=building, code="ASC", kind="weights"), {"L1": 5})
    assert [(key.code, weight) for key, weight in weights_of(units_of(building)[1])] == [("GEN", 300)]

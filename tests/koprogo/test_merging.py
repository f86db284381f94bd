from decimal import Decimal
from typing import Any

import pytest

from koprogo.merging import merge, state_of

SEEN = {"name": "Les Tilleuls", "city": "Liège", "total": 1000}


def merged(stored: dict[str, Any], written: dict[str, Any]) -> Any:
    found = merge(seen=state_of(SEEN), stored=SEEN | stored, written=SEEN | written)
    return found.values, found.conflicts, found.taken


def test_what_only_one_changed_is_kept_from_both() -> None:
    assert merged({"city": "Namur"}, {"name": "Les Érables"}) == (
        {"name": "Les Érables", "city": "Namur", "total": 1000}, [], ["city"],
    )  # fmt: skip


def test_what_both_changed_is_a_conflict_and_keeps_what_is_written() -> None:
    assert merged({"city": "Namur"}, {"city": "Mons"}) == (SEEN | {"city": "Mons"}, ["city"], [])


def test_the_same_change_by_both_is_none() -> None:
    assert merged({"city": "Namur"}, {"city": "Namur"}) == (SEEN | {"city": "Namur"}, [], [])


@pytest.mark.parametrize("seen", ["", "null", "[1]", "{", '{"city": 3}'])
def test_a_state_that_cannot_be_read_has_seen_nothing(seen: str) -> None:
    found = merge(seen=seen, stored=SEEN, written=SEEN | {"city": "Mons"})
    assert (found.conflicts, found.taken) == (["city"], [])


@pytest.mark.parametrize(
    ("stored", "written"),
    [(None, ""), (Decimal("1.00"), Decimal(1)), (Decimal("0.00"), 0), (1000, "1000"), ([1], ["1"])],
)
def test_the_same_written_otherwise_is_no_change(stored: Any, written: Any) -> None:
    assert merge(seen="", stored={"value": stored}, written={"value": written}).conflicts == []


def test_the_state_tells_no_value() -> None:
    assert "BE68539007547034" not in state_of({"iban": "BE68539007547034"})

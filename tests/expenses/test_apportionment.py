"""A lot's part over holders by days, then over members by fraction."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.expenses.apportionment import NobodyHolds, holder_parts, member_parts
from apps.expenses.days import Span
from apps.owners.queries import Holder, HoldingPeriod, Member

YEAR = Span(date(2025, 1, 1), date(2026, 1, 1))


def member(code: str, right: str = "full", fraction: Fraction | int = 1) -> Member:
    return Member(0, code, code, right, Fraction(fraction))


def period(starts_on: date, ends_on: date | None, *members: Member) -> HoldingPeriod:
    return HoldingPeriod(1, Holder(1, members), starts_on, ends_on)


def test_seller_and_buyer_share_a_year_by_days() -> None:
    """DOMAIN.md §4.5: deed 15/09/2025, 1 873.49 over 257 and 108 days."""
    deed = date(2025, 9, 15)
    seller, buyer = period(date(2008, 1, 1), deed, member("P016")), period(deed, None, member("P016B"))
    parts = holder_parts(Decimal("1873.49"), YEAR, [seller, buyer])
    assert [(part.span.days, part.amount) for part in parts] == [(257, Decimal("1319.14")), (108, Decimal("554.35"))]


def test_one_day_falls_on_whoever_holds_the_lot_on_it() -> None:
    deed = date(2025, 9, 15)
    periods = [period(date(2008, 1, 1), deed, member("S")), period(deed, None, member("B"))]
    (before,) = holder_parts(Decimal("10.00"), Span(date(2025, 9, 14), deed), periods)
    (after,) = holder_parts(Decimal("10.00"), Span(deed, date(2025, 9, 16)), periods)
    assert (before.period, after.period) == (periods[0], periods[1])


@pytest.mark.parametrize(
    ("periods", "first", "last"),
    [
        ([], date(2025, 1, 1), date(2025, 12, 31)),
        ([period(date(2025, 3, 1), None)], date(2025, 1, 1), date(2025, 2, 28)),
        ([period(date(2019, 1, 1), date(2025, 12, 31))], date(2025, 12, 31), date(2025, 12, 31)),
        (
            [period(date(2019, 1, 1), date(2025, 5, 1)), period(date(2025, 5, 3), None)],
            date(2025, 5, 1), date(2025, 5, 2),
        ),
    ],
)  # fmt: skip
def test_days_without_holder_are_named(periods: list[HoldingPeriod], first: date, last: date) -> None:
    with pytest.raises(NobodyHolds) as refusal:
        holder_parts(Decimal("100.00"), YEAR, periods)
    assert (refusal.value.first, refusal.value.last) == (first, last)


def test_undivided_owners_share_in_code_order() -> None:
    """DOMAIN.md §4.6: 1/2, 1/4, 1/4 of 333.34."""
    members = [
        member("C", fraction=Fraction(1, 4)),
        member("A", fraction=Fraction(1, 2)),
        member("B", fraction=Fraction(1, 4)),
    ]
    assert [(part.member.code, part.amount) for part in member_parts(Decimal("333.34"), members)] == [
        ("A", Decimal("166.67")), ("B", Decimal("83.34")), ("C", Decimal("83.33")),
    ]  # fmt: skip


def test_the_usufructuary_bears_and_the_bare_owner_does_not() -> None:
    members = [member("P006", "usufruct"), member("P006B", "bare")]
    assert [(part.member.code, part.amount) for part in member_parts(Decimal("50.01"), members)] == [
        ("P006", Decimal("50.01"))
    ]


def test_a_widow_with_half_full_and_half_usufruct_bears_all() -> None:
    widow = [member("W", "full", Fraction(1, 2)), member("W", "usufruct", Fraction(1, 2))]
    children = [member(code, "bare", Fraction(1, 4)) for code in ("X", "Y")]
    assert [part.amount for part in member_parts(Decimal("10.01"), [*children, *widow])] == [
        Decimal("5.01"),
        Decimal("5.00"),
    ]


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(1, 400), min_size=1, max_size=8),
    st.integers(0, 2000), st.integers(1, 800),
)  # fmt: skip
def test_parts_by_days_are_exact_whatever_the_holdings(cents: int, lengths: list[int], offset: int, days: int) -> None:
    starts, periods = date(2020, 1, 1), []
    for i, length in enumerate(lengths):
        ends = starts + timedelta(days=length)
        periods.append(period(starts, None if i == len(lengths) - 1 else ends, member(f"P{i}")))
        starts = ends
    start = date(2020, 1, 1) + timedelta(days=offset)
    span = Span(start, start + timedelta(days=days))
    parts = holder_parts(Decimal(cents) / 100, span, periods)
    assert sum(part.amount for part in parts) == Decimal(cents) / 100
    assert sum(part.span.days for part in parts) == days

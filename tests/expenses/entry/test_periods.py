from datetime import date

import pytest

from apps.expenses.days import Span
from apps.expenses.entry.periods import MONTH, QUARTER, YEAR, before, like, months_of, period_of


def span(first: str, end: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("months", "start_month", "first", "end"),
    [
        (MONTH, 1, "2026-02-01", "2026-03-01"), (QUARTER, 1, "2026-01-01", "2026-04-01"),
        (QUARTER, 3, "2025-12-01", "2026-03-01"), (YEAR, 1, "2026-01-01", "2027-01-01"),
        (YEAR, 7, "2025-07-01", "2026-07-01"), (YEAR, 2, "2026-02-01", "2027-02-01"),
    ],
)  # fmt: skip
def test_the_period_in_which_a_day_lies(months: int, start_month: int, first: str, end: str) -> None:
    found = period_of(date(2026, 2, 28), months, start_month)
    assert found == span(first, end)
    assert months_of(found, start_month) == months


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (span("2026-03-01", "2026-04-01"), span("2026-02-01", "2026-03-01")),
        (span("2026-01-01", "2027-01-01"), span("2025-01-01", "2026-01-01")),
        (span("2026-03-15", "2026-03-20"), span("2026-03-10", "2026-03-15")),
    ],
)
def test_the_period_before(given: Span, expected: Span) -> None:
    assert before(given) == expected


def test_an_invoice_of_december_for_november_is_followed_by_one_of_january_for_december() -> None:
    november = span("2025-11-01", "2025-12-01")
    assert like(november, date(2025, 12, 3), date(2026, 1, 4), 1) == span("2025-12-01", "2026-01-01")


def test_days_that_are_no_usual_period_are_not_learned() -> None:
    assert like(span("2025-11-01", "2025-11-20"), date(2025, 12, 3), date(2026, 1, 4), 1) is None
    assert months_of(span("2025-02-01", "2025-05-01"), 1) is None

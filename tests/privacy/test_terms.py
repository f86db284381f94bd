from datetime import date

import pytest

from apps.privacy.terms import due_on, fiscal_year_start, months_after, years_before


@pytest.mark.parametrize(
    ("received", "due", "extended"),
    [
        (date(2026, 1, 15), date(2026, 2, 15), date(2026, 4, 15)),
        (date(2026, 1, 31), date(2026, 2, 28), date(2026, 4, 30)),
        (date(2026, 11, 30), date(2026, 12, 30), date(2027, 2, 28)),
    ],
)
def test_an_answer_is_due_in_a_month_and_two_more(received: date, due: date, extended: date) -> None:
    assert (due_on(received), due_on(received, is_extended=True)) == (due, extended)


def test_years_are_counted_over_leap_days() -> None:
    assert years_before(date(2028, 2, 29), 10) == date(2018, 2, 28)
    assert months_after(date(2018, 2, 28), 120) == date(2028, 2, 28)


def test_a_fiscal_year_starts_in_its_month() -> None:
    assert fiscal_year_start(date(2026, 6, 30), 7) == date(2025, 7, 1)
    assert fiscal_year_start(date(2026, 7, 1), 7) == date(2026, 7, 1)

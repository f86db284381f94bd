"""Between which days something can be noted: beyond them a year was mistyped."""

from datetime import date

FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2199, 12, 31)


def is_plausible(day: date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY

"""How long personal data is kept, and how fast a request is answered. Dates in, dates out."""

from calendar import monthrange
from datetime import date

# DOMAIN.md GD-05 (GDPR art. 12.3): one month, two more with a reason.
ANSWER_MONTHS = 1
EXTENSION_MONTHS = 2
# DOMAIN.md GD-04: vouchers ten years from the end of the fiscal year (the legal minimum in Belgium is seven).
VOUCHER_YEARS = 10
# DOMAIN.md GD-04: a former owner ten years from the day on which somebody else held their last lot.
FORMER_OWNER_YEARS = 10

# A prepared copy of somebody’s data, from the day on which it was made: our own choice, the month of the answer.
COPY_DAYS = 31


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last (Regulation 1182/71, art. 3.2 c)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_on(received_on: date, *, is_extended: bool = False) -> date:
    """The last day on which a request may be answered."""
    return months_after(received_on, ANSWER_MONTHS + (EXTENSION_MONTHS if is_extended else 0))


def years_before(day: date, years: int) -> date:
    return months_after(day, -12 * years)


def fiscal_year_start(day: date, start_month: int) -> date:
    """The first day of the fiscal year (exercice) in which a day lies."""
    return date(day.year if day.month >= start_month else day.year - 1, start_month, 1)

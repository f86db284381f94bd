"""Months, quarters and fiscal years as periods of a charge. Dates in, dates out."""

from datetime import date

from apps.expenses.days import Span

MONTH, QUARTER, YEAR = 1, 3, 12  # in months; quarters and years begin with the fiscal year


def period_of(day: date, months: int, start_month: int) -> Span:
    """The month, quarter or fiscal year in which a day lies."""
    return _block((_index(day) - (start_month - 1)) // months, months, start_month)


def months_of(span: Span, start_month: int) -> int | None:
    """Whether a span is a whole month, quarter or fiscal year; None: none of them."""
    if span.start.day != 1 or span.end.day != 1:
        return None
    months = _index(span.end) - _index(span.start)
    is_aligned = (_index(span.start) - (start_month - 1)) % months == 0
    return months if months in (MONTH, QUARTER, YEAR) and is_aligned else None


def before(span: Span) -> Span:
    """The span of the same length that ends where this one starts: whole months as months, else days."""
    if span.start.day == 1 and span.end.day == 1:
        months = _index(span.end) - _index(span.start)
        return Span(_first_of(_index(span.start) - months), span.start)
    return Span(span.start - (span.end - span.start), span.start)


def like(former: Span, former_day: date, day: date, start_month: int) -> Span | None:
    """The period that lies to `day` as `former` lay to `former_day`: an invoice of December for November, say."""
    months = months_of(former, start_month)
    if months is None:
        return None
    distance = _number(former_day, months, start_month) - _number(former.start, months, start_month)
    return _block(_number(day, months, start_month) - distance, months, start_month)


def _number(day: date, months: int, start_month: int) -> int:
    return (_index(day) - (start_month - 1)) // months


def _block(number: int, months: int, start_month: int) -> Span:
    first = number * months + start_month - 1
    return Span(_first_of(first), _first_of(first + months))


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_of(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)

"""How an amount becomes parts: line → lots by weight; a lot's part → holders by days → members by fraction.

Numbers in, numbers out; every step splits with `koprogo.money.split`. Source: DESIGN.md, "From invoice to cents".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.expenses.days import ONE_DAY, Span
from apps.owners.queries import HoldingPeriod, Member
from koprogo.money import allocate


@dataclass(frozen=True, slots=True)
class HolderPart:
    """What a holder bears of a lot's part for the days in which it held the lot."""

    period: HoldingPeriod
    span: Span  # the days counted
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MemberPart:
    member: Member
    amount: Decimal


class NobodyHolds(Exception):
    """Days within the span on which nobody holds the lot; both ends included."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(first, last)
        self.first, self.last = first, last


def holder_parts(amount: Decimal, span: Span, periods: Sequence[HoldingPeriod]) -> list[HolderPart]:
    """Split a lot's part (EUR) over its holders by days; `periods` in order of time. Raises NobodyHolds."""
    counted = [(period, days) for period in periods if (days := _overlap(period, span)) is not None]
    _require_every_day(span, [days for _, days in counted])
    amounts = allocate(amount, [days.days for _, days in counted])
    return [HolderPart(period, days, part) for (period, days), part in zip(counted, amounts, strict=True)]


def member_parts(amount: Decimal, members: Sequence[Member]) -> list[MemberPart]:
    """Split a holder's part over the members who bear it, in the order of their codes.

    Full owners and usufructuaries bear; their fractions sum to 1.
    """
    bearing = sorted((each for each in members if each.bears), key=lambda each: each.code)
    amounts = allocate(amount, [each.fraction for each in bearing])
    return [MemberPart(member, part) for member, part in zip(bearing, amounts, strict=True)]


def _overlap(period: HoldingPeriod, span: Span) -> Span | None:
    start = max(period.starts_on, span.start)
    end = span.end if period.ends_on is None else min(period.ends_on, span.end)
    return Span(start, end) if start < end else None


def _require_every_day(span: Span, held: Sequence[Span]) -> None:
    day = span.start
    for days in held:
        if days.start > day:
            raise NobodyHolds(day, days.start - ONE_DAY)
        day = days.end
    if day < span.end:
        raise NobodyHolds(day, span.end - ONE_DAY)

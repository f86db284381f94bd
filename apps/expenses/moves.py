"""What a change of hands moves: the owners' parts of approved expenses, before and after.

Lots' parts are frozen and stay; owners' parts are derived from them by days, so nothing is written here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Q
from django.db.models.functions import Coalesce

from apps.buildings.models import Building
from apps.expenses.apportionment import NobodyHolds, holder_parts, member_parts
from apps.expenses.basis import LotWithoutHolder
from apps.expenses.days import Span
from apps.expenses.models import ClosedSpan, Expense, LotPart
from apps.expenses.queries import span_of
from apps.owners.changes import Days, changed_days, lost_days
from apps.owners.holdings import Hands, LotChange
from apps.owners.queries import HoldingPeriod, Member
from apps.units.models import Unit

ZERO = Decimal(0)


@dataclass
class DaysAreIssued(Exception):
    """Charges in a closed span of dates rest on days that the lot's holder would lose.

    They are kept until the eve of `free_on`: from that day on the lot may change hands.
    """

    unit: Unit
    span: ClosedSpan
    free_on: date


@dataclass(slots=True)
class OwnerMove:
    """What one owner bears before and after (EUR)."""

    code: str
    name: str
    before: Decimal = ZERO
    after: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.after - self.before


@dataclass
class Moves:
    """`owners` by the owner's number, of one expense or of all that move."""

    owners: dict[int, OwnerMove] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[OwnerMove]:
        return sorted(self.owners.values(), key=lambda each: each.code)

    @property
    def before(self) -> Decimal:
        return sum((each.before for each in self.owners.values()), ZERO)

    @property
    def after(self) -> Decimal:
        return sum((each.after for each in self.owners.values()), ZERO)

    def add(self, other: "Moves") -> None:
        for owner_id, move in other.owners.items():
            own = self.owners.setdefault(owner_id, OwnerMove(move.code, move.name))
            own.before += move.before
            own.after += move.after


@dataclass
class ExpenseMoves(Moves):
    expense: Expense = field(kw_only=True)


@dataclass
class ChargeMoves:
    """The approved expenses whose owners' parts change, the earliest first, and their sums per owner."""

    expenses: list[ExpenseMoves]
    total: Moves


def load_moves(building: Building, hands: Hands, changes: Sequence[LotChange]) -> ChargeMoves:
    """What approved expenses become for the owners of these lots. Two statements.

    Raises DaysAreIssued, and LotWithoutHolder when a day that counts for a part would have no holder.
    """
    found: dict[int, ExpenseMoves] = {}
    spans = list(ClosedSpan.objects.for_organization(building.organization_id).filter(building=building))
    parts = _parts(building, changes)
    for change in changes:
        own = [part for part in parts if part.unit_id == change.unit.pk]
        _require_open(change, own, spans)
        before, after = hands.periods(change.unit, change.before), hands.periods(change.unit, change.after)
        for part in own:
            moves = found.setdefault(part.line.expense_id, ExpenseMoves(expense=part.line.expense))
            _count(moves, part, before, after, change.unit)
    moved = [each for each in found.values() if any(move.difference for move in each.owners.values())]
    total = Moves()
    for each in moved:
        total.add(each)
    return ChargeMoves(sorted(moved, key=lambda each: (each.expense.date, each.expense.pk)), total)


def _parts(building: Building, changes: Sequence[LotChange]) -> list[LotPart]:
    """The parts in force of these lots that count on days on which others hold them."""
    touched = Q()
    for change in changes:
        for days in changed_days(change.before, change.after):
            touched |= Q(unit=change.unit) & _counts_on(days)
    if not touched:
        return []
    found = LotPart.objects.for_organization(building.organization_id).in_force()
    found = found.annotate(day=Coalesce("line__reference_on", "line__expense__date")).filter(touched)
    return list(found.select_related("line__expense__supplier").order_by("line_id", "id"))


def _counts_on(days: Days) -> Q:
    first, end = days
    by_days = Q(line__day_rule="days", line__period_end__gt=first)
    by_date = Q(line__day_rule="date", day__gte=first)
    if end:
        by_days &= Q(line__period_start__lt=end)
        by_date &= Q(day__lt=end)
    return by_days | by_date


def _require_open(change: LotChange, parts: Iterable[LotPart], spans: Sequence[ClosedSpan]) -> None:
    """As PostgreSQL does (`holdings_under_issued_charges_are_frozen`), with words."""
    lost = lost_days(change.before, change.after)
    issued: list[tuple[date, ClosedSpan]] = []
    for part in parts:
        on = part.line.expense.date
        closed = next((span for span in spans if span.starts_on <= on < span.ends_on), None)
        counted = span_of(part.line, part.line.expense)
        if closed and any(_touch(days, counted) for days in lost):
            issued.append((counted.end, closed))
    if issued:
        free_on, closed = max(issued, key=lambda each: each[0])
        raise DaysAreIssued(change.unit, closed, free_on)


def _touch(days: Days, span: Span) -> bool:
    first, end = days
    return first < span.end and (end is None or span.start < end)


def _count(moves: Moves, part: LotPart, before: list[HoldingPeriod], after: list[HoldingPeriod], unit: Unit) -> None:
    span = span_of(part.line, part.line.expense)
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for side, periods in enumerate((before, after)):
        for member, amount in _members(part.amount, span, periods, unit, is_after=side == 1):
            moves.owners.setdefault(member.owner_id, OwnerMove(member.code, member.name))
            sums[member.owner_id][side] += amount
    for owner_id, (old, new) in sums.items():
        moves.owners[owner_id].before += old
        moves.owners[owner_id].after += new


def _members(
    amount: Decimal, span: Span, periods: list[HoldingPeriod], unit: Unit, *, is_after: bool
) -> list[tuple[Member, Decimal]]:
    """Who bears how much. Days without a holder are refused only where the change itself would make them."""
    try:
        held = holder_parts(amount, span, periods)
    except NobodyHolds as nobody:
        if is_after:
            raise LotWithoutHolder(unit, nobody.first, nobody.last) from nobody
        return []
    shares = [share for each in held for share in member_parts(each.amount, each.period.holder.members)]
    return [(share.member, share.amount) for share in shares]

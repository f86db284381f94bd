"""Reads across rooms: what an expense is split by, how its parts come about, what a building's lots and owners bear."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db import models

from apps.accounts.models import Membership
from apps.buildings.models import Building, visible_buildings
from apps.expenses.apportionment import HolderPart, NobodyHolds, holder_parts
from apps.expenses.days import ONE_DAY, Span
from apps.expenses.models import Approval, Expense, ExpenseLine, LotPart
from apps.owners.queries import HoldingPeriod, holding_periods
from apps.units.models import DistributionKey, KeyWeight, Unit

ONE = Decimal(1)


def visible_expenses(membership: Membership) -> models.QuerySet[Expense]:
    expenses = Expense.objects.for_organization(membership.organization)
    if membership.sees_all_buildings:
        return expenses
    return expenses.filter(building__in=visible_buildings(membership))


def overdue_on(today: date) -> models.Q:
    """Approved, not paid, and past the day when it was due; what the previous syndic settled is not ours to pay."""
    return models.Q(status=Expense.Status.APPROVED, due_on__lt=today, approvals__settled_by_predecessor=False)


@dataclass
class LotWithoutHolder(Exception):
    """A lot that bears has days without a holder, both included."""

    unit: Unit
    first: date
    last: date


@dataclass(frozen=True)
class Basis:
    """What every apportionment in a building rests on: its lots in order, its keys' weights, who holds what when."""

    building: Building
    units: list[Unit]
    key_weights: dict[int, dict[int, Decimal]]  # key → unit → weight
    periods: dict[int, list[HoldingPeriod]] = field(repr=False)  # unit → in order of time

    @cached_property
    def share_sum(self) -> int:
        return sum(unit.share for unit in self.units)

    @cached_property
    def unit_by_id(self) -> dict[int, Unit]:
        return {unit.pk: unit for unit in self.units}

    def weights(self, line: ExpenseLine) -> list[tuple[Unit, Decimal]]:
        """The lots that bear this line, in the lots' order, with their weights above zero."""
        if line.unit_id is not None:
            return [(self.unit_by_id[line.unit_id], ONE)]
        assert line.key is not None
        if line.key.kind == DistributionKey.Kind.SHARES:
            found = [(unit, Decimal(unit.share)) for unit in self.units]
        else:
            weights = self.key_weights.get(line.key.pk, {})
            found = [(unit, weights[unit.pk]) for unit in self.units if unit.pk in weights]
        return [(unit, weight) for unit, weight in found if weight > 0]

    def holders_of(self, unit_id: int, amount: Decimal, span: Span) -> list[HolderPart]:
        """Who bears a lot's part. Raises LotWithoutHolder."""
        try:
            return holder_parts(amount, span, self.periods.get(unit_id, []))
        except NobodyHolds as nobody:
            raise LotWithoutHolder(self.unit_by_id[unit_id], nobody.first, nobody.last) from nobody


def load_basis(building: Building) -> Basis:
    """Four statements, however large the building."""
    organization = building.organization_id
    units = Unit.objects.for_organization(organization).filter(building=building).order_by("position", "id")
    weights: dict[int, dict[int, Decimal]] = defaultdict(dict)
    rows = KeyWeight.objects.for_organization(organization).filter(building=building)
    for key_id, unit_id, weight in rows.values_list("key_id", "unit_id", "weight"):
        weights[key_id][unit_id] = weight
    return Basis(building, list(units), weights, holding_periods(building))


def span_of(line: ExpenseLine, expense: Expense) -> Span:
    """The days that count for a line: its period, or its day of reference, or the invoice's date."""
    if line.day_rule == ExpenseLine.DayRule.DAYS:
        return Span(line.period_start, line.period_end)
    day = line.reference_on or expense.date
    return Span(day, day + ONE_DAY)


def lines_of(expenses: Sequence[Expense] | models.QuerySet[Expense]) -> list[ExpenseLine]:
    """Their lines with key and lot, in order."""
    return list(
        ExpenseLine.objects.filter(expense__in=expenses)
        .select_related("key", "unit")
        .order_by("expense_id", "position", "id")
    )


def approved_between(building: Building, first: date, last: date) -> models.QuerySet[Expense]:
    """Approved expenses whose date lies in the span, both days included."""
    return (
        Expense.objects.for_organization(building.organization_id)
        .filter(building=building, date__range=(first, last),
                status__in=Expense.APPROVED_STATUSES)
        .select_related("supplier")
        .order_by("date", "id")
    )  # fmt: skip


def parts_hash(parts: Iterable[LotPart]) -> str:
    """SHA-256 over `line unit weight amount` of each part, in order."""
    text = "\n".join(f"{part.line_id} {part.unit_id} {part.weight:.3f} {part.amount:.2f}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(approval: Approval) -> bool:
    """Whether the parts are still those that the approval froze: their number, sum and hash."""
    parts = list(LotPart.objects.for_organization(approval.organization_id).filter(approval=approval).order_by("id"))
    seal = (len(parts), sum(part.amount for part in parts), parts_hash(parts))
    return seal == (approval.part_count, approval.part_sum, approval.part_hash)

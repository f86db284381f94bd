"""What lots and owners of a building bear of the expenses of a span of dates."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.buildings.models import Building
from apps.expenses.apportionment import HolderPart, member_parts
from apps.expenses.basis import Basis, load_basis
from apps.expenses.models import Expense, ExpenseLine, LotPart
from apps.expenses.queries import approved_between, lines_of, span_of
from apps.owners.queries import Holder, Member
from apps.units.models import Unit

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one holder bears of one lot's part of one line (EUR), by the days of one holding."""

    expense: Expense
    line: ExpenseLine
    unit: Unit
    part: HolderPart

    @property
    def holder(self) -> Holder:
        return self.part.period.holder

    @property
    def amount(self) -> Decimal:
        return self.part.amount


@dataclass(frozen=True, slots=True)
class LotTotal:
    unit: Unit
    holders: list[Holder]  # who held it in the days counted, in order of time
    total: Decimal


@dataclass(frozen=True, slots=True)
class OwnerTotal:
    member: Member
    units: list[Unit]
    total: Decimal


@dataclass(frozen=True, slots=True)
class CategoryTotal:
    code: str  # three digits
    total: Decimal


@dataclass(frozen=True, slots=True)
class Charges:
    building: Building
    first: date
    last: date  # included
    expenses: list[Expense]
    details: list[Charge]
    lots: list[LotTotal]
    owners: list[OwnerTotal]
    categories: list[CategoryTotal]

    @property
    def total(self) -> Decimal:
        return sum((expense.amount for expense in self.expenses), ZERO)


def load_charges(building: Building, first: date, last: date) -> Charges:
    """The approved expenses dated from `first` to `last` (both included), down to the owner. Eight statements."""
    expenses = list(approved_between(building, first, last))
    basis = load_basis(building)
    details = list(_details(expenses, basis))
    return Charges(
        building,
        first,
        last,
        expenses,
        details,
        _by_lot(basis, details),
        _by_owner(basis, details),
        _by_category(details),
    )


def _details(expenses: list[Expense], basis: Basis) -> Iterable[Charge]:
    by_id = {expense.pk: expense for expense in expenses}
    lines = {line.pk: line for line in lines_of(expenses)}
    parts = LotPart.objects.in_force().filter(line__in=list(lines)).values_list("line_id", "unit_id", "amount")
    of_line: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for line_id, unit_id, amount in parts.order_by("line_id", "id"):
        of_line[line_id].append((unit_id, amount))
    for line in sorted(lines.values(), key=lambda each: (by_id[each.expense_id].date, each.expense_id, each.position)):
        expense = by_id[line.expense_id]
        for unit_id, amount in of_line[line.pk]:
            for part in basis.holders_of(unit_id, amount, span_of(line, expense)):
                yield Charge(expense, line, basis.unit_by_id[unit_id], part)


def _by_lot(basis: Basis, details: list[Charge]) -> list[LotTotal]:
    totals: dict[int, Decimal] = defaultdict(Decimal)
    holders: dict[int, dict[int, HolderPart]] = defaultdict(dict)
    for charge in details:
        totals[charge.unit.pk] += charge.amount
        holders[charge.unit.pk][charge.holder.id] = charge.part
    return [
        LotTotal(
            unit,
            [part.period.holder for part in sorted(holders[unit.pk].values(), key=lambda each: each.period.starts_on)],
            totals[unit.pk],
        )
        for unit in basis.units
    ]


def _by_owner(basis: Basis, details: list[Charge]) -> list[OwnerTotal]:
    members: dict[int, Member] = {}
    totals: dict[int, Decimal] = defaultdict(Decimal)
    units: dict[int, set[int]] = defaultdict(set)
    for charge in details:
        for part in member_parts(charge.amount, charge.holder.members):
            members[part.member.owner_id] = part.member
            totals[part.member.owner_id] += part.amount
            units[part.member.owner_id].add(charge.unit.pk)
    return [
        OwnerTotal(member, [unit for unit in basis.units if unit.pk in units[owner_id]], totals[owner_id])
        for owner_id, member in sorted(members.items(), key=lambda item: item[1].code)
    ]


def _by_category(details: list[Charge]) -> list[CategoryTotal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for charge in details:
        totals[charge.line.category] += charge.amount
    return [CategoryTotal(code, total) for code, total in sorted(totals.items())]

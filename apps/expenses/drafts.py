"""Writing an expense by hand: its head, its lines, and how each line goes over the lots."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.buildings.models import Building
from apps.expenses.models import Approval, Expense, ExpenseLine, LinePortion, LotAmount, LotPart, Supplier
from apps.expenses.queries import lines_to_split
from apps.expenses.services import Status, locked_expense
from apps.units.models import DistributionKey, Unit
from koprogo.inserting import insert
from koprogo.money import allocate


class HasHistory(Exception):
    """The expense was approved once: it is turned down or corrected, never deleted."""


class PortionsDoNotAddUp(Exception):
    """A line's portions must make it: 100 per cent, or its amount."""


@dataclass(frozen=True, slots=True)
class Head:
    """An expense without its lines. `due_on` None: not told."""

    building: Building
    supplier: Supplier
    number: str
    date: datetime.date
    due_on: datetime.date | None
    description: str


@dataclass(frozen=True, slots=True)
class PortionEntry:
    """A part of a line with its key: all of a line's by `percent`, or all by `amount` (EUR)."""

    key: DistributionKey
    percent: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A line as it is typed. The period is half-open. Exactly one of key, unit, portions and takes_back is given."""

    description: str
    account: str
    net: Decimal
    vat_rate: Decimal
    vat: Decimal
    gross: Decimal
    period_start: datetime.date
    period_end: datetime.date
    day_rule: str
    reference_on: datetime.date | None = None
    tenant_percent: Decimal = Decimal(0)
    key: DistributionKey | None = None
    unit: Unit | None = None
    portions: tuple[PortionEntry, ...] = ()
    takes_back: ExpenseLine | None = None
    lot_amounts: dict[tuple[int, int], Decimal] = field(default_factory=dict)  # of (key, lot), for keys by amounts

    @property
    def plain(self) -> dict[str, Any]:
        """The fields of the line itself."""
        return {name: getattr(self, name) for name in PLAIN_FIELDS}

    @property
    def split(self) -> list[tuple[int, Decimal | None, Decimal]]:
        """Key, per cent and amount of each portion. Raises PortionsDoNotAddUp."""
        percents = [each.percent for each in self.portions if each.percent is not None]
        if len(percents) == len(self.portions):
            if self.portions and sum(percents) != 100:
                raise PortionsDoNotAddUp
            amounts = allocate(self.gross, percents) if percents else []
        else:
            amounts = [each.amount for each in self.portions if each.amount is not None]
            if percents or sum(amounts) != self.gross:
                raise PortionsDoNotAddUp
        return [(each.key.pk, each.percent, amount) for each, amount in zip(self.portions, amounts, strict=True)]


PLAIN_FIELDS = [
    "description", "account", "net", "vat_rate", "vat", "gross", "period_start", "period_end", "day_rule",
    "reference_on", "tenant_percent", "key", "unit", "takes_back",
]  # fmt: skip


@transaction.atomic(savepoint=False)
def create_expense(
    *, head: Head, lines: Sequence[LineEntry], refers_to: Expense | None = None, is_correction: bool = False
) -> Expense:
    """A draft; a credit note `refers_to` the invoice that it takes from. Raises PortionsDoNotAddUp."""
    expense = insert(Expense(
        organization_id=head.building.organization_id, building=head.building, supplier=head.supplier,
        number=head.number, date=head.date, due_on=head.due_on, description=head.description,
        amount=sum((line.gross for line in lines), Decimal(0)), refers_to=refers_to, is_correction=is_correction,
    ))  # fmt: skip
    for position, line in enumerate(lines, start=1):
        _insert(expense, position, line)
    return expense


@transaction.atomic
def change_expense(*, expense: Expense, head: Head, lines: Sequence[LineEntry]) -> Expense:
    """Write a draft, or what was turned down, anew. Raises WrongStatus, PortionsDoNotAddUp.

    A line that carries parts of a withdrawn approval stays as it was and no longer counts: another takes its place.
    """
    locked = locked_expense(expense, Status.DRAFT, Status.REJECTED)
    changes = {
        "building": head.building, "supplier": head.supplier, "number": head.number, "date": head.date,
        "due_on": head.due_on, "description": head.description,
        "amount": sum((line.gross for line in lines), Decimal(0)),
    }  # fmt: skip
    stored = {line.position: line for line in lines_to_split(locked)}
    carrying = set(LotPart.objects.filter(line__in=list(stored.values())).values_list("line_id", flat=True))
    if locked.building_id != head.building.pk and not carrying:
        # Lines lie in the building of their expense: those of the other one are made anew.
        for line in stored.values():
            _remove(line, is_carrying=False)
        stored = {}
    _save_changes(locked, changes)
    for position, line in stored.items():
        if position > len(lines):
            _remove(line, line.pk in carrying)
    for position, entry in enumerate(lines, start=1):
        if position not in stored:
            _insert(locked, position, entry)
        elif not are_same(entry_of(stored[position]), entry) or stored[position].building_id != head.building.pk:
            _replace(stored[position], entry, locked, is_carrying=stored[position].pk in carrying)
    return locked


@transaction.atomic
def delete_expense(*, expense: Expense, by: User) -> None:
    """Remove a draft, or what was turned down, typed by mistake. Raises WrongStatus, HasHistory."""
    locked = locked_expense(expense, Status.DRAFT, Status.REJECTED)
    if Approval.objects.for_organization(locked.organization_id).filter(expense=locked).exists():
        raise HasHistory
    record("expense_deleted", organization_id=locked.organization_id, on=locked)
    locked.delete()


def entry_of(line: ExpenseLine) -> LineEntry:
    """A stored line as it would be typed; read with its portions and amounts (`queries.lines_to_split`)."""
    return LineEntry(
        **{name: getattr(line, name) for name in PLAIN_FIELDS},
        portions=tuple(
            PortionEntry(each.key, each.percent, None if each.percent is not None else each.amount)
            for each in line.portions.all()
        ),
        lot_amounts={(each.key_id, each.unit_id): each.amount for each in line.lot_amounts.all()},
    )


def are_same(one: LineEntry, other: LineEntry) -> bool:
    return (one.plain, one.split, one.lot_amounts) == (other.plain, other.split, other.lot_amounts)


def _insert(expense: Expense, position: int, entry: LineEntry) -> None:
    line = insert(ExpenseLine(
        organization_id=expense.organization_id, building_id=expense.building_id, expense=expense, position=position,
        **entry.plain,
    ))  # fmt: skip
    _write_split(line, entry)


def _replace(line: ExpenseLine, entry: LineEntry, expense: Expense, *, is_carrying: bool) -> None:
    if is_carrying:
        _remove(line, is_carrying=True)
        _insert(expense, line.position, entry)
        return
    line.portions.all().delete()
    line.lot_amounts.all().delete()
    _save_changes(line, entry.plain | {"building": expense.building})
    _write_split(line, entry)


def _remove(line: ExpenseLine, is_carrying: bool) -> None:
    if is_carrying:
        line.is_current = False
        line.save(update_fields=["is_current"])
    else:
        line.delete()


def _save_changes(row: Expense | ExpenseLine, values: dict[str, Any]) -> None:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)


def _write_split(line: ExpenseLine, entry: LineEntry) -> None:
    if not entry.portions and not entry.lot_amounts:
        return
    place = {"organization_id": line.organization_id, "building_id": line.building_id, "line": line}
    LinePortion.objects.bulk_create(
        LinePortion(**place, position=position, key_id=key_id, percent=percent, amount=amount)
        for position, (key_id, percent, amount) in enumerate(entry.split, start=1)
    )
    LotAmount.objects.bulk_create(
        LotAmount(**place, key_id=key_id, unit_id=unit_id, amount=amount)
        for (key_id, unit_id), amount in entry.lot_amounts.items()
    )

"""All that an expense says, to be compared: what a page showed against what is stored by now."""

from collections.abc import Sequence
from typing import Any

from apps.expenses.drafts import LineEntry, entry_of
from apps.expenses.models import Expense
from apps.expenses.table import LineTable
from koprogo.merging import state_of

HEAD_FIELDS = ["building_id", "supplier_id", "number", "date", "due_on", "description", "amount"]


def line_values(entry: LineEntry) -> list[Any]:
    """All that a line says, in plain values."""
    portions = [[each.key, each.percent, each.amount] for each in entry.portions]
    return [*entry.plain.values(), portions, sorted([*place, amount] for place, amount in entry.lot_amounts.items())]


def figures_of(expense: Expense, tables: Sequence[LineTable]) -> str:
    """A digest of head, lines and what each lot bears of them: the same before an approval and after it."""
    head = [getattr(expense, name) for name in HEAD_FIELDS]
    return state_of({"shown": [*head, *map(_table_values, tables)]})


def _table_values(table: LineTable) -> list[Any]:
    lots = [[row.unit.pk, row.weight, row.amount] for row in table.rows]
    return [*line_values(entry_of(table.line)), table.portion, lots]

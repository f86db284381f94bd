"""All that an expense says, to be compared: what a page showed against what is stored by now."""

from collections.abc import Sequence
from typing import Any

from apps.expenses.drafts import LineEntry, entry_of
from apps.expenses.models import Expense, ExpenseLine
from koprogo.merging import state_of

HEAD_FIELDS = ["building_id", "supplier_id", "number", "date", "due_on", "description", "amount"]


def line_values(entry: LineEntry) -> list[Any]:
    """All that a line says, in plain values."""
    portions = [[each.key, each.percent, each.amount] for each in entry.portions]
    return [*entry.plain.values(), portions, sorted([*place, amount] for place, amount in entry.lot_amounts.items())]


def figures_of(expense: Expense, lines: Sequence[ExpenseLine]) -> str:
    """A digest of head and lines; the lines are read with what splits them (`queries.lines_to_split`)."""
    head = [getattr(expense, name) for name in HEAD_FIELDS]
    return state_of({"shown": [*head, *(line_values(entry_of(line)) for line in lines)]})

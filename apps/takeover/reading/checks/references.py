"""What a row names must exist, in the file or among the stored data."""

from collections.abc import Iterable
from typing import Any

from apps.takeover.reading.book import Book, ReferenceKind
from apps.takeover.reading.sheets import BALANCES, EXPENSES, KEYS, OWNERSHIPS, UNITS, WEIGHTS, Sheet

NAMED: dict[str, tuple[tuple[str, ReferenceKind], ...]] = {
    UNITS.field: (),
    OWNERSHIPS.field: (("unit", "unit"), ("owner", "owner")),
    KEYS.field: (),
    WEIGHTS.field: (("key", "key"), ("unit", "unit")),
    EXPENSES.field: (("key", "key"), ("private_unit", "unit")),
    BALANCES.field: (("holder", "owner"), ("unit", "unit")),
}


def check_references(book: Book) -> None:
    for sheet in (UNITS, OWNERSHIPS, KEYS, WEIGHTS, EXPENSES, BALANCES):
        for row in book.first(sheet):
            _check_building(book, sheet, row)
            _check_names(book, sheet, row, NAMED[sheet.field])


def _check_building(book: Book, sheet: Sheet, row: Any) -> None:
    if book[sheet].usable(row, "building") and row.building not in book.buildings:
        book.leave_open("building", (row.building,), sheet, row, "building")


def _check_names(book: Book, sheet: Sheet, row: Any, names: Iterable[tuple[str, ReferenceKind]]) -> None:
    table = book[sheet]
    for name, kind in names:
        value = getattr(row, name)
        if value is None or not table.usable(row, name):
            continue
        if kind == "owner":
            if value not in book.owners:
                book.leave_open(kind, (value,), sheet, row, name)
        elif table.usable(row, "building"):
            known = book.units if kind == "unit" else book.keys
            if (row.building, value) not in known:
                book.leave_open(kind, (row.building, value), sheet, row, name)

"""The same thing may stand once in a file, even when its rows are identical."""

from collections.abc import Callable, Hashable
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.takeover.reading.book import Book
from apps.takeover.reading.labels import supplier_key
from apps.takeover.reading.sheets import (
    BALANCES,
    BUILDINGS,
    EXPENSES,
    KEYS,
    OWNERS,
    OWNERSHIPS,
    UNITS,
    WEIGHTS,
    Sheet,
)

Identity = Callable[[Any], Hashable]


def check_identities(book: Book) -> None:
    _check(book, BUILDINGS, ("reference",), _("Cet immeuble figure déjà à la ligne %(row)s."))
    _check(book, UNITS, ("number", "building"), _("Ce lot figure déjà à la ligne %(row)s."))
    _check(book, OWNERS, ("code",), _("Ce code figure déjà à la ligne %(row)s."))
    _check(book, KEYS, ("code", "building"), _("Cette clé figure déjà à la ligne %(row)s."))
    _check(book, WEIGHTS, ("unit", "building", "key"), _("Ce lot figure déjà dans cette clé à la ligne %(row)s."))
    _check(
        book,
        OWNERSHIPS,
        ("owner", "building", "unit", "right", "starts_on"),
        _("Ce droit sur ce lot, à partir du même jour, figure déjà à la ligne %(row)s."),
    )
    _check(
        book,
        EXPENSES,
        ("number", "building", "supplier", "line"),
        _("Cette facture figure déjà à la ligne %(row)s : si elle a plusieurs lignes, numérotez-les (colonne Ligne)."),
    )
    _check(
        book,
        BALANCES,
        ("holder", "building", "unit", "kind"),
        _("Ce solde de ce titulaire figure déjà à la ligne %(row)s."),
    )


def _check(book: Book, sheet: Sheet, fields: tuple[str, ...], message: Any) -> None:
    """The first of `fields` is the one that the fault points at."""
    table = book[sheet]
    seen: dict[Hashable, int] = {}
    for row in table.rows:
        if not table.usable(row, *fields):
            continue
        identity = tuple(supplier_key(row.supplier) if name == "supplier" else getattr(row, name) for name in fields)
        if identity in seen:
            book.fault(sheet, row, fields[0], message % {"row": seen[identity]})
            book.repeated.add((sheet.field, row.row))
            table.broken[row.row] = frozenset(column.field for column in sheet.columns)
        else:
            seen[identity] = row.row

"""The weights of a key fit its kind, and add up to more than nothing."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from apps.takeover.reading.book import Book, Identity
from apps.takeover.reading.rows import KeyRow, WeightRow
from apps.takeover.reading.sheets import KEYS, UNITS, WEIGHTS


def check_keys(book: Book) -> None:
    """Also fills in the weights that a kind of key implies."""
    sums: dict[Identity, Decimal] = defaultdict(Decimal)
    unsure: set[Identity] = set()
    table = book[WEIGHTS]
    for index, row in enumerate(table.rows):
        key = book.keys.get((row.building, row.key))
        if key is None or not table.usable(row, "building", "key", "weight") or not book[KEYS].usable(key, "kind"):
            unsure.add((row.building, row.key))
            continue
        weight = _weight(book, key, row)
        if weight is None:
            unsure.add((row.building, row.key))
            continue
        sums[row.building, row.key] += weight
        table.rows[index] = replace(row, weight=weight)
    for identity, key in book.keys.items():
        if identity not in unsure and not sums[identity]:
            _check_sum(book, identity, key)


def _weight(book: Book, key: KeyRow, row: WeightRow) -> Decimal | None:
    """The row's weight, None when it is at fault or the file does not say."""
    match key.kind:
        case "shares":
            message = _("Cette clé est de type « quotités » : elle n'a pas de lignes dans cette feuille.")
            book.fault(WEIGHTS, row, "key", message)
            return None
        case "subset":
            return _share(book, row)
        case "equal":
            if row.weight not in (None, 1):
                book.fault(WEIGHTS, row, "weight", _("Dans une clé de type « égal », le poids est 1 ou reste vide."))
                return None
            return Decimal(1)
    if row.weight is None:
        book.fault(WEIGHTS, row, "weight", _("Cette cellule est vide : complétez-la."))
    return row.weight


def _share(book: Book, row: WeightRow) -> Decimal | None:
    unit = book.units.get((row.building, row.unit))
    if unit is None or not book[UNITS].usable(unit, "share"):
        return None
    if row.weight not in (None, unit.share):
        message = _("Dans une clé de type « sous-ensemble », le poids est celui des quotités du lot : %(share)s.")
        book.fault(WEIGHTS, row, "weight", message % {"share": unit.share})
        return None
    return Decimal(unit.share)


def _check_sum(book: Book, identity: Identity, key: KeyRow) -> None:
    if not book[KEYS].usable(key, "kind") or key.kind == "shares":
        return
    message = _("Cette clé n'a pas de poids : listez ses lots dans la feuille Poids, avec une somme supérieure à 0.")
    book.leave_open("weights", identity, KEYS, key, "code", message)

"""Each lot is wholly held on every day since the first: Σ(full + usufruct) = 1 and Σ(full + bare) = 1."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from apps.takeover.reading.book import Book
from apps.takeover.reading.faults import day
from apps.takeover.reading.holdings import Imbalance, imbalances
from apps.takeover.reading.rows import OwnershipRow
from apps.takeover.reading.sheets import OWNERSHIPS, UNITS
from apps.takeover.reading.tables import ONE_DAY

MAX_ROWS_OF_A_UNIT = 200
Lot = tuple[str, str]


def check_ownerships(book: Book) -> None:
    _check_order(book)
    rows, unsure = _by_unit(book)
    for unit, held in rows.items():
        if len(held) > MAX_ROWS_OF_A_UNIT:
            message = _("Ce lot compte plus de %(limit)s lignes dans cette feuille.") % {"limit": MAX_ROWS_OF_A_UNIT}
            book.fault(OWNERSHIPS, held[MAX_ROWS_OF_A_UNIT], "unit", message)
        elif unit not in unsure:
            for imbalance in imbalances(held):
                _report(book, unit, held, imbalance)
    _warn_of_units_without_owner(book, {*rows, *unsure})


def _check_order(book: Book) -> None:
    table = book[OWNERSHIPS]
    for row in table.rows:
        if row.ends_on and table.usable(row, "starts_on", "ends_on") and row.ends_on <= row.starts_on:
            book.fault(OWNERSHIPS, row, "ends_on", _("Ce dernier jour précède le premier, dans la colonne Du."))
            table.broken[row.row] = table.broken.get(row.row, frozenset()) | {"ends_on"}


def _by_unit(book: Book) -> tuple[dict[Lot, list[OwnershipRow]], set[Lot]]:
    """Each lot's rows, and the lots of which a row cannot be read."""
    table = book[OWNERSHIPS]
    rows: dict[Lot, list[OwnershipRow]] = defaultdict(list)
    unsure: set[Lot] = set()
    for row in book.first(OWNERSHIPS):
        if not table.usable(row, "building", "unit"):
            continue
        if table.usable(row, "right", "fraction", "starts_on", "ends_on"):
            rows[row.building, row.unit].append(row)
        else:
            unsure.add((row.building, row.unit))
    return rows, unsure


def _report(book: Book, unit: Lot, held: Sequence[OwnershipRow], imbalance: Imbalance) -> None:
    row, name = _place(held, imbalance)
    message = _message(unit[1], imbalance)
    if imbalance.total > 1:
        book.fault(OWNERSHIPS, row, name, message)
    else:
        book.leave_open("holdings", unit, OWNERSHIPS, row, name, message)


def _place(held: Sequence[OwnershipRow], imbalance: Imbalance) -> tuple[OwnershipRow, str]:
    """The cell after which the days are wrong: the Part that began, or the Au that ended."""
    began = [row for row in held if row.starts_on == imbalance.starts_on]
    ended = [row for row in held if row.ends_on == imbalance.starts_on]
    if ended and (imbalance.total < 1 or not began):
        return ended[-1], "ends_on"
    return began[-1], "fraction"


def _message(unit: str, imbalance: Imbalance) -> str:
    values = {"unit": unit, "total": imbalance.total, "start": day(imbalance.starts_on)}
    match imbalance.rights, imbalance.ends_on:
        case "all", None:
            text = _("Les parts du lot %(unit)s font %(total)s au lieu de 1 à partir du %(start)s.")
        case "all", _end:
            text = _("Les parts du lot %(unit)s font %(total)s au lieu de 1 du %(start)s au %(end)s.")
        case "usufruct", None:
            text = _(
                "La pleine propriété et l'usufruit du lot %(unit)s font %(total)s au lieu de 1 à partir du %(start)s."
            )
        case "usufruct", _end:
            text = _(
                "La pleine propriété et l'usufruit du lot %(unit)s font %(total)s au lieu de 1 du %(start)s au %(end)s."
            )
        case _rights, None:
            text = _(
                "La pleine propriété et la nue-propriété du lot %(unit)s font %(total)s au lieu de 1 "
                "à partir du %(start)s."
            )
        case _:
            text = _(
                "La pleine propriété et la nue-propriété du lot %(unit)s font %(total)s au lieu de 1 "
                "du %(start)s au %(end)s."
            )
    return text % (values | ({"end": day(imbalance.ends_on - ONE_DAY)} if imbalance.ends_on else {}))


def _warn_of_units_without_owner(book: Book, held: set[Lot]) -> None:
    for unit, row in book.units.items():
        if unit not in held:
            message = _("Ce lot n'a aucun copropriétaire dans la feuille Propriétés.")
            book.warnings.add(book[UNITS].fault(row, "number", message))

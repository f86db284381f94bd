"""The shares of a building's lots add up to its total (DOMAIN.md BE-02)."""

from collections import Counter

from django.utils.translation import gettext as _

from apps.takeover.reading.book import Book
from apps.takeover.reading.rows import BuildingRow
from apps.takeover.reading.sheets import BUILDINGS, UNITS


def check_shares(book: Book) -> None:
    """Leaves a building alone while a share, or the building of any lot, cannot be read."""
    table = book[UNITS]
    sums: Counter[str] = Counter()
    unsure: set[str] = set()
    for unit in book.first(UNITS):
        if not table.usable(unit, "building"):
            return
        if table.usable(unit, "share"):
            sums[unit.building] += unit.share
        else:
            unsure.add(unit.building)
    for reference, building in book.buildings.items():
        if reference not in unsure and book[BUILDINGS].usable(building, "total_shares"):
            _check_sum(book, building, sums[reference])


def _check_sum(book: Book, building: BuildingRow, total: int) -> None:
    difference = total - building.total_shares
    if difference == 0:
        return
    figures = {"total": total, "difference": abs(difference)}
    if difference > 0:
        message = _("Les quotités des lots font %(total)s : il y en a %(difference)s de trop.") % figures
    else:
        message = _("Les quotités des lots font %(total)s : il en manque %(difference)s.") % figures
    book.leave_open("shares", (building.reference,), BUILDINGS, building, "total_shares", message)

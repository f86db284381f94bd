"""From a file to a Reading."""

from dataclasses import replace
from typing import BinaryIO

from django.utils.translation import gettext as _

from apps.takeover.reading.book import Book
from apps.takeover.reading.checks import check
from apps.takeover.reading.faults import Fault, in_file_order, shown
from apps.takeover.reading.labels import fold
from apps.takeover.reading.limits import MAX_ROWS
from apps.takeover.reading.result import Reading
from apps.takeover.reading.rows import Takeover, UnitRow
from apps.takeover.reading.sheets import README, SHEETS, UNITS, Sheet
from apps.takeover.reading.tables import Table, read_header, read_rows
from koprogo.xlsx import Unreadable, Workbook, open_workbook

TITLES = [sheet.title for sheet in SHEETS]


def read_workbook(file: BinaryIO) -> Reading:
    """Read a takeover workbook; raises Unreadable with one sentence when there is nothing to read rows from."""
    book = Book({sheet.field: Table(sheet) for sheet in SHEETS})
    with open_workbook(file) as workbook:
        is_complete = _read_tables(workbook, book)
    if is_complete:
        if not _count(book):
            raise Unreadable(_("Ce classeur ne contient encore aucune ligne : complétez ses feuilles, puis revenez."))
        check(book)
        _number_units(book[UNITS])
    return _result(book)


def _read_tables(workbook: Workbook, book: Book) -> bool:
    """Read every known sheet; False when one is missing or lacks a column."""
    paths = _known_sheets(workbook, book)
    if not paths:
        raise Unreadable(
            _("Ce classeur n'a aucune des feuilles attendues (%(titles)s) : partez du modèle.")
            % {"titles": ", ".join(TITLES)}
        )
    is_complete = True
    for sheet in SHEETS:
        if sheet.title in paths:
            is_complete &= _read_table(workbook, book, sheet, paths[sheet.title])
        elif sheet.required:
            book.faults.add(Fault(sheet.title, None, "", "", "", _("Cette feuille manque dans le classeur.")))
            is_complete = False
    return is_complete


def _known_sheets(workbook: Workbook, book: Book) -> dict[str, str]:
    titles = {fold(title): title for title in TITLES}
    paths: dict[str, str] = {}
    for name, path in workbook.sheets:
        title = titles.get(fold(name))
        if title and title not in paths:
            paths[title] = path
        elif fold(name) != fold(README):
            message = _("Cette feuille est inconnue : elle n'est pas lue.")
            book.warnings.add(Fault(shown(name), None, "", "", "", message))
    return paths


def _read_table(workbook: Workbook, book: Book, sheet: Sheet, path: str) -> bool:
    table = book[sheet]
    source = workbook.rows(path)
    number, header = next(source, (0, {}))
    if number == 0 and not sheet.required:
        return True
    if not read_header(table, header if number == 1 else {}, book.faults, book.warnings):
        return False
    room = MAX_ROWS - _count(book)
    read_rows(table, source, book.faults, room)
    if path in workbook.cut_short:
        message = _("La lecture s'arrête après 10 000 lignes vides : s'il y a des lignes plus bas, remontez-les.")
        book.warnings.add(Fault(sheet.title, None, "", "", "", message))
    return True


def _count(book: Book) -> int:
    return sum(len(table.rows) for table in book.tables.values())


def _number_units(table: Table) -> None:
    """The order of the rows is the order of each building's lots."""
    counts: dict[str, int] = {}
    for index, row in enumerate(table.rows):
        assert isinstance(row, UnitRow)
        counts[row.building] = counts.get(row.building, 0) + 1
        table.rows[index] = replace(row, position=counts[row.building])


def _result(book: Book) -> Reading:
    return Reading(
        takeover=Takeover(**{name: table.sound() for name, table in book.tables.items()}),
        faults=in_file_order(book.faults.kept, TITLES),
        warnings=in_file_order(book.warnings.kept, TITLES),
        unresolved=book.unresolved,
        counts={table.sheet.title: len(table.rows) for table in book.tables.values()},
        tables=book.tables,
        left_out=book.faults.left_out,
    )

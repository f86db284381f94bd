"""From the cells of a sheet to typed rows; what is wrong with a cell is noted and hides nothing else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from apps.takeover.reading.columns import Column, Required
from apps.takeover.reading.faults import Fault, Faults, shown
from apps.takeover.reading.labels import fold
from apps.takeover.reading.limits import MAX_ROWS
from apps.takeover.reading.sheets import Sheet
from apps.takeover.reading.values import filled
from koprogo.readers import Invalid, clean
from koprogo.xlsx import Cell, Unreadable, Unusable, letter

Cells = Mapping[int, Cell]
ONE_DAY = timedelta(days=1)


@dataclass
class Table:
    """A sheet's rows. A cell at fault leaves None in its row and its field's name in `broken`, by row number."""

    sheet: Sheet
    places: dict[str, int] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)
    broken: dict[int, frozenset[str]] = field(default_factory=dict)

    def usable(self, row: Any, *fields: str) -> bool:
        """Whether none of these fields is at fault in this row."""
        return row.row not in self.broken or self.broken[row.row].isdisjoint(fields)

    def sound(self) -> list[Any]:
        return [row for row in self.rows if row.row not in self.broken]

    def fault(self, row: Any, name: str, message: str) -> Fault:
        """A fault in the cell of field `name`, or in the row's first column when the sheet lacks it."""
        column = self.sheet.columns[self.sheet.index(name) if name in self.places else 0]
        return Fault(
            self.sheet.title,
            row.row,
            letter(self.places[column.field]),
            column.header,
            shown(self._as_written(row, column.field)),
            message,
        )

    def _as_written(self, row: Any, name: str) -> Any:
        value = getattr(row, name)
        return value - ONE_DAY if value is not None and name in self.sheet.last_days else value


def read_header(table: Table, cells: Cells, faults: Faults, warnings: Faults) -> bool:
    """Note where each column stands. False when a required one is missing or one stands twice: faults say so."""
    known = {fold(column.header): column for column in table.sheet.columns}
    complete = True
    for place, cell in sorted(cells.items()):
        header = _header_text(cell)
        column = known.get(fold(header))
        if column is None:
            warnings.add(_header_fault(table, place, header, _("Cette colonne est inconnue : elle n'est pas lue.")))
        elif column.field in table.places:
            faults.add(_header_fault(table, place, header, _("Cette colonne figure deux fois : gardez-en une.")))
            complete = False
        else:
            table.places[column.field] = place
    missing = [c.header for c in table.sheet.columns if c.field not in table.places and not c.optional]
    if missing:
        message = _("Il manque ces colonnes à la ligne 1 : %(headers)s.") % {"headers": ", ".join(missing)}
        faults.add(Fault(table.sheet.title, None, "", "", "", message))
    return complete and not missing


def _header_text(cell: Cell) -> str:
    try:
        return clean(cell) if isinstance(cell, str) else shown(cell)
    except Invalid:
        return shown(cell)


def _header_fault(table: Table, place: int, header: str, message: str) -> Fault:
    return Fault(table.sheet.title, 1, letter(place), header, shown(header), message)


def read_rows(table: Table, source: Iterable[tuple[int, Cells]], faults: Faults, room: int) -> None:
    """Read the rows below the header; rows without anything in a known column are skipped.

    Raises Unreadable when there are more than `room`.
    """
    texts: dict[str, str] = {}
    for number, cells in source:
        values, broken, is_blank = _read_cells(table, number, cells, faults, texts)
        if is_blank:
            continue
        if len(table.rows) == room:
            raise Unreadable(
                _("Ce classeur compte plus de %(limit)s lignes : partagez-le en plusieurs fichiers.")
                % {"limit": MAX_ROWS}
            )
        for name in table.sheet.last_days:
            if values[name] is not None:
                values[name] += ONE_DAY
        table.rows.append(table.sheet.row_type(row=number, **values))
        if broken:
            table.broken[number] = frozenset(broken)


def _read_cells(
    table: Table, number: int, cells: Cells, faults: Faults, texts: dict[str, str]
) -> tuple[dict[str, Any], set[str], bool]:
    values: dict[str, Any] = {}
    broken: dict[str, str] = {}
    is_blank = True
    for column in table.sheet.columns:
        cell = cells.get(table.places.get(column.field, 0))
        try:
            content = filled(cell)
            is_blank = is_blank and content is None
            value = _meaning(column, content)
        except Invalid as problem:
            value = None
            broken[column.field] = str(problem)
            is_blank = is_blank and not isinstance(cell, Unusable)
        values[column.field] = texts.setdefault(value, value) if isinstance(value, str) else value
    if not is_blank:
        for name, message in broken.items():
            faults.add(_cell_fault(table, number, name, cells, message))
    return values, set(broken), is_blank


def _meaning(column: Column, content: Cell | None) -> Any:
    if content is not None:
        return column.parse(content)
    if isinstance(column.blank, Required):
        raise Invalid(_("Cette cellule est vide : complétez-la."))
    return column.blank


def _cell_fault(table: Table, number: int, name: str, cells: Cells, message: str) -> Fault:
    column = table.sheet.columns[table.sheet.index(name)]
    place = table.places[name]
    return Fault(table.sheet.title, number, letter(place), column.header, shown(cells.get(place)), message)

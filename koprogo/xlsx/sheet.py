"""The rows of one sheet, as a stream."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from koprogo.xlsx.archive import corrupt, too_large
from koprogo.xlsx.cells import Cell, Unusable, column_of, iso_moment, moment, number, unescape
from koprogo.xlsx.markup import Attributes, events, local

MAX_ROW = 1_048_576
MAX_CELLS = 5_000_000
MAX_ROW_CHARACTERS = 2**20

Row = tuple[int, dict[int, Cell]]


def read_rows(source: IO[bytes], handler: "RowHandler", blank_rows: int) -> Iterator[Row]:
    """The rows that hold anything; ends with the sheet's data or after `blank_rows` empty ones in a row."""
    for _chunk in events(source, handler):
        yield from handler.rows
        handler.rows.clear()
        if handler.finished or handler.blank > blank_rows:
            return


class RowHandler:
    def __init__(self, strings: list[str], date_styles: frozenset[int], epoch: datetime) -> None:
        self.strings, self.date_styles, self.epoch = strings, date_styles, epoch
        self.rows: list[Row] = []
        self.row = self.column = self.blank = self.cell_count = self.characters = 0
        self.cells: dict[int, Cell] = {}
        self.finished = self.phonetic = False
        self._new_cell({})

    def _new_cell(self, attributes: Attributes) -> None:
        self.kind = attributes.get("t", "n")
        self.style = attributes.get("s", "0")
        self.parts: list[str] = []
        self.wanted = self.has_value = self.has_formula = False

    def start(self, name: str, attributes: Attributes) -> None:
        match local(name):
            case "c":
                self._start_cell(attributes)
            case "v":
                self.wanted = self.has_value = True
            case "t":
                self.wanted = self.has_value = not self.phonetic
            case "f":
                self.has_formula = True
            case "row":
                self._start_row(attributes)
            case "rPh":
                self.phonetic = True

    def end(self, name: str) -> None:
        match local(name):
            case "c":
                self._end_cell()
            case "v" | "t":
                self.wanted = False
            case "row":
                self._end_row()
            case "rPh":
                self.phonetic = False
            case "sheetData":
                self.finished = True

    def text(self, text: str) -> None:
        if self.wanted:
            self.characters += len(text)
            if self.characters > MAX_ROW_CHARACTERS:
                raise too_large()
            self.parts.append(text)

    def _start_row(self, attributes: Attributes) -> None:
        given = attributes.get("r")
        row = _whole(given) if given else self.row + 1
        if not self.row < row <= MAX_ROW:
            raise corrupt()
        self.row, self.column, self.characters = row, 0, 0

    def _end_row(self) -> None:
        if self.cells:
            self.rows.append((self.row, self.cells))
            self.cells = {}
            self.blank = 0
        else:
            self.blank += 1

    def _start_cell(self, attributes: Attributes) -> None:
        given = attributes.get("r")
        self.column = column_of(given) if given else self.column + 1
        self.cell_count += 1
        if self.cell_count > MAX_CELLS:
            raise too_large()
        self._new_cell(attributes)

    def _end_cell(self) -> None:
        if self.parts:
            self.cells[self.column] = self._value("".join(self.parts))
        elif self.has_formula and not (self.has_value and self.kind == "str"):
            self.cells[self.column] = Unusable("formula", "")

    def _value(self, text: str) -> Cell:
        match self.kind:
            case "s":
                return self._shared(text)
            case "n":
                return self._number(text)
            case "b":
                return text.strip() in ("1", "true")
            case "e":
                return Unusable("error", text)
            case "d":
                return iso_moment(text)
        return unescape(text)

    def _number(self, text: str) -> Cell:
        value = number(text)
        if _whole(self.style) in self.date_styles:
            return moment(value, self.epoch)
        return value

    def _shared(self, text: str) -> str:
        index = _whole(text)
        if index >= len(self.strings):
            raise corrupt()
        return self.strings[index]


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise corrupt()
    return int(text)

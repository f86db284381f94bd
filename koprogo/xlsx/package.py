"""The parts of a workbook that lie beside its sheets: names, shared texts, which formats are dates.

Written by hand rather than with openpyxl's reader, which keeps whole parts in memory, reads an unstored formula and an
empty cell alike, and stops at styles that it finds wrong although only the date formats matter here.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import join, normpath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from openpyxl.styles.numbers import builtin_format_code, is_date_format

from koprogo.xlsx.archive import corrupt, no_workbook, open_archive, too_large
from koprogo.xlsx.cells import Cell, unescape
from koprogo.xlsx.markup import Attributes, Handler, events, local
from koprogo.xlsx.sheet import RowHandler, read_rows

MAX_PART = 8 * 2**20
MAX_STRINGS_PART = 64 * 2**20
MAX_STRINGS = 1_000_000
MAX_TEXT = 40_000_000
EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001


@dataclass
class Workbook:
    """An open workbook; `sheets` gives each sheet's name and place in the archive."""

    archive: ZipFile
    sheets: list[tuple[str, str]]
    epoch: datetime
    date_styles: frozenset[int]
    strings: list[str] = field(repr=False)
    cut_short: set[str] = field(default_factory=set)

    def rows(self, path: str, blank_rows: int = 10_000) -> Iterator[tuple[int, dict[int, Cell]]]:
        """The rows of a sheet that hold anything, as row number and cells by column number (1 for A).

        After `blank_rows` empty rows in a row the sheet is taken to end, and its path stands in `cut_short`.
        Raises Unreadable.
        """
        with trouble(), self.archive.open(path) as source:
            handler = RowHandler(self.strings, self.date_styles, self.epoch)
            yield from read_rows(source, handler, blank_rows)
        if not handler.finished:
            self.cut_short.add(path)


@contextmanager
def trouble() -> Iterator[None]:
    """Whatever a broken archive raises becomes Unreadable."""
    try:
        yield
    except (BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, OSError) as error:
        raise corrupt() from error


@contextmanager
def open_workbook(file: BinaryIO) -> Iterator[Workbook]:
    """Open a foreign .xlsx; raises Unreadable."""
    with open_archive(file) as archive:
        yield _read_package(archive)


def _read_package(archive: ZipFile) -> Workbook:
    folder = "xl/"
    book, relations, styles, strings = _Book(), _Relations(), _Styles(), _Strings()
    _read(archive, folder + "workbook.xml", book, required=True)
    _read(archive, folder + "_rels/workbook.xml.rels", relations, required=True)
    _read(archive, relations.one("styles", folder), styles)
    _read(archive, relations.one("sharedStrings", folder), strings, limit=MAX_STRINGS_PART)
    sheets = [(name, relations.path(key, folder)) for name, key in book.sheets if key in relations.worksheets]
    members = set(archive.namelist())
    if not sheets or any(path not in members for _name, path in sheets):
        raise corrupt()
    epoch = EPOCH_1904 if book.is_1904 else EPOCH_1900
    return Workbook(archive, sheets, epoch, styles.dates(), strings.texts)


def _read(archive: ZipFile, path: str, handler: Handler, *, required: bool = False, limit: int = MAX_PART) -> None:
    try:
        size = archive.getinfo(path).file_size
    except KeyError:
        if required:
            raise no_workbook() from None
        return
    if size > limit:
        raise too_large()
    with trouble(), archive.open(path) as source:
        for _chunk in events(source, handler):
            pass


class _Part:
    def start(self, name: str, attributes: Attributes) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


class _Book(_Part):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.is_1904 = False

    def start(self, name: str, attributes: Attributes) -> None:
        match local(name):
            case "sheet":
                key = next((value for name, value in attributes.items() if name.endswith(":id")), "")
                self.sheets.append((attributes.get("name", ""), key))
            case "workbookPr":
                self.is_1904 = attributes.get("date1904") in ("1", "true")


class _Relations(_Part):
    def __init__(self) -> None:
        self.targets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.worksheets: set[str] = set()

    def start(self, name: str, attributes: Attributes) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        key = attributes.get("Id", "")
        self.targets[key] = attributes.get("Target", "")
        self.kinds.setdefault(kind, key)
        if kind == "worksheet":
            self.worksheets.add(key)

    def path(self, key: str, folder: str) -> str:
        target = self.targets[key]
        return target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))

    def one(self, kind: str, folder: str) -> str:
        return self.path(self.kinds[kind], folder) if kind in self.kinds else ""


class _Styles(_Part):
    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.formats: list[str] = []
        self.in_cell_formats = False

    def start(self, name: str, attributes: Attributes) -> None:
        match local(name):
            case "numFmt":
                self.codes.setdefault(attributes.get("numFmtId", ""), attributes.get("formatCode", ""))
            case "cellXfs":
                self.in_cell_formats = True
            case "xf" if self.in_cell_formats:
                self.formats.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if local(name) == "cellXfs":
            self.in_cell_formats = False

    def dates(self) -> frozenset[int]:
        return frozenset(index for index, key in enumerate(self.formats) if self._is_date(key))

    def _is_date(self, key: str) -> bool:
        builtin = builtin_format_code(int(key)) if key.isascii() and key.isdigit() and len(key) < 6 else None
        return bool(is_date_format(self.codes.get(key, builtin)))


class _Strings(_Part):
    """The texts that cells share. Phonetic hints (rPh) are no part of a text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parts: list[str] = []
        self.wanted = self.phonetic = False
        self.characters = 0

    def start(self, name: str, attributes: Attributes) -> None:
        match local(name):
            case "t":
                self.wanted = not self.phonetic
            case "rPh":
                self.phonetic = True

    def end(self, name: str) -> None:
        match local(name):
            case "t":
                self.wanted = False
            case "rPh":
                self.phonetic = False
            case "si":
                self.texts.append(unescape("".join(self.parts)))
                self.parts = []
                if len(self.texts) > MAX_STRINGS:
                    raise too_large()

    def text(self, text: str) -> None:
        if self.wanted:
            self.characters += len(text)
            if self.characters > MAX_TEXT:
                raise too_large()
            self.parts.append(text)

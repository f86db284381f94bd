"""Our own workbooks: numbers as numbers, dates as dates, a frozen header, and text that never becomes a formula."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from typing import Any, BinaryIO, Literal

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, Side

from koprogo.xlsx.cells import letter

Kind = Literal["text", "money", "integer", "number", "date"]
Value = str | int | Decimal | date | None
FORMATS = {"money": "#,##0.00", "integer": "#,##0", "number": "#,##0.###", "date": "dd/mm/yyyy", "text": "General"}
BOLD = Font(bold=True)
TOTAL_LINE = Border(top=Side(style="thin"))
WIDEST, NARROWEST, SAMPLE = 60, 8, 200
MAX_TEXT = 32_767
PAPER_A4 = 9


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export; `total` adds its sum to the last row."""

    header: str
    kind: Kind = "text"
    total: bool = False
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of an export. A row has one value for each column; None is an empty cell."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def write_sheets(file: BinaryIO, sheets: Iterable[Sheet]) -> None:
    """Write an .xlsx to `file`, row by row in little memory.

    Where a column asks for its total, a last row "Total" holds the formulas.
    """
    book = Workbook(write_only=True)
    taken: set[str] = set()
    for sheet in sheets:
        _write_sheet(book, sheet, _title(sheet.title, taken))
    book.save(file)


def _write_sheet(book: Any, sheet: Sheet, title: str) -> None:
    page = book.create_sheet(title)
    rows = iter(sheet.rows)
    sample = list(islice(rows, SAMPLE))
    for index, column in enumerate(sheet.columns, 1):
        page.column_dimensions[letter(index)].width = column.width or _width(column, (row[index - 1] for row in sample))
    _prepare(page)
    page.append([_header(page, column) for column in sheet.columns])
    count = 0
    for row in chain(sample, rows):
        page.append([_cell(page, value, column) for value, column in zip(row, sheet.columns, strict=True)])
        count += 1
    if any(column.total for column in sheet.columns):
        page.append(list(_totals(page, sheet.columns, count)))


def _prepare(page: Any) -> None:
    """A header that stays on screen and on each printed page; as wide as the paper."""
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = PAPER_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _header(page: Any, column: Column) -> Any:
    cell = text_cell(page, column.header)
    cell.font = BOLD
    cell.alignment = Alignment(horizontal="left" if column.kind == "text" else "right", vertical="top")
    return cell


def _cell(page: Any, value: Value, column: Column) -> Any:
    if isinstance(value, str):
        return text_cell(page, value)
    cell = WriteOnlyCell(page, value)
    if value is not None:
        cell.number_format = FORMATS[column.kind]
    return cell


def text_cell(page: Any, text: str) -> Any:
    """A cell of text, also where a spreadsheet would see a formula or an error."""
    writable = ILLEGAL_CHARACTERS_RE.sub("", text)[:MAX_TEXT]
    cell = WriteOnlyCell(page, writable)
    cell.data_type = "s"
    if writable.startswith(("=", "+", "-", "@")):
        cell.quotePrefix = True
    return cell


def _totals(page: Any, columns: Sequence[Column], count: int) -> Iterator[Any]:
    for index, column in enumerate(columns, 1):
        if column.total:
            name = letter(index)
            cell = WriteOnlyCell(page, f"=SUM({name}2:{name}{count + 1})" if count else 0)
            cell.number_format = FORMATS[column.kind]
        else:
            cell = WriteOnlyCell(page, _("Total") if index == 1 else None)
        cell.font, cell.border = BOLD, TOTAL_LINE
        yield cell


def _width(column: Column, values: Iterable[Value]) -> float:
    longest = max((_length(value, column.kind) for value in values), default=0)
    return min(WIDEST, max(NARROWEST, len(column.header) + 1, longest) + 2)


def _length(value: Value, kind: Kind) -> int:
    match value:
        case None:
            return 0
        case str():
            return len(value)
        case date():
            return len("dd/mm/yyyy")
    return len(f"{value:,.2f}" if kind == "money" else f"{value:,}")


def _title(wanted: str, taken: set[str]) -> str:
    """A sheet name that Excel takes: at most 31 characters, without []:*?/\\, used once."""
    base = re.sub(r"[\[\]:*?/\\\s]+", " ", wanted).strip("' ")[:31].strip("' ") or _("Feuille")
    title, number = base, 1
    while title.casefold() in taken:
        number += 1
        title = f"{base[:26].rstrip()} ({number})"
    taken.add(title.casefold())
    return title

"""A table as a file, in and out of the admin: CSV as spreadsheets here write it, or a workbook."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from koprogo.numbers import exact
from koprogo.readers import Invalid, clean
from koprogo.xlsx import Cell, Column, Sheet, Unreadable, Unusable, open_workbook, write_sheets

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS, MOST_COLUMNS = 2_000, 50  # of a file that comes in
# What a spreadsheet would calculate; an apostrophe before it goes and comes back with the file.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds, as texts; each row with its number in the file."""

    headers: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(content: bytes) -> Table:
    """The first sheet of a workbook, or a CSV file; raises Unreadable."""
    rows: list[tuple[int, list[str]]] = []
    for number, row in _workbook_rows(content) if content.startswith(b"PK") else _csv_rows(content):
        try:
            cleaned = [clean(text) for text in row]
        except Invalid as refusal:
            raise Unreadable(_("Ligne %(row)s : %(reason)s") % {"row": number, "reason": refusal}) from refusal
        if not any(cleaned):
            continue
        if len(rows) > MOST_ROWS:
            raise Unreadable(_("Ce fichier a plus de %(count)s lignes : partagez-le.") % {"count": MOST_ROWS})
        if len(row) > MOST_COLUMNS:
            raise Unreadable(_("Ce fichier a plus de %(count)s colonnes.") % {"count": MOST_COLUMNS})
        rows.append((number, cleaned))
    if not rows:
        raise Unreadable(_("Ce fichier est vide : la première ligne nomme les colonnes."))
    (_number, headers), *rest = rows
    while not headers[-1]:
        headers.pop()
    return Table(headers, [(number, _as_wide_as(headers, row, number)) for number, row in rest])


def _as_wide_as(headers: list[str], row: list[str], number: int) -> list[str]:
    width = len(headers)
    if any(row[width:]):
        raise Unreadable(_("Ligne %(row)s : il y a plus de cellules que de colonnes.") % {"row": number})
    return (row + [""] * width)[:width]


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    reader = csv.reader(StringIO(text), delimiter=max(";,\t", key=first.count))
    try:
        for row in reader:
            yield reader.line_num, [text[1:] if text.startswith("'") and FORMULA.match(text) else text for text in row]
    except csv.Error as error:
        raise Unreadable(_("Ce fichier n’est ni un classeur ni un fichier CSV lisible.")) from error


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    with open_workbook(BytesIO(content)) as book:
        for number, cells in book.rows(book.sheets[0][1]):
            yield number, [_text(cells.get(column, ""), number) for column in range(1, max(cells, default=0) + 1)]


def _text(cell: Cell, row: int) -> str:
    match cell:
        case Unusable():
            raise Unreadable(_("Ligne %(row)s : une cellule n’a pas de valeur (%(text)s).") % {
                "row": row, "text": cell.text
            })  # fmt: skip
        case datetime():
            return cell.date().isoformat()
        case float():
            value = exact(cell)
            return str(cell) if value is None else f"{value:f}"
    return str(cell)


def write_table(format: Format, title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """These rows as a file; no text in it is a formula."""
    told = [[_told(value) for value in row] for row in rows]
    if format == "xlsx":
        file = BytesIO()
        columns = [Column(header, _kind(row[index] for row in told)) for index, header in enumerate(headers)]
        write_sheets(file, [Sheet(title, columns, told)])
        return file.getvalue()
    text = StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(headers)
    writer.writerows([_csv_cell(value) for value in row] for row in told)
    return text.getvalue().encode("utf-8-sig")


def _told(value: Any) -> Any:
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return value if value is None or isinstance(value, int | Decimal | date) else str(value)


def _kind(values: Iterable[Any]) -> Literal["text", "number", "date"]:
    first = next((value for value in values if value is not None and value != ""), None)
    if isinstance(first, Decimal):
        return "number"
    return "date" if isinstance(first, date) else "text"


def _csv_cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}".replace(".", ",")
        case str() if FORMULA.match(value):
            return f"'{value}"
    return str(value)

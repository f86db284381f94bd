"""An empty takeover workbook to fill in, with its lists and a page that explains it."""

from collections.abc import Iterable
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.datavalidation import DataValidation

from apps.takeover.reading.columns import Column, Required
from apps.takeover.reading.limits import MAX_ROWS
from apps.takeover.reading.sheets import README, SHEETS, Sheet
from koprogo.xlsx import letter

FORMATS = {"text": "@", "date": "dd/mm/yyyy", "money": "#,##0.00", "number": "General"}
BOLD = Font(bold=True)
TITLE = Font(bold=True, size=14)
NARROWEST = 12


def write_template(file: BinaryIO) -> None:
    """Write the empty workbook as .xlsx to `file`. Text columns have the text format, so that 1/2 stays 1/2."""
    book = Workbook()
    _write_readme(book.active)
    for sheet in SHEETS:
        _write_sheet(book.create_sheet(sheet.title), sheet)
    book.save(file)


def _write_sheet(page: Any, sheet: Sheet) -> None:
    page.freeze_panes = "A2"
    for index, column in enumerate(sheet.columns, 1):
        name = letter(index)
        header = page.cell(row=1, column=index, value=column.header)
        header.font = BOLD
        page.column_dimensions[name].width = _width(column)
        page.column_dimensions[name].number_format = FORMATS[column.look]
        if column.choices:
            page.add_data_validation(_choices(column, f"{name}2:{name}{MAX_ROWS + 1}"))


def _choices(column: Column, cells: str) -> DataValidation:
    validation = DataValidation(
        type="list",
        formula1='"' + ",".join(column.choices) + '"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=column.header,
        error=_("Choisissez une valeur de la liste."),
    )
    validation.add(cells)
    return validation


def _width(column: Column) -> int:
    return max(NARROWEST, len(column.header) + 3, *(len(choice) + 3 for choice in column.choices))


def _write_readme(page: Any) -> None:
    page.title = README
    page.column_dimensions["A"].width = 28
    page.column_dimensions["B"].width = 100
    page.append([_("Classeur de reprise d'une copropriété")])
    page["A1"].font = TITLE
    for line in _introduction():
        page.append(["", line])
    for sheet in SHEETS:
        page.append([])
        page.append([sheet.title, str(sheet.help)])
        page.cell(row=page.max_row, column=1).font = BOLD
        for column in sheet.columns:
            page.append([column.header, _explanation(column)])
    for (cell,) in page.iter_rows(min_col=2, max_col=2):
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _introduction() -> Iterable[str]:
    yield _("Les titres de la ligne 1 restent tels quels ; l'ordre des colonnes et des feuilles est libre.")
    yield _("Les feuilles Poids, Dépenses et Soldes peuvent rester vides.")
    yield _("Dates : jj/mm/aaaa. Les premiers et derniers jours sont compris. Montants : 1 234,56.")
    yield _("N'inscrivez nulle part de numéro de registre national.")


def _explanation(column: Column) -> str:
    parts = [str(column.help)] if column.help else []
    if column.choices:
        parts.append(_("Choix : %(choices)s.") % {"choices": ", ".join(column.choices)})
    if not parts and isinstance(column.blank, Required):
        parts.append(_("À compléter."))
    return " ".join(parts)

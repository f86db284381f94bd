"""Small takeover workbooks for tests: a sound one, of which a test changes a cell or two."""

from copy import deepcopy
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

from apps.takeover.demo import DEMO_WORKBOOKS

REFERENCE_FILES = DEMO_WORKBOOKS
FAULTY_FILE = Path(__file__).parent.parent / "data" / "workbooks" / "fautes.xlsx"
YEAR_START, YEAR_END = datetime(2025, 1, 1), datetime(2025, 12, 31)  # noqa: DTZ001
Rows = dict[str, list[list[Any]]]

SOUND: Rows = {
    "Immeubles": [
        [
            "Référence",
            "Nom",
            "Rue et numéro",
            "Code postal",
            "Commune",
            "Pays",
            "Numéro d'entreprise",
            "Total des quotités",
            "Année de construction",
            "Mois de début d'exercice",
            "IBAN courant",
            "IBAN réserve",
        ],
        ["R", "Résidence", "Rue Neuve 1", "1000", "Bruxelles", "BE", "0999900150", 100, 1974, 1, None, None],
    ],
    "Lots": [
        ["Immeuble", "Lot", "Type", "Étage", "Surface m²", "Quotités"],
        ["R", "A", "appartement", 0, 82, 60],
        ["R", "B", "studio", 1, 40.5, 40],
    ],
    "Copropriétaires": [
        [
            "Code",
            "Type",
            "Civilité",
            "Prénom",
            "Nom ou raison sociale",
            "Langue",
            "E-mail",
            "Téléphone",
            "Rue et numéro",
            "Code postal",
            "Localité",
            "Pays",
            "IBAN",
            "Numéro d'entreprise",
        ],
        [
            "DUB",
            "personne",
            "Madame",
            "Claire",
            "Dubois",
            "fr",
            "dub@example.be",
            None,
            None,
            None,
            None,
            None,
            None,
            None,
        ],
        ["CLA", "société", None, None, "Claes SRL", "nl", None, None, None, None, None, None, None, "0999901140"],
    ],
    "Propriétés": [
        ["Immeuble", "Lot", "Copropriétaire", "Droit", "Part", "Du", "Au"],
        ["R", "A", "DUB", "pleine propriété", "1/1", YEAR_START, None],
        ["R", "B", "CLA", "pleine propriété", "1/1", YEAR_START, None],
    ],
    "Clés": [
        ["Immeuble", "Code", "Nom", "Type"],
        ["R", "GEN", "Quotités", "quotités"],
        ["R", "ASC", "Ascenseur", "poids"],
    ],
    "Poids": [["Immeuble", "Clé", "Lot", "Poids"], ["R", "ASC", "A", 1], ["R", "ASC", "B", 2.5]],
    "Dépenses": [
        [
            "Immeuble",
            "Fournisseur",
            "Numéro",
            "Date",
            "Échéance",
            "Libellé",
            "Compte",
            "Clé",
            "Lot privatif",
            "HTVA",
            "TVA %",
            "TVA",
            "TTC",
            "Période du",
            "Période au",
            "Ligne",
            "Répartition",
            "Date de référence",
        ],
        ["R", "Elek SA", "1", YEAR_START, None, "Courant", "6121", "GEN", None, 100, 21, 21, 121, YEAR_START, YEAR_END],
    ],
    "Soldes": [
        ["Immeuble", "Titulaire", "Lot", "Nature", "Solde", "Au"],
        ["R", "DUB", "A", "courant", -12.5, YEAR_START],
    ],
}


def sound() -> Rows:
    return deepcopy(SOUND)


def place(rows: Rows, sheet: str, header: str) -> int:
    return rows[sheet][0].index(header)


def workbook(rows: Rows) -> BytesIO:
    """The rows as an .xlsx file."""
    book = Workbook(write_only=True)
    for title, lines in rows.items():
        page = book.create_sheet(title)
        for line in lines:
            page.append(line)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def with_cell(sheet: str, header: str, value: Any, row: int = 2) -> BytesIO:
    """The sound workbook with one cell changed."""
    rows = sound()
    line = rows[sheet][row - 1]
    index = place(rows, sheet, header)
    line.extend([None] * (index + 1 - len(line)))
    line[index] = value
    return workbook(rows)


def with_row(sheet: str, *values: Any) -> BytesIO:
    """The sound workbook with one row more at the end of a sheet."""
    rows = sound()
    rows[sheet].append(list(values))
    return workbook(rows)


def raw_sheet(data: str, part: str = "xl/worksheets/sheet1.xml") -> BytesIO:
    """The sound workbook with the rows of its first sheet (Immeubles) given as XML."""
    start = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return with_part(part, f"{start}{data}</sheetData></worksheet>")


def with_part(part: str, text: str) -> BytesIO:
    """The sound workbook with one part of its archive replaced."""
    file = BytesIO()
    with ZipFile(workbook(sound())) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, text if name == part else source.read(name))
    file.seek(0)
    return file


def text_row(number: int, *values: str) -> str:
    """A row of text cells as XML."""
    cells = "".join(f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>' for value in values)
    return f'<row r="{number}">{cells}</row>'

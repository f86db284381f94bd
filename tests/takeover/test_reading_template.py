"""The empty workbook to download."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from apps.takeover.reading import read_workbook, write_template
from apps.takeover.reading.sheets import SHEETS
from tests.takeover.files import REFERENCE_FILES, SOUND


@pytest.fixture
def template():
    file = BytesIO()
    write_template(file)
    return load_workbook(file)


def test_template_has_every_sheet_and_column(template):
    assert template.sheetnames == ["Lisez-moi", *(sheet.title for sheet in SHEETS)]
    for title, rows in SOUND.items():
        assert {cell.value for cell in template[title][1]} == set(rows[0])


def test_headers_stand_exactly_as_in_the_reference_files(template):
    reference = load_workbook(REFERENCE_FILES / "les-tilleuls.xlsx")
    for page in reference:
        ours = [cell.value for cell in template[page.title][1]]
        assert [header for header in ours if header in {c.value for c in page[1]}] == [c.value for c in page[1]]


def test_template_offers_lists_and_text_columns(template):
    page = template["Propriétés"]
    assert [(str(v.sqref), v.formula1) for v in page.data_validations.dataValidation] == [
        ("D2:D50001", '"pleine propriété,usufruit,nue-propriété"')
    ]
    assert page.column_dimensions["E"].number_format == "@"
    assert page.freeze_panes == "A2"


def test_lists_fit_into_a_validation(template):
    formulas = [v.formula1 for page in template for v in page.data_validations.dataValidation]
    assert formulas
    assert max(map(len, formulas)) <= 257


def test_filled_template_is_read(template):
    for title, rows in SOUND.items():
        headers = [cell.value for cell in template[title][1]]
        for number, row in enumerate(rows[1:], 2):
            for header, value in zip(rows[0], row, strict=False):
                template[title].cell(row=number, column=headers.index(header) + 1, value=value)
    file = BytesIO()
    template.save(file)
    reading = read_workbook(file)
    assert (reading.all_faults(), list(reading.warnings)) == ([], [])

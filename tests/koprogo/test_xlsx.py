"""Foreign workbooks opened safely, and our own."""

import struct
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook as OpenpyxlWorkbook
from openpyxl import load_workbook

from koprogo.xlsx import Column, Sheet, Unreadable, Unusable, open_workbook, write_sheets

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts() -> dict[str, str]:
    """The parts of a workbook with one empty sheet."""
    book, file = OpenpyxlWorkbook(), BytesIO()
    book.save(file)
    with ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def packed(**replaced: str | bytes) -> BytesIO:
    """A workbook whose parts of these short names (sheet1, workbook, sharedStrings …) are replaced."""
    content: dict[str, str | bytes] = dict(parts())
    for name, text in replaced.items():
        path = next((path for path in content if path.endswith(f"/{name}.xml")), f"xl/{name}.xml")
        content[path] = text
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return file


def sheet(rows: str) -> str:
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'


def read(file: BytesIO) -> list[tuple[int, dict]]:
    with open_workbook(file) as book:
        return list(book.rows(book.sheets[0][1]))


def refusal(file: BytesIO) -> str:
    with pytest.raises(Unreadable) as caught:
        read(file)
    return str(caught.value)


def test_cells_of_every_type():
    rows = """<row r="3"><c r="A3"><v>12</v></c><c r="B3"><v>3120.4499999999998</v></c><c r="C3" t="b"><v>1</v></c>
    <c r="D3" t="e"><v>#N/A</v></c><c r="E3" t="inlineStr"><is><r><t>a</t></r><r><t> b</t></r></is></c>
    <c r="F3" t="str"><f>A1</f><v>x</v></c><c r="G3"><f>1+1</f></c><c r="H3" t="str"><f>A9</f><v></v></c>
    <c r="I3" t="d"><v>2025-02-01T00:00:00</v></c><c r="J3" s="0"/><c r="L3"><f>1</f><v/></c></row>"""
    assert read(packed(sheet1=sheet(rows))) == [
        (
            3,
            {
                1: 12,
                2: 3120.45,
                3: True,
                4: Unusable("error", "#N/A"),
                5: "a b",
                6: "x",
                7: Unusable("formula", ""),
                9: datetime(2025, 2, 1),  # noqa: DTZ001
                12: Unusable("formula", ""),
            },
        )
    ]


@pytest.mark.parametrize(
    "value",
    [datetime(2025, 2, 1), datetime(1900, 1, 1), datetime(1900, 3, 1), datetime(2025, 2, 1, 12, 30)],  # noqa: DTZ001
)
@pytest.mark.parametrize("epoch", [datetime(1899, 12, 30), datetime(1904, 1, 1)])  # noqa: DTZ001
def test_dates_in_both_systems(value, epoch):
    book, file = OpenpyxlWorkbook(), BytesIO()
    book.epoch = epoch
    book.active["A1"] = max(value, epoch.replace(year=1905)) if epoch.year == 1904 else value
    book.save(file)
    assert read(file) == [(1, {1: book.active["A1"].value})]


def test_shared_texts_without_phonetic_hints():
    second = "<si><r><t>de</t></r><r><t>ux_x000D_</t></r><rPh><t>!</t></rPh></si>"
    strings = f'<sst xmlns="{NAMESPACE}"><si><t>un</t></si>{second}</sst>'
    rels = parts()["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>", '<Relationship Id="x" Type="a/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    file = packed(sheet1=sheet('<row><c t="s"><v>1</v></c><c t="s"><v>0</v></c></row>'), sharedStrings=strings)
    file = _with(file, "xl/_rels/workbook.xml.rels", rels)
    assert read(file) == [(1, {1: "deux\r", 2: "un"})]


def _with(file: BytesIO, path: str, text: str) -> BytesIO:
    result = BytesIO()
    with ZipFile(file) as source, ZipFile(result, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, text if name == path else source.read(name))
    return result


def test_prefixed_names_are_read():
    row = '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
    text = f'<x:worksheet xmlns:x="{NAMESPACE}"><x:sheetData>{row}</x:sheetData></x:worksheet>'
    assert read(packed(sheet1=text)) == [(1, {1: 1})]


def test_long_empty_tail_ends_the_sheet():
    rows = '<row r="1"><c><v>1</v></c></row>' + "".join(f'<row r="{n}"><c s="0"/></row>' for n in range(2, 30_000))
    with open_workbook(packed(sheet1=sheet(rows))) as book:
        path = book.sheets[0][1]
        assert list(book.rows(path)) == [(1, {1: 1})]
        assert book.cut_short == {path}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "est vide"),
        (b"Immeuble;Lot\n", "n'est pas un classeur Excel"),
        (b"PK\x03\x04" + b"x" * 100, "abîmé"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "ancien format"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "mot de passe"),
    ],
)
def test_what_is_no_workbook_is_refused(content, sentence):
    assert sentence in refusal(BytesIO(content))


def test_archive_of_something_else_is_refused():
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "n'est pas un classeur Excel" in refusal(file)


def test_file_cut_off_is_refused():
    assert "abîmé" in refusal(BytesIO(packed().getvalue()[:-200]))


def test_wrong_checksum_is_refused():
    content = packed(sheet1=sheet('<row r="1"/>' * 1)).getvalue()
    with ZipFile(BytesIO(content)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    content = content.replace(struct.pack("<L", member.CRC), b"\1\2\3\4")
    assert "abîmé" in refusal(BytesIO(content))


def test_file_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("koprogo.xlsx.archive.MAX_FILE", 1000)
    assert "dépasse" in refusal(packed())


def test_zip_bomb_is_refused_before_it_is_unpacked():
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as part:
        for _megabyte in range(401):
            part.write(b" " * 2**20)
    assert "trop volumineux" in refusal(file)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "abîmé"),
        ("<a>" * 200 + "</a>" * 200, "abîmé"),
        (f'<a b="{"c" * 3_000_000}"/>', "abîmé"),
        ("<a>" + "".join(f"<b{number}/>" for number in range(100_000)) + "</a>", "abîmé"),
        ("<a><b></a>", "abîmé"),
        ("", "abîmé"),
        ("\x00\x01", "abîmé"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "abîmé"),
        (sheet(f'<row><c t="inlineStr"><is><t>{"x" * 2_000_000}</t></is></c></row>'), "trop volumineux"),
        (sheet('<row r="2"/><row r="1"/>'), "abîmé"),
        (sheet('<row r="1048577"/>'), "abîmé"),
        (sheet('<row r="1"><c r="XFE1"/></row>'), "abîmé"),
        (sheet('<row r="1"><c r="1A"/></row>'), "abîmé"),
        (sheet('<row r="1"><c t="s"><v>7</v></c></row>'), "abîmé"),
    ],
)
def test_hostile_sheet_is_refused(text, sentence):
    assert sentence in refusal(packed(sheet1=text))


def test_too_many_cells_are_refused(monkeypatch):
    monkeypatch.setattr("koprogo.xlsx.sheet.MAX_CELLS", 10)
    assert "trop volumineux" in refusal(packed(sheet1=sheet("<row>" + "<c/>" * 11 + "</row>")))


def export(*rows: tuple) -> BytesIO:
    file = BytesIO()
    columns = [
        Column("Lot"),
        Column("Date", "date"),
        Column("Quotités", "integer"),
        Column("Total", "money", total=True),
    ]
    write_sheets(file, [Sheet("Par lot", columns, rows)])
    return file


def test_export_keeps_numbers_and_dates():
    page = load_workbook(export(("A1", date(2025, 2, 1), 163, Decimal("202.13")), ("B1", None, None, None)))["Par lot"]
    cells = [(cell.value, cell.number_format) for cell in page[2]]
    assert cells == [
        ("A1", "General"),
        (datetime(2025, 2, 1), "dd/mm/yyyy"),  # noqa: DTZ001
        (163, "#,##0"),
        (202.13, "#,##0.00"),
    ]
    assert page["A3"].value == "B1"


def test_export_has_a_frozen_bold_header_and_a_total_of_formulas():
    page = load_workbook(export(("A1", None, 1, Decimal("1.10")), ("B1", None, 1, Decimal("2.20"))))["Par lot"]
    assert (page.freeze_panes, page["A1"].value, page["A1"].font.bold) == ("A2", "Lot", True)
    assert [cell.value for cell in page[4]] == ["Total", None, None, "=SUM(D2:D3)"]
    assert (page["D4"].number_format, page["D4"].font.bold) == ("#,##0.00", True)


def test_export_without_rows_totals_nothing():
    page = load_workbook(export())["Par lot"]
    assert [cell.value for cell in page[2]] == ["Total", None, None, 0]


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(1)", "+32 4 555", "-3", "@SUM(1)", "#N/A", "=", "\x07a"])
def test_exported_text_never_becomes_a_formula(text):
    cell = load_workbook(export((text, None, None, None)))["Par lot"]["A2"]
    assert (cell.value, cell.data_type) == (text.replace("\x07", ""), "s")
    assert cell.quotePrefix is (text[0] in "=+-@")


def test_export_columns_are_as_wide_as_their_values():
    page = load_workbook(export(("Appartement du troisième étage", None, 1, Decimal("1234567.89"))))["Par lot"]
    widths = [page.column_dimensions[letter].width for letter in "ABCD"]
    assert widths == [32, 10, 11, 14]


def test_export_sheet_names_are_made_valid_and_distinct():
    file = BytesIO()
    long = "Résidence [Les Tilleuls] : charges 2025/2026"
    write_sheets(file, [Sheet(long, [Column("a")], []), Sheet(long, [Column("a")], []), Sheet("", [Column("a")], [])])
    names = load_workbook(file).sheetnames
    assert names == ["Résidence Les Tilleuls charges", "Résidence Les Tilleuls cha (2)", "Feuille"]


def test_export_is_read_back_by_our_own_reader():
    with open_workbook(export(("=A1", date(2025, 2, 1), 163, Decimal("202.13")))) as book:
        rows = dict(book.rows(book.sheets[0][1]))
    assert rows[2] == {1: "=A1", 2: datetime(2025, 2, 1), 3: 163, 4: 202.13}  # noqa: DTZ001
    assert rows[3] == {1: "Total", 4: Unusable("formula", "")}

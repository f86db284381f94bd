"""The three reference files, and files that are no takeover workbook."""

from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import BinaryIO

import pytest
from openpyxl import Workbook

from apps.takeover.reading import Unreadable, limits, read_workbook, write_template
from tests.takeover.files import FAULTY_FILE, REFERENCE_FILES, sound, workbook


def reference(name: str) -> BinaryIO:
    return BytesIO((REFERENCE_FILES / name).read_bytes())


def test_les_tilleuls_is_read_without_a_fault():
    reading = read_workbook(reference("les-tilleuls.xlsx"))
    assert (reading.all_faults(), list(reading.warnings), list(reading.unresolved)) == ([], [], [])
    assert reading.counts == {
        "Immeubles": 1,
        "Lots": 8,
        "Copropriétaires": 6,
        "Propriétés": 8,
        "Clés": 3,
        "Poids": 11,
        "Dépenses": 9,
        "Soldes": 0,
    }
    assert sum(row.gross for row in reading.takeover.expenses) == Decimal("15617.94")


def test_parc_royal_is_read_without_a_fault():
    reading = read_workbook(reference("parc-royal.xlsx"))
    assert (reading.all_faults(), list(reading.warnings), list(reading.unresolved)) == ([], [], [])
    assert reading.counts == {
        "Immeubles": 1,
        "Lots": 38,
        "Copropriétaires": 27,
        "Propriétés": 45,
        "Clés": 4,
        "Poids": 59,
        "Dépenses": 14,
        "Soldes": 0,
    }
    assert sum(row.gross for row in reading.takeover.expenses) == Decimal("54531.64")
    assert {row.fraction for row in reading.takeover.ownerships} >= {Fraction(1, 2), Fraction(1)}


def test_every_planted_fault_is_found_in_one_pass():
    reading = read_workbook(BytesIO(FAULTY_FILE.read_bytes()))
    assert [(fault.sheet, f"{fault.column_letter}{fault.row}") for fault in reading.all_faults()] == [
        ("Immeubles", "G2"),  # check digits of the enterprise number
        ("Immeubles", "H2"),  # the lots add up to 1001
        ("Immeubles", "K2"),  # check digits of the IBAN
        ("Lots", "C6"),  # châtelet
        ("Lots", "B10"),  # lot A1 for the second time
        ("Lots", "F10"),  # −3 shares
        ("Copropriétaires", "G3"),  # no e-mail address
        ("Propriétés", "C2"),  # nobody has the code XXX
        ("Propriétés", "G6"),  # ends before it begins
        ("Propriétés", "E10"),  # lot B2 is held one time and a half
        ("Poids", "D9"),  # 149 instead of B1's share, 150
        ("Poids", "C13"),  # no lot Z9
        ("Poids", "B14"),  # no key NIX
        ("Dépenses", "M3"),  # net and VAT make one cent less
        ("Dépenses", "D5"),  # «12 déc.»
        ("Dépenses", "C11"),  # the invoice of row 2 again
    ]


def test_fault_is_one_line_with_place_and_value():
    faults = read_workbook(BytesIO(FAULTY_FILE.read_bytes())).all_faults()
    assert str(faults[5]) == "Lots!F10 «-3»: Ce nombre est trop petit : 0 au moins."


def test_untouched_template_is_said_to_be_empty():
    file = BytesIO()
    write_template(file)
    with pytest.raises(Unreadable, match="ne contient encore aucune ligne"):
        read_workbook(file)


def test_all_missing_sheets_are_named_at_once():
    rows = sound()
    del rows["Lots"], rows["Clés"], rows["Soldes"]
    faults = read_workbook(workbook(rows)).all_faults()
    assert [str(fault) for fault in faults] == [
        "Lots: Cette feuille manque dans le classeur.",
        "Clés: Cette feuille manque dans le classeur.",
    ]


def test_all_missing_columns_are_named_at_once():
    rows = sound()
    rows["Lots"] = [line[:2] + line[3:5] for line in rows["Lots"]]
    faults = read_workbook(workbook(rows)).all_faults()
    assert [str(fault) for fault in faults] == ["Lots: Il manque ces colonnes à la ligne 1 : Type, Quotités."]


def test_sheets_that_may_be_missing_or_empty():
    rows = sound()
    del rows["Soldes"], rows["Dépenses"]
    rows["Poids"] = []
    rows["Clés"] = rows["Clés"][:2]
    assert read_workbook(workbook(rows)).all_faults() == []


def test_order_of_sheets_and_columns_is_free():
    rows = {title: [line[::-1] for line in lines] for title, lines in reversed(sound().items()) if title != "Dépenses"}
    reading = read_workbook(workbook(rows))
    assert reading.all_faults() == []
    assert reading.takeover.units[0].number == "A"


def test_unknown_columns_and_sheets_are_named_in_warnings():
    rows = sound()
    rows["Lots"][0].append("Remarque")
    rows["Notes"] = [["à faire"]]
    reading = read_workbook(workbook(rows))
    assert reading.all_faults() == []
    assert [str(warning) for warning in reading.warnings] == [
        "Lots!G1 «Remarque»: Cette colonne est inconnue : elle n'est pas lue.",
        "Notes: Cette feuille est inconnue : elle n'est pas lue.",
    ]


def test_column_that_stands_twice_is_a_fault():
    rows = sound()
    rows["Lots"][0].append("Quotités")
    assert [fault.column_letter for fault in read_workbook(workbook(rows)).all_faults()] == ["G"]


def test_empty_rows_are_skipped_and_rows_keep_their_numbers():
    rows = sound()
    rows["Lots"][1:1] = [[], [" ", None, "\u00a0"]]
    reading = read_workbook(workbook(rows))
    assert reading.all_faults() == []
    assert [(row.row, row.position) for row in reading.takeover.units] == [(4, 1), (5, 2)]


def test_too_many_rows_are_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr("apps.takeover.reading.reader.MAX_ROWS", 5)
    with pytest.raises(Unreadable, match="partagez-le en plusieurs fichiers"):
        read_workbook(workbook(sound()))


def test_faults_beyond_the_limit_are_only_counted(monkeypatch):
    monkeypatch.setattr("apps.takeover.reading.faults.MAX_FAULTS", 3)
    rows = sound()
    rows["Lots"] += [["R", f"L{number}", "?", None, None, 0] for number in range(10)]
    reading = read_workbook(workbook(rows))
    assert (len(reading.faults), reading.left_out) == (3, 7)


def test_workbook_of_another_kind_is_refused():
    book, file = Workbook(), BytesIO()
    book.save(file)
    with pytest.raises(Unreadable, match="aucune des feuilles attendues"):
        read_workbook(file)


def test_limit_of_rows_is_fifty_thousand():
    assert limits.MAX_ROWS == 50_000

"""What rows say together."""

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from apps.takeover.reading import read_workbook, supplier_key
from tests.takeover.files import YEAR_END, YEAR_START, sound, with_cell, with_row, workbook

MID_YEAR = datetime(2025, 7, 1)  # noqa: DTZ001
END_OF_JUNE = datetime(2025, 6, 30)  # noqa: DTZ001


def faults(file: BytesIO) -> list[str]:
    return [str(fault) for fault in read_workbook(file).all_faults()]


def expense(number: str = "2", **changes: Any) -> list[Any]:
    row = {
        "building": "R",
        "supplier": "Elek SA",
        "number": number,
        "date": YEAR_START,
        "due_on": None,
        "description": "Courant",
        "account": "6121",
        "key": "GEN",
        "unit": None,
        "net": 100,
        "rate": 21,
        "vat": 21,
        "gross": 121,
        "start": YEAR_START,
        "end": YEAR_END,
        "line": None,
        "rule": None,
        "reference_on": None,
    }
    return list((row | changes).values())


def with_ownerships(*rows: list[Any]) -> BytesIO:
    """The sound workbook with other rows for lot A."""
    lines = sound()
    lines["Propriétés"][1:2] = [["R", "A", *row] for row in rows]
    return workbook(lines)


def test_sound_workbook_has_no_fault():
    reading = read_workbook(workbook(sound()))
    assert (reading.all_faults(), list(reading.warnings)) == ([], [])


@pytest.mark.parametrize(
    ("sheet", "row", "place"),
    [
        ("Immeubles", ["R", "R", "r", "1", "c", "BE", None, 100, None, 1, None, None], "Immeubles!A3 «R»"),
        ("Lots", ["R", "A", "appartement", 0, 82, 60], "Lots!B4 «A»"),
        ("Copropriétaires", ["DUB", "personne", None, None, "Dubois", "fr"], "Copropriétaires!A4 «DUB»"),
        ("Propriétés", ["R", "A", "DUB", "pleine propriété", "1/1", YEAR_START, None], "Propriétés!C4 «DUB»"),
        ("Clés", ["R", "GEN", "Quotités", "quotités"], "Clés!B4 «GEN»"),
        ("Poids", ["R", "ASC", "A", 1], "Poids!C4 «A»"),
        ("Dépenses", expense("1", supplier="ÉLEK sa"), "Dépenses!C3 «1»"),
        ("Soldes", ["R", "DUB", "A", "courant", 5, YEAR_END], "Soldes!B3 «DUB»"),
    ],
)
def test_same_identity_twice_is_one_fault(sheet, row, place):
    found = faults(with_row(sheet, *row))
    assert [fault.partition(":")[0] for fault in found] == [place]


@pytest.mark.parametrize(
    ("sheet", "header", "kind"),
    [
        ("Propriétés", "Lot", "unit"),
        ("Propriétés", "Copropriétaire", "owner"),
        ("Poids", "Clé", "key"),
        ("Poids", "Lot", "unit"),
        ("Dépenses", "Clé", "key"),
        ("Soldes", "Titulaire", "owner"),
        ("Soldes", "Lot", "unit"),
    ],
)
def test_unknown_name_is_left_open_for_the_stored_data(sheet, header, kind):
    reading = read_workbook(with_cell(sheet, header, "ZZ"))
    assert [item.kind for item in reading.unresolved] == [kind]
    assert [fault.column for fault in reading.all_faults()] == [header]
    assert reading.all_faults(lambda kind, identity: True) == []


def test_rows_of_an_unknown_building_raise_one_fault_each():
    reading = read_workbook(with_row("Dépenses", *expense(building="ZZ", key="YY")))
    assert [str(fault)[:18] for fault in reading.all_faults()] == ["Dépenses!A3 «ZZ»: "]
    found = reading.all_faults(lambda kind, identity: kind == "building")
    assert [str(fault)[:18] for fault in found] == ["Dépenses!H3 «YY»: "]


def test_reference_to_a_row_with_another_fault_is_no_fault():
    assert [fault[:7] for fault in faults(with_cell("Lots", "Type", "?"))] == ["Lots!C2"]


@pytest.mark.parametrize(
    ("share", "message"), [(61, "font 101 : il y en a 1 de trop."), (50, "font 90 : il en manque 10.")]
)
def test_shares_that_do_not_add_up_say_by_how_much(share, message):
    found = faults(with_cell("Lots", "Quotités", share))
    assert found == [f"Immeubles!H2 «100»: Les quotités des lots {message}"]


def test_unreadable_share_leaves_the_sum_alone():
    assert [fault[:7] for fault in faults(with_cell("Lots", "Quotités", "?"))] == ["Lots!F2"]


def test_usufruct_and_bare_ownership_make_a_whole():
    file = with_ownerships(
        ["DUB", "pleine propriété", "1/2", YEAR_START, None],
        ["DUB", "usufruit", "1/2", YEAR_START, None],
        ["CLA", "nue-propriété", "1/2", YEAR_START, None],
    )
    assert faults(file) == []


def test_overlap_names_lot_and_dates():
    file = with_ownerships(
        ["DUB", "pleine propriété", "1/1", YEAR_START, MID_YEAR], ["CLA", "pleine propriété", "1/1", MID_YEAR, None]
    )
    assert faults(file) == ["Propriétés!E3 «1/1»: Les parts du lot A font 2 au lieu de 1 du 01/07/2025 au 01/07/2025."]


def test_gap_names_lot_and_dates_and_is_left_open():
    file = with_ownerships(
        ["DUB", "pleine propriété", "1/1", YEAR_START, END_OF_JUNE], ["CLA", "pleine propriété", "1/1", YEAR_END, None]
    )
    reading = read_workbook(file)
    assert [str(fault) for fault in reading.all_faults()] == [
        "Propriétés!G2 «30/06/2025»: Les parts du lot A font 0 au lieu de 1 du 01/07/2025 au 30/12/2025."
    ]
    assert [(item.kind, item.identity) for item in reading.unresolved] == [("holdings", ("R", "A"))]


def test_usufruct_without_bare_ownership_says_which_is_missing():
    file = with_ownerships(["DUB", "usufruit", "1/1", YEAR_START, None])
    assert faults(file) == [
        "Propriétés!E2 «1/1»: "
        "La pleine propriété et la nue-propriété du lot A font 0 au lieu de 1 à partir du 01/01/2025."
    ]


def test_end_before_beginning_is_the_only_fault_of_its_lot():
    file = with_ownerships(["DUB", "pleine propriété", "1/1", MID_YEAR, YEAR_START])
    assert [fault[:13] for fault in faults(file)] == ["Propriétés!G2"]


def test_ownership_of_a_single_day_is_allowed():
    file = with_ownerships(
        ["DUB", "pleine propriété", "1/1", YEAR_START, YEAR_START],
        ["CLA", "pleine propriété", "1/1", datetime(2025, 1, 2), None],  # noqa: DTZ001
    )
    assert faults(file) == []


def test_lot_with_very_many_rows_is_refused():
    rows = [["DUB", "pleine propriété", "1/1", datetime(1900 + year, 1, 1), None] for year in range(120)]  # noqa: DTZ001
    others = [["CLA", *row[1:]] for row in rows]
    assert "compte plus de 200 lignes" in "".join(faults(with_ownerships(*rows, *others)))


def test_lot_without_owner_is_a_warning():
    rows = sound()
    del rows["Propriétés"][1]
    reading = read_workbook(workbook(rows))
    assert reading.all_faults() == []
    assert [str(warning) for warning in reading.warnings] == [
        "Lots!B2 «A»: Ce lot n'a aucun copropriétaire dans la feuille Propriétés."
    ]


def test_key_of_all_shares_has_no_weights():
    assert [fault[:8] for fault in faults(with_row("Poids", "R", "GEN", "A", 60))] == ["Poids!B4"]


@pytest.mark.parametrize(
    ("kind", "weight"), [("sous-ensemble", 60), ("sous-ensemble", None), ("égal", 1), ("égal", None)]
)
def test_weight_that_the_key_implies_may_be_empty(kind, weight):
    rows = sound()
    rows["Clés"][2][3] = kind
    rows["Poids"] = [rows["Poids"][0], ["R", "ASC", "A", weight]]
    reading = read_workbook(workbook(rows))
    assert reading.all_faults() == []
    assert reading.takeover.weights[0].weight == Decimal(60 if kind == "sous-ensemble" else 1)


@pytest.mark.parametrize(("kind", "weight"), [("sous-ensemble", 59), ("égal", 2), ("poids", None)])
def test_weight_that_does_not_fit_the_key_is_a_fault(kind, weight):
    rows = sound()
    rows["Clés"][2][3] = kind
    rows["Poids"] = [rows["Poids"][0], ["R", "ASC", "A", weight]]
    assert [fault[:8] for fault in faults(workbook(rows))] == ["Poids!D2"]


def test_key_without_weight_is_left_open():
    rows = sound()
    rows["Poids"] = [rows["Poids"][0], ["R", "ASC", "A", 0]]
    reading = read_workbook(workbook(rows))
    assert [(item.kind, item.identity) for item in reading.unresolved] == [("weights", ("R", "ASC"))]
    assert [str(fault)[:16] for fault in reading.all_faults()] == ["Clés!B3 «ASC»: C"]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"unit": "A"}, ["I3"]),
        ({"key": None}, ["H3"]),
        ({"vat": 21.02, "gross": 121.02}, ["L3"]),
        ({"vat": 21.01, "gross": 121.01}, []),
        ({"vat": 20.99, "gross": 120.99}, []),
        ({"gross": 121.01}, ["M3"]),
        ({"net": -100, "vat": -21, "gross": -121}, []),
        ({"net": 0, "vat": 0, "gross": 0}, ["M3"]),
        ({"start": MID_YEAR, "end": END_OF_JUNE}, ["O3"]),
        ({"rule": "date", "reference_on": MID_YEAR}, []),
    ],
)
def test_expense_agrees_with_itself(changes, places):
    reading = read_workbook(with_row("Dépenses", *expense(**changes)))
    assert [f"{fault.column_letter}{fault.row}" for fault in reading.all_faults()] == places


def test_lines_of_one_invoice_share_its_dates():
    rows = sound()
    rows["Dépenses"] += [expense("1", line=2), expense("1", line=3, date=MID_YEAR, due_on=YEAR_END)]
    assert faults(workbook(rows)) == [
        "Dépenses!D4 «01/07/2025»: La même facture porte une autre date à la ligne 2.",
        "Dépenses!E4 «31/12/2025»: La même facture porte une autre date à la ligne 2.",
    ]


def test_reference_date_without_use_is_a_warning():
    reading = read_workbook(with_row("Dépenses", *expense(rule="jours", reference_on=MID_YEAR)))
    assert [str(warning)[:26] for warning in reading.warnings] == ["Dépenses!R3 «01/07/2025»: "]


def test_control_totals_of_the_balances():
    reading = read_workbook(with_row("Soldes", "R", "CLA", None, "courant", "1 012,50", YEAR_START))
    assert reading.balance_totals() == {("R", "current"): Decimal("1000.00")}


@pytest.mark.parametrize("name", ["Élek  SA", "elek sa", " ELEKSA ", "E\u0301lek\u00a0Sa"])
def test_supplier_key_ignores_case_accents_and_spaces(name):
    assert supplier_key(name) == "eleksa"


def test_supplier_key_writes_ligatures_out():
    assert supplier_key("Les Œuvres") == supplier_key("LES OEUVRES")

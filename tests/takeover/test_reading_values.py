"""What each kind of cell accepts, and what it says to the rest."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from apps.takeover.reading import read_workbook
from koprogo.national import has_national_number
from tests.takeover.files import raw_sheet, text_row, with_cell

NATIONAL_NUMBER = "85.07.30-033.28"
HEADERS = (
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
)


def value(sheet: str, header: str, field: str, cell: Any) -> Any:
    """What the sound workbook gives for `field` with `cell` written under `header`."""
    reading = read_workbook(with_cell(sheet, header, cell))
    faults = [str(fault) for fault in reading.faults if fault.column == header]
    names = {"Immeubles": "buildings", "Lots": "units", "Copropriétaires": "owners", "Propriétés": "ownerships"}
    names |= {"Poids": "weights", "Dépenses": "expenses", "Soldes": "balances"}
    return faults[0] if faults else getattr(getattr(reading.takeover, names[sheet])[0], field)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (4000, "4000"),
        (4000.0, "4000"),
        ("  4000 ", "4000"),
        ("\u00a04000\u202f", "4000"),
        ("4000\u200b", "4000"),
        ("L-1234", "L-1234"),
    ],
)
def test_code_may_be_typed_as_a_number(cell, expected):
    assert value("Immeubles", "Code postal", "postcode", cell) == expected


@pytest.mark.parametrize("cell", [12.5, 1e20, True, datetime(2025, 2, 1)])  # noqa: DTZ001
def test_code_that_the_spreadsheet_changed_is_a_fault(cell):
    assert value("Immeubles", "Code postal", "postcode", cell).startswith("Immeubles!D2 «")


def test_text_is_composed_and_on_one_line():
    assert value("Immeubles", "Nom", "name", "Re\u0301sidence\nParc") == "Résidence Parc"


def test_text_too_long_is_a_fault():
    fault = value("Immeubles", "Nom", "name", "x" * 201)
    assert fault.endswith("…»: Ce texte compte 201 caractères, 200 au plus : raccourcissez-le.")


@pytest.mark.parametrize("escaped", ["_x0000_", "_x0007_", "_xD800_"])
def test_control_characters_are_a_fault(escaped):
    cells = ["R", f"Rési{escaped}dence", "Rue", "1000", "Bruxelles", "BE", "", "100", "", "1", "", ""]
    reading = read_workbook(raw_sheet(text_row(1, *HEADERS) + text_row(2, *cells)))
    assert [fault.message for fault in reading.faults] == ["Ce texte contient des caractères invisibles : retapez-le."]


@pytest.mark.parametrize("cell", ["0999900150", "BE 0999.900.150", "0999.900.150", 999900150, "999900150"])
def test_enterprise_number_gets_its_plain_form(cell):
    assert value("Immeubles", "Numéro d'entreprise", "enterprise_number", cell) == "0999900150"


@pytest.mark.parametrize("cell", ["0999900151", "2999900150", "abc", "09999001", "0000000000", "0000009600"])
def test_enterprise_number_with_wrong_check_digits_is_a_fault(cell):
    assert "n'est pas valable" in value("Immeubles", "Numéro d'entreprise", "enterprise_number", cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("BE49 9990 0000 0171", "BE49999000000171"),
        ("be68539007547034", "BE68539007547034"),
        ("FR1420041010050500013M02606", "FR1420041010050500013M02606"),
    ],
)
def test_iban_gets_its_plain_form(cell, expected):
    assert value("Immeubles", "IBAN courant", "current_iban", cell) == expected


@pytest.mark.parametrize("cell", ["BE49999000000172", "BE41091811735141", "XX00", "1", "é"])
def test_iban_with_wrong_check_digits_is_a_fault(cell):
    assert "n'est pas valable" in value("Immeubles", "IBAN courant", "current_iban", cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (3120.45, "3120.45"),
        (0.1 + 0.2, "0.30"),
        (-12, "-12.00"),
        ("1 234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234,5", "1234.50"),
        ("−1234,56 €", "-1234.56"),
        ("9999999999,99", "9999999999.99"),
    ],
)
def test_money_is_exact(cell, expected):
    amount = value("Soldes", "Solde", "amount", cell)
    assert (amount, str(amount)) == (Decimal(expected), expected)


@pytest.mark.parametrize(
    "cell",
    [12.345, "12,345", "1.234", "1 23,45", "12 €€", "abc", True, 1e10, 1e300, datetime(2025, 1, 1)],  # noqa: DTZ001
)
def test_money_that_is_none_is_a_fault(cell):
    assert value("Soldes", "Solde", "amount", cell).startswith("Soldes!E2 «")


@pytest.mark.parametrize(("cell", "expected"), [(21, 21), (0, 0), ("6 %", 6), ("5,5", Decimal("5.5"))])
def test_vat_rate_is_in_percent(cell, expected):
    assert value("Dépenses", "TVA %", "vat_rate", cell) in (expected, f"{expected}")


@pytest.mark.parametrize(
    ("cell", "message"), [(0.21, "écrivez 21 pour 21 %"), (101, "entre 0 et 100"), (-6, "entre 0 et 100")]
)
def test_vat_rate_out_of_range_is_a_fault(cell, message):
    assert message in value("Dépenses", "TVA %", "vat_rate", cell)


@pytest.mark.parametrize("cell", ["01/02/2025", "1/2/2025", datetime(2025, 2, 1), datetime(2025, 2, 1, 13)])  # noqa: DTZ001
def test_date_is_a_date_cell_or_typed(cell):
    assert value("Soldes", "Au", "on", cell) == date(2025, 2, 1)


@pytest.mark.parametrize(
    "cell",
    ["12 déc.", "31/02/2025", "01/02/25", "2025-02-01", "1/2/3/4", "٠١/٠٢/٢٠٢٥", 45689, "01/01/1799", "01/01/2200"],
)
def test_date_that_is_none_is_a_fault(cell):
    assert value("Soldes", "Au", "on", cell).startswith("Soldes!F2 «")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1/1", Fraction(1)),
        ("1 / 3", Fraction(1, 3)),
        ("0,5", Fraction(1, 2)),
        ("50 %", Fraction(1, 2)),
        ("33,33 %", Fraction(3333, 10000)),
        (0.25, Fraction(1, 4)),
        (1 / 3, Fraction(1, 3)),
        (1, Fraction(1)),
    ],
)
def test_part_is_an_exact_fraction(cell, expected):
    reading = read_workbook(with_cell("Propriétés", "Part", cell))
    assert reading.takeover.ownerships[0].fraction == expected


def test_part_that_became_a_date_says_so():
    fault = value("Propriétés", "Part", "fraction", datetime(2025, 2, 1))  # noqa: DTZ001
    assert fault.startswith("Propriétés!E2 «01/02/2025»: Le tableur a lu 1/2 comme une date")


@pytest.mark.parametrize("cell", ["1/0", "0/2", "3/2", "50", 50, -0.5, "un demi", "0,0000000001", "½½"])
def test_part_that_is_none_is_a_fault(cell):
    assert "entre 0 et 1" in value("Propriétés", "Part", "fraction", cell)


@pytest.mark.parametrize(("cell", "expected"), [("Garage", "garage"), (" COMMERCE ", "shop"), ("Studio", "studio")])
def test_closed_list_ignores_case(cell, expected):
    assert value("Lots", "Type", "kind", cell) == expected


@pytest.mark.parametrize(("cell", "expected"), [(0, "0"), (1.125, "1.125"), ("0,5", "0.5"), (100, "100")])
def test_weight_has_three_decimals_at_most(cell, expected):
    assert str(value("Poids", "Poids", "weight", cell)) == expected


@pytest.mark.parametrize("cell", [-1, 0.0001, 1e9, "x"])
def test_weight_that_is_none_is_a_fault(cell):
    assert value("Poids", "Poids", "weight", cell).startswith("Poids!D2 «")


@pytest.mark.parametrize("cell", [2**31, -1, 1.5, "x", True])
def test_share_is_a_whole_number_that_fits(cell):
    assert value("Lots", "Quotités", "share", cell).startswith("Lots!F2 «")


@pytest.mark.parametrize("cell", ["a@b.be; c@d.be", "a@b", "Claire <a@b.be>", "é@b.be", "a b@c.be"])
def test_email_is_one_address(cell):
    assert "e-mail n'est pas valable" in value("Copropriétaires", "E-mail", "email", cell)


@pytest.mark.parametrize("cell", ["61", "510000", "6A1", "612100000", 6.5])
def test_account_is_of_class_6_or_7(cell):
    assert value("Dépenses", "Compte", "account", cell).startswith("Dépenses!G2 «")


def test_account_may_be_typed_as_a_number():
    assert value("Dépenses", "Compte", "account", 6140000) == "6140000"


def test_periods_become_half_open():
    expense = read_workbook(with_cell("Dépenses", "Ligne", None)).takeover.expenses[0]
    assert (expense.period_start, expense.period_end, expense.line) == (date(2025, 1, 1), date(2026, 1, 1), 1)


@pytest.mark.parametrize(
    ("sheet", "header"),
    [("Copropriétaires", "Nom ou raison sociale"), ("Copropriétaires", "Code"), ("Dépenses", "Libellé")],
)
def test_national_register_number_is_refused_and_not_repeated(sheet, header):
    faults = read_workbook(with_cell(sheet, header, NATIONAL_NUMBER)).faults
    assert "numéro de registre national" in faults[0].message
    assert "033" not in "".join(str(fault) for fault in faults)


def test_national_register_number_is_not_repeated_from_any_column():
    fault = value("Soldes", "Solde", "amount", NATIONAL_NUMBER)
    assert fault == "Soldes!E2: Écrivez un montant, par exemple 1 234,56."


@pytest.mark.parametrize(
    ("text", "bare", "expected"),
    [
        ("né 85.07.30-033.28", False, True),
        ("85 07 30 033 28", False, True),
        ("850730-03328", False, True),
        ("85073003328", False, False),
        ("85073003328", True, True),
        ("85.07.30-033.29", True, False),
        ("99.99.99-033.28", True, False),
        ("+32 475 12 34 56", True, False),
    ],
)
def test_national_register_number_is_known_by_its_check_digits(text, bare, expected):
    assert has_national_number(text, bare=bare) is expected


def test_stored_result_of_a_formula_is_read():
    cells = text_row(2, "R", "Nom", "Rue", "1000", "Bruxelles", "BE", "")
    total = '<c r="H2"><f>SUM(Lots!F2:F3)</f><v>100</v></c><c r="J2"><v>1</v></c></row>'
    reading = read_workbook(raw_sheet(text_row(1, *HEADERS) + cells.removesuffix("</row>") + total))
    assert (reading.all_faults(), reading.takeover.buildings[0].total_shares) == ([], 100)


def test_formula_without_stored_result_is_a_fault():
    fault = value("Lots", "Surface m²", "area", "=40+2")
    assert fault.startswith("Lots!E2: Cette formule n'a pas de résultat")


def test_error_of_the_spreadsheet_is_a_fault():
    cells = text_row(2, "R", "Nom", "Rue", "1000", "Bruxelles", "BE", "")
    total = '<c r="H2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="J2"><v>1</v></c></row>'
    reading = read_workbook(raw_sheet(text_row(1, *HEADERS) + cells.removesuffix("</row>") + total))
    assert [str(fault)[:24] for fault in reading.all_faults()] == ["Immeubles!H2 «#DIV/0!»: "]


def test_empty_cell_that_must_be_filled_is_a_fault():
    assert value("Lots", "Quotités", "share", None) == "Lots!F2: Cette cellule est vide : complétez-la."

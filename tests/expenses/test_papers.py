"""The papers, opened again: text of the PDF, cells of the workbook."""

import re
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook
from pypdf import PdfReader

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.takeover import services
from tests.factories import building_with_lots, expense_of, sign_in
from tests.takeover.files import REFERENCE_FILES


@pytest.fixture
def parc(office: Membership) -> Building:
    path = REFERENCE_FILES / "parc-royal.xlsx"
    with path.open("rb") as file:
        services.import_file(
            office.organization, file, name=path.name, approve=True, settled_by_predecessor=True, by=office.user
        )
    return Building.objects.get()


def text_of(pdf: bytes) -> str:
    return " ".join(re.sub(r"\s", " ", page.extract_text()) for page in PdfReader(BytesIO(pdf)).pages)


def test_the_charges_workbook_adds_up_and_reads_well(office: Membership, parc: Building) -> None:
    response = sign_in(office).get(f"/expenses/charges/{parc.pk}/charges.xlsx?first=2025-01-01&last=2025-12-31")
    book = load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["Par lot", "Par copropriétaire", "Détail"]
    lots, owners, details = book.worksheets
    assert [cell.value for cell in lots[1]] == ["Lot", "Titulaires", "Quotités", "Total"]
    assert [cell.value for cell in owners[1]] == ["Code", "Nom", "Lots", "Total"]
    assert all(page.freeze_panes == "A2" for page in book)
    for page, column in ((lots, "D"), (owners, "D"), (details, "O")):
        amounts = [cell.value for cell in page[column][1:-1]]
        assert round(sum(amounts) * 100) == 5453164
        assert page[column][-1].value == f"=SUM({column}2:{column}{len(amounts) + 1})"
        assert page[column][2].number_format == "#,##0.00"
    assert lots["A17"].value == "4D"
    assert lots["B17"].value == "Guy Nowak → Amina Renard"
    assert details["A2"].value == datetime(2025, 1, 10)  # noqa: DTZ001
    sold = [row for row in details.iter_rows(values_only=True) if row[8] == "4D" and row[2] == "2025-001"]
    assert [row[9:14] for row in sold] == [
        ("P016", "Guy Nowak", datetime(2025, 1, 1), datetime(2025, 9, 14), 257),  # noqa: DTZ001
        ("P016B", "Amina Renard", datetime(2025, 9, 15), datetime(2025, 12, 31), 108),  # noqa: DTZ001
    ]


def test_the_charges_as_pdf(office: Membership, parc: Building) -> None:
    response = sign_in(office).get(f"/expenses/charges/{parc.pk}/charges.pdf?first=2025-01-01&last=2025-12-31")
    text = text_of(response.content)
    for words in ("Charges du 01/01/2025 au 31/12/2025", "ACP Résidence Parc Royal", "BCE 0999.900.249", "54 531,64 €",
                  "612 Eau et énergie", "Simone Claes (usufruit)"):  # fmt: skip
        assert words in text, words


def test_the_apportionment_as_pdf(office: Membership) -> None:
    building = building_with_lots(office.organization, [187, 163, 151, 149, 142, 118, 90])
    expense = expense_of(building, "1240.02", number="<b>N°</b> 7")
    response = sign_in(office).get(f"/expenses/{expense.pk}/apportionment.pdf")
    text = text_of(response.content)
    for words in ("Projet : cette dépense n'est pas approuvée", "231,88374", "231,89 €", "1 240,02 €", "<b>N°</b> 7"):
        assert words in text, words


def test_a_download_is_in_the_journal(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    sign_in(office).get(f"/expenses/charges/{building.pk}/charges.xlsx?first=2025-01-01&last=2025-12-31")
    event = AuditEvent.objects.get(action="exported")
    assert (event.table, event.object_id, event.actor_id) == ("buildings_building", building.pk, office.user_id)


def test_text_that_looks_like_a_formula_stays_text(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    client = sign_in(office)
    client.post("/expenses/approve/", {"expense": [expense_of(building, number="=1+1").pk]})
    book = load_workbook(BytesIO(client.get(f"/expenses/charges/{building.pk}/charges.xlsx").content))
    assert (book["Détail"]["C2"].value, book["Détail"]["C2"].data_type) == ("=1+1", "s")


def test_the_command_writes_the_same_workbook(office: Membership, parc: Building, tmp_path: Path) -> None:
    path = tmp_path / "charges.xlsx"
    options: dict[str, Any] = {"organization": office.organization.slug, "building": "PRF"}
    call_command("export_charges", str(path), first=date(2025, 1, 1), last=date(2025, 12, 31), **options)
    lots = load_workbook(path)["Par lot"]
    assert round(sum(cell.value for cell in lots["D"][1:-1]) * 100) == 5453164
    with pytest.raises(CommandError, match="Aucun immeuble"):
        call_command(
            "export_charges", str(path), first=date(2025, 1, 1), last=date(2025, 1, 2), **options | {"building": "X"}
        )

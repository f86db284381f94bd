"""The main job, end to end: a workbook comes in, two people approve, the papers go out."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from pypdf import PdfReader

from apps.accounts.permissions import Role
from tests.browser.conftest import Visit
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.takeover.files import REFERENCE_FILES

pytestmark = pytest.mark.django_db(transaction=True)


def download(visit: Visit, link: str, folder: Path) -> Path:
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("link", name=link).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_from_the_workbook_to_the_papers(visit: Visit, tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    office = OrganizationFactory(name="Syndic Delta")
    claire = UserFactory(email="claire@example.be", name="Claire")
    marc = UserFactory(email="marc@example.be", name="Marc")
    MembershipFactory(organization=office, user=claire, role=Role.MANAGER)
    MembershipFactory(organization=office, user=marc, role=Role.ACCOUNTANT)
    page = visit.page

    # Claire signs in and brings in the building.
    visit.open("/account/login/")
    visit.look("sign-in")
    visit.sign_in("claire@example.be")
    visit.look("dashboard-empty")
    visit.open("/takeover/")
    visit.look("takeover")
    page.get_by_label("Classeur de reprise").set_input_files(REFERENCE_FILES / "les-tilleuls.xlsx")
    page.get_by_role("button", name="Contrôler le classeur").click()
    expect(page.get_by_text("Le classeur est sans faute.")).to_be_visible()
    visit.look("takeover-preview")
    page.get_by_role("button", name="Confirmer la reprise").click()
    expect(page.get_by_text("La reprise est faite.")).to_be_visible()

    # She looks at the building, and submits its invoices.
    page.get_by_role("link", name="Voir les immeubles").click()
    page.get_by_role("link", name="Résidence Les Tilleuls").first.click()
    expect(page.get_by_text("1 000 / 1 000").first).to_be_visible()
    visit.look("building")
    visit.open("/expenses/?status=draft")
    visit.look("expenses")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Soumettre").click()
    expect(page.get_by_text("9 dépenses sont soumises.")).to_be_visible()

    # Marc, the second person, approves one on its page and the others in the list.
    page.context.clear_cookies()
    visit.sign_in("marc@example.be")
    visit.open("/expenses/?status=submitted")
    page.get_by_role("link", name="FB-2025").click()
    page.get_by_role("button", name="Approuver").click()
    expect(page.get_by_text("La dépense est approuvée ; sa répartition est figée.")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="A1"))
    assert "23,39\u00a0€" in row.inner_text()
    assert "Bart Peeters" in row.inner_text()
    visit.look("expense")
    apportionment = PdfReader(download(visit, "Répartition (PDF)", tmp_path))
    text = "".join(paper.extract_text() for paper in apportionment.pages)
    assert "Répartition de la dépense FB-2025" in text
    assert "143,52\u00a0€" in text

    visit.open("/expenses/?status=submitted")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Approuver").click()
    expect(page.get_by_text("8 dépenses sont approuvées.")).to_be_visible()

    # The charges of the year, on the screen and as papers.
    visit.open("/buildings/")
    page.get_by_role("link", name="Résidence Les Tilleuls").first.click()
    page.get_by_role("link", name="Charges").first.click()
    page.get_by_label("Du", exact=False).first.fill("2025-01-01")
    page.get_by_label("Au", exact=False).first.fill("2025-12-31")
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_text("15\u202f617,94\u00a0€").first).to_be_visible()
    visit.look("charges")
    text = "".join(paper.extract_text() for paper in PdfReader(download(visit, "PDF", tmp_path)).pages)
    assert "Charges du 01/01/2025 au 31/12/2025" in text
    lots = load_workbook(download(visit, "Excel", tmp_path))["Par lot"]
    assert {lots.cell(row, 1).value: lots.cell(row, 4).value for row in range(2, 10)} == {
        "A0": 1608.88, "A1": 2417.04, "B1": 2377.42, "A2": 2611.65, "B2": 2420.77, "P3": 3668.99, "G1": 256.60,
        "G2": 256.59,
    }  # fmt: skip

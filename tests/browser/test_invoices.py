"""Invoices typed in a browser, to the cent of DOMAIN.md §4."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import Membership
from apps.expenses.models import Expense, LotPart
from apps.units.models import DistributionKey, Reading, Unit
from koprogo.context import working_as
from tests.browser.conftest import Visit, settle
from tests.factories import (
    KeyFactory,
    MembershipFactory,
    OrganizationFactory,
    SupplierFactory,
    UserFactory,
    building_with_lots,
    weigh,
)
from tests.papers import PDF

pytestmark = pytest.mark.django_db(transaction=True)
HEATED = [118, 163, 149, 163, 149, 212]
UNITS = [1520, 2214, 1875, 2630, 0, 3911]


@pytest.fixture
def claire(settings: Any, tmp_path: Path) -> Membership:
    settings.MEDIA_ROOT = tmp_path / "files"
    office = OrganizationFactory(name="Syndic Delta")
    return MembershipFactory(organization=office, user=UserFactory(email="claire@example.be", name="Claire"))


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).select_option(label=option)
    settle(page)


def fill(page: Page, **texts: str) -> None:
    labels = {
        "supplier": "Fournisseur", "number": "Numéro de facture", "date": "Date de la facture", "account": "Compte",
        "description": "Libellé", "gross": "Montant TTC", "rate": "Taux de TVA",
    }  # fmt: skip
    for name, text in texts.items():
        field = page.get_by_label(labels[name], exact=True)
        field.fill(text)
        field.blur()
        settle(page)


def parts_on_page(page: Page) -> list[str]:
    """What each lot bears, table after table."""
    cells = page.locator(".apportionment tbody tr td:nth-child(4)").all_inner_texts()
    return [cell.replace("\u202f", "").replace("\u00a0", " ") for cell in cells]


def euros(*amounts: str) -> list[str]:
    return [f"{amount} €".replace(".", ",") for amount in amounts]


def test_heating_goes_30_per_cent_by_shares_and_70_by_consumption(claire: Membership, visit: Visit) -> None:
    with working_as(organization_id=claire.organization_id, actor="test"):
        building = building_with_lots(claire.organization, [*HEATED, 23, 23], name="Les Tilleuls", city="Liège")
        shares = KeyFactory(building=building, code="CHAUFF", name="Lots chauffés", kind="subset")
        weigh(shares, {f"L{nth}": share for nth, share in enumerate(HEATED, start=1)})
        meters = KeyFactory(building=building, code="METER", name="Compteurs", kind="consumption")
        for unit, quantity in zip(Unit.objects.filter(building=building).order_by("position"), UNITS, strict=False):
            Reading.objects.create(
                organization=building.organization, building=building, key=meters, unit=unit, quantity=quantity,
                starts_on=date(2025, 1, 1), ends_on=date(2026, 1, 1),
            )  # fmt: skip
    visit.sign_in("claire@example.be")
    visit.open("/expenses/new/")
    page = visit.page
    choose(page, "Immeuble", "Les Tilleuls · Liège")
    fill(page, supplier="Chauffage SA", number="C-1", date="2025-12-31", description="Chauffage 2025", account="6122")
    fill(page, rate="21", gross="8.123,45")
    choose(page, "Répartition", "Plusieurs clés…")
    choose(page, "Clé 1", "CHAUFF · Lots chauffés")
    choose(page, "Clé 2", "METER · Compteurs")
    page.get_by_label("Pour cent").nth(0).fill("30")
    page.get_by_label("Pour cent").nth(1).fill("70")
    expect(page.get_by_text("Les relevés de la clé METER · Compteurs font cette période.")).to_be_visible()
    large = {"name": "g.pdf", "mimeType": "application/pdf", "buffer": PDF + b"%" * 16 * 1024 * 1024}
    page.locator("input[type=file]").set_input_files(large)
    page.get_by_text("Un fichier dépasse 15 Mo").wait_for()
    page.locator("input[type=file]").set_input_files({"name": "f.pdf", "mimeType": "text/plain", "buffer": PDF})
    page.get_by_role("link", name="f.pdf").wait_for()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("Le fournisseur « Chauffage SA » n’existe pas encore : il sera créé.")).to_be_visible()
    visit.look("invoice-form")
    page.get_by_label("Créer malgré tout").check()
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("La dépense C-1 est enregistrée.")).to_be_visible()
    assert parts_on_page(page) == euros(
        "301.43", "416.39", "380.63", "416.39", "380.63", "541.56",
        "711.39", "1036.19", "877.53", "1230.89", "1830.42",
    )  # fmt: skip
    expect(page.get_by_role("link", name="f.pdf")).to_be_visible()
    visit.look("invoice-typed")


def test_water_goes_by_the_amounts_of_the_meter_company(claire: Membership, visit: Visit) -> None:
    with working_as(organization_id=claire.organization_id, actor="test"):
        building = building_with_lots(claire.organization, [600, 400], name="Les Tilleuls", city="Liège")
        KeyFactory(building=building, code="EAU", name="Décompte d’eau", kind="amounts")
        SupplierFactory(organization=claire.organization, name="Relevés Techno SA")
    visit.sign_in("claire@example.be")
    visit.open("/expenses/new/")
    page = visit.page
    choose(page, "Immeuble", "Les Tilleuls · Liège")
    fill(page, supplier="relevés", number="E-1", date="2025-12-31", description="Eau", account="6120", gross="143,52")
    choose(page, "Répartition", "EAU · Décompte d’eau")
    page.get_by_label("Coller une liste « lot, montant » d’un tableur").fill("L2\t43,51\nL1\t100,01")
    page.get_by_role("button", name="Reprendre la liste").click()
    settle(page)
    assert page.get_by_label("Lot L1", exact=True).input_value() == "100,01"
    visit.look("invoice-amounts")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    assert parts_on_page(page) == euros("100.01", "43.51")


def test_an_invoice_by_keyboard_alone(claire: Membership, visit: Visit) -> None:
    with working_as(organization_id=claire.organization_id, actor="test"):
        building = building_with_lots(
            claire.organization, [187, 163, 151, 149, 142, 118, 90], name="Les Tilleuls", city="Liège"
        )
        SupplierFactory(organization=claire.organization, name="Ascenseurs Meuse SA")
    visit.sign_in("claire@example.be")
    visit.open("/expenses/new/")
    page, keys = visit.page, visit.page.keyboard

    def go_to(label: str) -> None:
        for _press in range(60):
            keys.press("Tab")
            settle(page)
            name = page.evaluate("document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText")
            if name.strip() == label:
                return
        raise AssertionError(f"no way to {label} by the tab key")

    page.get_by_role("heading", name="Nouvelle dépense").wait_for()
    go_to("Immeuble")
    keys.press("L")
    settle(page)
    for label, text in {
        "Fournisseur": "ascenseurs", "Numéro de facture": "A-1", "Date de la facture": "06302025",
        "Libellé": "Entretien annuel", "Compte": "6101",
    }.items():  # fmt: skip
        go_to(label)
        keys.type(text)
    go_to("Taux de TVA")
    keys.type("21")
    go_to("Montant TTC")
    keys.type("1 240,02")
    keys.press("Enter")
    page.get_by_text("La dépense A-1 est enregistrée.").wait_for()
    assert parts_on_page(page) == euros("231.89", "202.13", "187.24", "184.76", "176.08", "146.32", "111.60")
    with working_as(organization_id=claire.organization_id, actor="test"):
        assert Expense.objects.get().amount == Decimal("1240.02")
        assert DistributionKey.objects.get(building=building).code == "GEN"
        assert not LotPart.objects.exists()

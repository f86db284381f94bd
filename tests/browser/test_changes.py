"""A sale told late is noted by keyboard alone, its day corrected, and taken back: the charges follow each time."""

from datetime import date

import pytest
from playwright.sync_api import expect

from apps.accounts.permissions import Role
from apps.buildings.models import Building
from apps.expenses import services
from apps.owners.models import Owner
from koprogo.context import Context, enter
from tests.browser.conftest import Visit
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    OwnerFactory,
    UserFactory,
    building_with_lots,
    expense_of,
)

SELLER = "Claire Dubois"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def building() -> Building:
    """One lot of Claire Dubois, charged 1 873.49 over 2025; Sarah is an assistant of the office."""
    office = OrganizationFactory(name="Syndic Delta")
    MembershipFactory(organization=office, user=UserFactory(email="sarah@example.be"), role=Role.ASSISTANT)
    claire = MembershipFactory(organization=office)
    enter(Context(str(office.pk), str(claire.user_id)))
    building = building_with_lots(office, [1000], reference="TIL", name="Les Tilleuls")
    Owner.objects.update(name="Dubois")
    OwnerFactory(organization=office, code="MAE", first_name="Jan", name="Maes")
    services.approve_expense(expense=expense_of(building, "1873.49"), by=claire.user, on=date(2026, 1, 15))
    return building


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ").strip()


def charges(visit: Visit, building: Building) -> dict[str, str]:
    """What the page of charges says that each owner bears of 2025."""
    visit.open(f"/expenses/charges/{building.pk}/?first=2025-01-01&last=2025-12-31")
    rows = visit.page.get_by_role("region", name="Charges par copropriétaire").locator("tbody tr").all()
    return {plain(row.locator("td").first.inner_text()): plain(row.locator("td").last.inner_text()) for row in rows}


def test_a_late_sale_by_keyboard_then_corrected_then_taken_back(visit: Visit, building: Building) -> None:
    page = visit.page
    visit.sign_in("sarah@example.be")
    visit.open("/units/?q=L1")
    page.get_by_role("rowheader", name="L1").get_by_role("link").click()
    visit.look("lot-holders")

    # The deed of 15/09/2025 (DOMAIN.md §4.5): by keyboard, Enter shows what it changes.
    page.get_by_role("link", name="Vente").press("Enter")
    page.get_by_label("Date de l’acte").fill("2025-09-15")
    page.get_by_label("Copropriétaire", exact=True).press_sequentially("maes jan")
    page.locator("#owners-found option").first.wait_for(state="attached")
    assert page.locator("#owners-found option").first.get_attribute("value") == "MAE · Jan Maes"
    visit.look("change-sale")
    page.get_by_label("Copropriétaire", exact=True).press("Enter")
    page.get_by_role("heading", name="Charges approuvées").wait_for()
    totals = page.get_by_role("region", name="Charges par copropriétaire")
    shown = [plain(row.inner_text()).split("\t")[1:] for row in totals.get_by_role("row").all()[1:]]
    assert shown == [["0,00 €", "554,35 €\n+554,35 €"], ["1 873,49 €", "1 319,14 €\n-554,35 €"], ["1 873,49 €"] * 2]
    visit.look("change-preview")
    page.get_by_role("button", name="Confirmer").press("Enter")
    expect(page.get_by_text("La vente est notée.")).to_be_visible()
    assert charges(visit, building) == {"Jan Maes": "554,35 €", SELLER: "1 319,14 €"}

    # It was the first of October; the mistake is corrected with a reason.
    visit.open(f"/units/{building.units.get().pk}/")
    visit.follow("Corriger")
    page.get_by_label("Motif").fill("Date lue de travers")
    page.get_by_label("Date juste").fill("2018-10-01")
    page.get_by_label("Date juste").press("Enter")
    assert "que depuis le 01/01/2019" in page.get_by_role("alert").inner_text()
    visit.look("change-correction")
    page.get_by_label("Date juste").fill("2025-10-01")
    page.get_by_role("button", name="Voir ce que cela change").last.click()
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_text("La correction est notée.")).to_be_visible()
    assert charges(visit, building) == {"Jan Maes": "472,22 €", SELLER: "1 401,27 €"}

    # In the end it never took place.
    visit.open(f"/units/{building.units.get().pk}/")
    visit.follow("Annuler ce changement")
    page.get_by_label("Motif").fill("Condition suspensive non remplie")
    page.get_by_role("button", name="Voir ce que cela change").last.click()
    visit.look("change-undo")
    page.get_by_role("button", name="Confirmer").click()
    assert charges(visit, building) == {SELLER: "1 873,49 €"}

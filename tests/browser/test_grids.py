"""Weights and readings by keyboard and by paste, and a new version of the shares."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.units.models import KeyWeight, Reading, Revision, Unit
from koprogo.context import working_as
from tests.browser.conftest import Visit
from tests.factories import KeyFactory, MembershipFactory, UserFactory, building_with_lots

pytestmark = pytest.mark.django_db(transaction=True)
SHARES = [118, 163, 149, 163, 149, 212]
UNITS = ["1520", "2214", "1875", "2630", "0", "3911"]  # DOMAIN.md §4.4


@pytest.fixture
def office() -> Any:
    return MembershipFactory(user=UserFactory(email="claire@example.be", name="Claire"))


def paste(page: Page, label: str, text: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+V")


def test_grids_by_keyboard_and_by_paste(visit: Visit, office: Any) -> None:
    with working_as(organization_id=office.organization_id, actor="test"):
        building = building_with_lots(office.organization, SHARES, name="Les Érables")
        meter = KeyFactory(building=building, code="CHAUF", name="Chauffage", kind="consumption")
        KeyFactory(building=building, code="ASC", name="Ascenseur", kind="weights")
        KeyFactory(building=building, code="BLOC", name="Bloc A", kind="subset")
    page = visit.page
    visit.sign_in("claire@example.be")

    # Weights: Enter and the arrows go from lot to lot, the totals follow.
    visit.open(f"/buildings/{building.pk}/keys/weights/")
    page.get_by_label("Lot L1, Ascenseur").fill("100")
    page.keyboard.press("Enter")
    page.keyboard.type("2,5")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Lot L3, Ascenseur")).to_be_focused()
    page.get_by_label("Lot L6, Bloc A").check()
    expect(page.get_by_role("row", name="Total")).to_have_text("Total 954 102,5 212", use_inner_text=True)
    # A plain block goes in from the cell, one with lots and names is read by the server.
    paste(page, "Lot L1, Ascenseur", "7\n8\n")
    expect(page.get_by_label("Lot L2, Ascenseur")).to_have_value("8")
    paste(page, "Lot L1, Ascenseur", "Lot\tBLOC\tASC\nL6\tx\t12,5\nL4\tx\t1")
    expect(page.get_by_label("Lot L6, Ascenseur")).to_have_value("12,5")
    expect(page.get_by_label("Lot L4, Bloc A")).to_be_checked()
    visit.look("weights")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Les poids sont enregistrés.")).to_be_visible()
    visit.look("keys")

    # Readings of a year, pasted as one column.
    visit.open(f"/keys/{meter.pk}/readings/new/")
    page.get_by_label("Du", exact=True).fill("2025-01-01")
    page.get_by_label("Au", exact=True).fill("2025-12-31")
    paste(page, "Lot L1, unités", "\n".join(UNITS))
    page.get_by_label("Lot L5, estimé").check()
    visit.look("readings-form")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("cell", name="12 150", exact=True)).to_be_visible()
    visit.look("readings")

    # A new version of the shares: the difference in words, before and after, confirmed.
    visit.open(f"/buildings/{building.pk}/shares/version/")
    page.get_by_label("À partir du").fill("2026-01-01")
    page.get_by_label("Motif").fill("Acte modificatif")
    page.get_by_label("Lot L1, quotités").fill("120")
    expect(page.get_by_text("Il y a 2 de trop pour le total.")).to_be_visible()
    page.get_by_label("Lot L6, quotités").fill("210")
    visit.look("version")
    page.get_by_role("button", name="Voir avant d’enregistrer").click()
    visit.look("version-preview")
    page.get_by_role("button", name="Confirmer la nouvelle version").click()
    expect(page.get_by_text("La nouvelle version est enregistrée.")).to_be_visible()

    with working_as(organization_id=office.organization_id, actor="test"):
        assert Unit.objects.get(number="L6").share == 210
        assert Revision.objects.count() == 2, "the shares, and the subset that follows"
        weights = KeyWeight.objects.order_by("key__code", "unit__number").values_list("unit__number", "weight")
        assert [f"{number} {weight.normalize()}" for number, weight in weights] == [
            "L1 7", "L2 8", "L4 1", "L6 12.5", "L4 163", "L6 2.1E+2",
        ]  # fmt: skip
        assert sorted(Reading.objects.values_list("quantity", flat=True)) == sorted(map(int, UNITS))

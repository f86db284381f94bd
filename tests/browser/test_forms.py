"""Forms by keyboard alone: made, doubted, changed by two people at once, left unsent, set aside."""

import pytest
from playwright.sync_api import expect

from apps.accounts.permissions import Role
from apps.buildings.models import Building
from koprogo.context import working_as
from tests.browser.conftest import Visit
from tests.factories import BuildingFactory, MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_building_by_keyboard_alone(visit: Visit) -> None:
    office = OrganizationFactory(name="Syndic Delta")
    for name, role in [("Claire", Role.MANAGER), ("Marc", Role.ACCOUNTANT)]:
        user = UserFactory(email=f"{name.lower()}@example.be", name=name)
        MembershipFactory(organization=office, user=user, role=role)
    with working_as(organization_id=office.pk, actor="test"):
        BuildingFactory(organization=office, name="Résidence Parc Royal", enterprise_number="0999900249")
    page = visit.page
    keyboard = page.keyboard
    visit.sign_in("claire@example.be")

    # A new one: each field follows the one before.
    visit.open("/buildings/")
    page.get_by_role("link", name="Nouvel immeuble").focus()
    keyboard.press("Enter")
    page.get_by_label("Nom", exact=True).focus()
    for typed in ("Les Érables", "", "Rue Haute 3", "4000", "Liège", None, "0999.900.249", "500"):
        if typed:
            keyboard.press("Control+A")
            keyboard.type(typed)
        keyboard.press("Tab")
    keyboard.press("Enter")  # on the month: a choice opens
    keyboard.press("Escape")
    page.get_by_label("Rue et numéro").press("Enter")
    expect(page.get_by_text("Résidence Parc Royal a déjà ce numéro d’entreprise.")).to_be_visible()
    assert page.get_by_label("Commune").input_value() == "Liège"
    visit.look("building-doubt")
    page.get_by_label("Créer malgré tout").press("Space")
    page.get_by_label("Nom", exact=True).press("Enter")
    expect(page.get_by_text("L’immeuble Les Érables est créé.")).to_be_visible()

    # Marc changes it while Claire has it open.
    page.get_by_role("link", name="Modifier").press("Enter")
    page.get_by_label("Commune").fill("Mons")
    other = visit.page.context.browser.new_context(locale="fr-BE").new_page()  # type: ignore[union-attr]
    marc = Visit(other, visit.url, visit.pictures)
    marc.sign_in("marc@example.be")
    other.goto(page.url)
    other.get_by_label("Commune").fill("Namur")
    other.get_by_role("button", name="Enregistrer").click()
    other.context.close()
    page.get_by_label("Commune").press("Enter")
    expect(page.get_by_text("« Namur »").first).to_be_visible()
    visit.look("building-conflict")

    # Leaving asks; staying keeps what was typed.
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Annuler").press("Enter")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.get_by_label("Commune").input_value() == "Mons"
    page.get_by_label("Commune").press("Enter")
    expect(page.get_by_text("L’immeuble Les Érables est enregistré.")).to_be_visible()

    # Set aside, after the question, and taken back.
    page.get_by_role("button", name="Archiver").press("Enter")
    visit.look("building-archive")
    page.get_by_role("dialog").get_by_role("button", name="Archiver").press("Enter")
    expect(page.get_by_text("L’immeuble Les Érables est archivé.")).to_be_visible()
    page.get_by_role("button", name="Rétablir").press("Enter")
    expect(page.get_by_text("est de nouveau en service")).to_be_visible()
    with working_as(organization_id=office.pk, actor="test"):
        assert list(Building.objects.order_by("id").values_list("name", "city", "total_shares"))[1:] == [
            ("Les Érables", "Mons", 500)
        ]


@pytest.mark.parametrize("address", ["/buildings/create/", "/owners/create/", "/expenses/suppliers/create/",
                                     "/owners/", "/expenses/suppliers/"])  # fmt: skip
def test_the_pages_are_fit_for_everybody(visit: Visit, address: str) -> None:
    user = UserFactory(email="claire@example.be")
    MembershipFactory(user=user)
    visit.sign_in("claire@example.be")
    visit.open(address)
    visit.look(address.strip("/").replace("/", "-"))

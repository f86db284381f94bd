"""A wrong key, a late sale and a credit note, each corrected in the browser: lots, owners and invoices stay one sum."""

from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.models import Expense
from koprogo.context import Context, enter
from tests.browser.conftest import Visit, settle
from tests.factories import (
    KeyFactory,
    MembershipFactory,
    OrganizationFactory,
    OwnerFactory,
    UserFactory,
    building_with_lots,
    expense_of,
    weigh,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office() -> Membership:
    """Claire, alone in her office: she may approve what she handed in."""
    organization = OrganizationFactory(name="Syndic Delta")
    user = UserFactory(email="claire@example.be", name="Claire")
    claire = MembershipFactory(organization=organization, user=user, role=Role.MANAGER)
    enter(Context(str(organization.pk), str(user.pk)))
    return claire


@pytest.fixture
def building(office: Membership) -> Building:
    """Two lots, 600 and 400 of 1 000, by floor 1 and 3; a lift invoice of 100.00 approved over the shares."""
    found = building_with_lots(office.organization, [600, 400], reference="TIL", name="Les Tilleuls")
    weigh(KeyFactory(building=found, code="LIFT", name="Ascenseur", kind="weights"), {"L1": 1, "L2": 3})
    OwnerFactory(organization=office.organization, code="MAE", first_name="Jan", name="Maes")
    lift = expense_of(found, "100.00", number="L-1", description="Ascenseur", line_account="6101")
    services.approve_expense(expense=lift, by=office.user, on=date(2026, 1, 15))
    return found


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ").strip()


def charges(visit: Visit, building: Building, last: str = "2025-12-31") -> dict[str, str]:
    """What each lot bears, while the lots, the owners and the invoices make the same sum."""
    visit.open(f"/expenses/charges/{building.pk}/?first=2025-01-01&last={last}")
    page = visit.page
    total = plain(page.locator(".figure-value").first.inner_text())
    for name in ("Charges par lot", "Charges par copropriétaire"):
        foot = page.get_by_role("region", name=name).locator("tfoot").inner_text()
        assert total in plain(foot), (name, foot, total)
    rows = page.get_by_role("region", name="Charges par lot").locator("tbody tr").all()
    return {plain(row.locator("th").inner_text()): plain(row.locator("td").last.inner_text()) for row in rows}


def choose_key(visit: Visit, label: str) -> None:
    """What the form proposes after the choice has come before anything else is done."""
    with visit.page.expect_response(lambda response: response.request.method == "POST"):
        visit.page.get_by_label("Répartition").select_option(label=label)
    settle(visit.page)


def approve(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="Approuver").click()
    expect(page.get_by_text("La dépense est approuvée ; sa répartition est figée.")).to_be_visible()


def test_a_wrong_key_a_late_sale_and_a_credit_note(visit: Visit, building: Building) -> None:
    page, lift = visit.page, Expense.objects.get(number="L-1")
    visit.sign_in("claire@example.be")
    assert charges(visit, building) == {"L1": "60,00 €", "L2": "40,00 €"}

    # The wrong key, before anything is issued: withdrawn with a reason, written anew, approved again.
    visit.open(f"/expenses/{lift.pk}/")
    page.get_by_role("button", name="Retirer l’approbation").first.click()
    page.get_by_label("Motif").fill("Clé ascenseur oubliée")
    page.get_by_role("dialog").get_by_role("button", name="Retirer l’approbation").click()
    expect(page.get_by_text("L’approbation est retirée")).to_be_visible()
    visit.follow("Modifier")
    choose_key(visit, "LIFT · Ascenseur")
    visit.look("expense-edit")
    page.get_by_role("button", name="Enregistrer et soumettre").click()
    approve(visit)
    visit.look("expense-approved-again")
    assert charges(visit, building) == {"L1": "25,00 €", "L2": "75,00 €"}

    # A credit note of 20.00 on it.
    visit.open(f"/expenses/{lift.pk}/")
    visit.follow("Note de crédit")
    page.get_by_label("Numéro de facture").fill("NC-1")
    page.get_by_label("Date de la facture").fill("2025-08-01")
    page.get_by_label("HTVA").fill("-20,00")
    page.get_by_label("Montant TTC").fill("-20,00")
    visit.look("credit-note")
    page.get_by_role("button", name="Enregistrer et soumettre").click()
    approve(visit)
    assert charges(visit, building) == {"L1": "20,00 €", "L2": "60,00 €"}

    # A sale of the second lot, told late: the lots' parts stay, their owners' follow.
    visit.open(f"/units/{building.units.get(number='L2').pk}/")
    visit.follow("Vente")
    page.get_by_label("Date de l’acte").fill("2025-07-01")
    page.get_by_label("Copropriétaire", exact=True).fill("MAE · Jan Maes")
    page.get_by_role("button", name="Voir ce que cela change").last.click()
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_text("La vente est notée.")).to_be_visible()
    assert charges(visit, building) == {"L1": "20,00 €", "L2": "60,00 €"}
    assert "Jan Maes" in page.get_by_role("region", name="Charges par copropriétaire").inner_text()

    # The year is closed; then the invoice turns out to have gone by shares after all: a correction, dated today.
    visit.open(f"/expenses/closings/{building.pk}/?first=2025-01-01&last=2025-12-31")
    visit.look("closings")
    page.get_by_role("button", name="Clôturer").click()
    expect(page.get_by_text("est clôturée.").first).to_be_visible()
    visit.open(f"/expenses/{lift.pk}/")
    visit.follow("Corriger")
    page.get_by_label("Libellé", exact=True).fill("Les quotités, comme l’acte de base le veut")
    choose_key(visit, "GEN · Quotités générales")
    visit.look("correction")
    page.get_by_role("button", name="Enregistrer et soumettre").click()
    approve(visit)
    visit.look("correction-approved")
    assert charges(visit, building) == {"L1": "20,00 €", "L2": "60,00 €"}  # of the closed year nothing moves
    today = timezone.localdate().isoformat()
    assert charges(visit, building, last=today) == {"L1": "55,00 €", "L2": "25,00 €"}

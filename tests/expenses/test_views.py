"""The pages of expenses: lists, steps in the browser, charges, and what others may not see."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.models import BuildingAccess
from apps.expenses.charges import load_charges
from apps.expenses.models import Expense
from koprogo.context import working_as
from tests.factories import MembershipFactory, building_with_lots, expense_of, sign_in

LIST = "/expenses/"


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(office.organization, [600, 400], name="Résidence du Lac")


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_the_same_statements_for_any_number(office: Membership, building: Any, count: int) -> None:
    for _ in range(count):
        expense_of(building)
    client = sign_in(office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(LIST)
    assert response.status_code == 200
    assert len(queries) == 1  # and the session’s own


def test_the_list_finds_by_words_without_accents(office: Membership, building: Any) -> None:
    expense_of(building, description="Électricité des communs", number="E-1")
    expense_of(building, description="Nettoyage", number="N-1")
    page = sign_in(office).get(LIST, {"q": "electricite"}).content.decode()
    assert "E-1" in page
    assert "N-1" not in page


@pytest.mark.parametrize("query", ["sort=nonsense", "page=abc", "page=999999999999", "status=x", "sort=-amount&page=2"])
def test_a_strange_address_shows_the_list(office: Membership, building: Any, query: str) -> None:
    expense_of(building)
    assert sign_in(office).get(f"{LIST}?{query}").status_code == 200


def test_the_story_of_an_expense_in_the_browser(office: Membership, building: Any) -> None:
    second = MembershipFactory(organization=office.organization, role=Role.ACCOUNTANT)
    expense = expense_of(building, status=Expense.Status.DRAFT)
    first, other = sign_in(office), sign_in(second)
    first.post(f"/expenses/{expense.pk}/submit/")
    refused = first.post(f"/expenses/{expense.pk}/approve/", follow=True).content.decode()
    assert "une autre personne du bureau doit l&#39;approuver" in refused
    other.post(f"/expenses/{expense.pk}/reject/", {"reason": "Montant illisible"})
    assert "Montant illisible" in first.get(f"/expenses/{expense.pk}/").content.decode()
    first.post(f"/expenses/{expense.pk}/submit/")
    other.post(f"/expenses/{expense.pk}/approve/")
    other.post(f"/expenses/{expense.pk}/pay/", {"on": "2026-01-20"})
    expense.refresh_from_db()
    assert (expense.status, expense.paid_on) == ("paid", date(2026, 1, 20))


def test_the_page_shows_exact_part_odd_cent_and_holder(office: Membership) -> None:
    building = building_with_lots(office.organization, [187, 163, 151, 149, 142, 118, 90])
    expense = expense_of(building, "1240.02")
    page = sign_in(office).get(f"/expenses/{expense.pk}/").content.decode()
    assert "231,88374" in page
    assert "reste 0,374" in page
    assert "231,89\u00a0€" in page
    assert "01/01/2025 – 31/12/2025" in page


def test_ticked_expenses_are_approved_and_the_others_are_explained(office: Membership, building: Any) -> None:
    good = expense_of(building)
    late = expense_of(building, line_period_start=date(2018, 1, 1))
    page = sign_in(office).post("/expenses/approve/", {"expense": [good.pk, late.pk]}, follow=True).content.decode()
    assert "1 dépense est approuvée." in page
    assert "n&#39;a pas de titulaire du 01/01/2018 au 31/12/2018" in page
    assert list(Expense.objects.order_by("id").values_list("status", flat=True)) == ["approved", "submitted"]


def test_shares_that_do_not_add_up_are_said_in_figures(office: Membership, building: Any) -> None:
    building.total_shares = 1010
    building.save()
    expense = expense_of(building)
    page = sign_in(office).post(f"/expenses/{expense.pk}/approve/", follow=True).content.decode()
    assert "font 1\u202f000 sur 1\u202f010 : il en manque 10. Rien ne peut être approuvé." in page


def test_charges_per_lot_owner_and_category(office: Membership, building: Any) -> None:
    client = sign_in(office)
    client.post(
        "/expenses/approve/", {"expense": [expense_of(building, "100.01").pk, expense_of(building, "50.00").pk]}
    )
    expense_of(building, "999.99")  # not approved: it does not count
    page = client.get(f"/expenses/charges/{building.pk}/?first=2025-06-30&last=2025-06-30").content.decode()
    for amount in ("150,01", "90,01", "60,00", "610 Entretien et réparations"):
        assert amount in page
    assert "999,99" not in page.partition("Par lot")[2]


def test_a_span_that_ends_before_it_starts_is_explained(office: Membership, building: Any) -> None:
    response = sign_in(office).get(f"/expenses/charges/{building.pk}/?first=2025-12-31&last=2025-01-01")
    assert response.status_code == 422
    assert "Ce jour précède le premier" in response.content.decode()


def test_a_neighbour_sees_nothing(office: Membership, building: Any) -> None:
    expense = expense_of(building)
    neighbour = sign_in(MembershipFactory())
    assert expense.number not in neighbour.get(LIST).content.decode()
    for path in (
        f"{expense.pk}/",
        f"{expense.pk}/apportionment.pdf",
        f"charges/{building.pk}/",
        f"charges/{building.pk}/charges.xlsx",
    ):
        assert neighbour.get(f"{LIST}{path}").status_code == 404, path
    for step in ("submit", "approve", "reject", "pay", "unpay", "take-back"):
        assert neighbour.post(f"{LIST}{expense.pk}/{step}/", {"reason": "x", "on": "2026-01-01"}).status_code == 404, (
            step
        )


def test_a_reader_sees_given_buildings_and_changes_nothing(office: Membership, building: Any) -> None:
    other = expense_of(building_with_lots(office.organization, [1000]), number="OTHER-1")
    expense = expense_of(building, number="LAC-1")
    reader = MembershipFactory(organization=office.organization, role=Role.READER)
    BuildingAccess.objects.create(organization=office.organization, building=building, membership=reader)
    client = sign_in(reader)
    page = client.get(LIST).content.decode()
    assert "LAC-1" in page
    assert "OTHER-1" not in page
    assert client.get(f"{LIST}{other.pk}/").status_code == 404
    assert client.post(f"{LIST}{expense.pk}/approve/").status_code == 403


@pytest.mark.django_db
def test_strangers_are_sent_to_sign_in() -> None:
    assert Client().get(LIST)["Location"].startswith("/account/login/")


def test_credit_notes_lower_the_charges(office: Membership, building: Any) -> None:
    client = sign_in(office)
    ids = [expense_of(building, "100.00").pk, expense_of(building, "-30.00").pk]
    client.post("/expenses/approve/", {"expense": ids})
    with working_as(organization_id=office.organization_id, actor="test"):
        assert load_charges(building, date(2025, 1, 1), date(2025, 12, 31)).total == Decimal("70.00")


def test_no_payment_is_noted_for_a_day_to_come(office: Membership, building: Any) -> None:
    expense, client = expense_of(building), sign_in(office)
    client.post(f"/expenses/{expense.pk}/approve/")
    page = client.post(f"/expenses/{expense.pk}/pay/", {"on": "2999-01-01"}, follow=True).content.decode()
    assert "Indiquez le jour du paiement" in page
    expense.refresh_from_db()
    assert expense.paid_on is None


def test_the_list_of_one_building_keeps_to_three_statements(office: Membership, building: Any) -> None:
    for _ in range(30):
        expense_of(building)
    client = sign_in(office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(LIST, {"building": building.pk})
    assert page.status_code == 200
    assert len(queries) == 2  # and the session's own

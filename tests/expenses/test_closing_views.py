"""Closing a span, opening it again and withdrawing an approval, as the pages do it."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.models import ClosedSpan, Expense, Withdrawal
from tests.factories import building_with_lots, expense_of, sign_in

TODAY = date(2026, 1, 15)
SPAN = {"first": "2025-01-01", "last": "2025-12-31"}


@pytest.fixture
def building(office: Membership) -> Building:
    return building_with_lots(office.organization, [600, 400])


@pytest.fixture
def client(office: Membership, building: Building) -> Client:
    return sign_in(office)


@pytest.fixture
def approved(office: Membership, building: Building) -> Expense:
    expense = expense_of(building, "100.00")
    services.approve_expense(expense=expense, by=office.user, on=TODAY)
    return expense


def closings(building: Building) -> str:
    return reverse("expenses:closings", args=[building.pk])


def test_before_closing_the_page_tells_what_lies_in_the_span(client: Client, approved: Expense) -> None:
    expense_of(approved.building, "7.00")
    text = client.get(closings(approved.building), SPAN).text
    assert "1 dépense approuvée, 100,00" in text
    assert "1 dépense (7,00" in text


def test_a_span_is_closed_and_opened_again(client: Client, building: Building) -> None:
    assert client.post(closings(building), SPAN, follow=True).text.count("est clôturée") == 1
    span = ClosedSpan.objects.get()
    assert (span.starts_on, span.ends_on) == (date(2025, 1, 1), date(2026, 1, 1))
    page = client.post(reverse("expenses:reopen", args=[building.pk, span.pk]), {"reason": "Trop tôt"}, follow=True)
    assert "est rouverte" in page.text
    assert not ClosedSpan.objects.exists()


def test_a_span_is_opened_again_for_a_reason_alone(client: Client, building: Building) -> None:
    client.post(closings(building), SPAN)
    client.post(reverse("expenses:reopen", args=[building.pk, ClosedSpan.objects.get().pk]), {"reason": " "})
    assert ClosedSpan.objects.exists()


def test_days_that_are_closed_already_are_named(client: Client, building: Building) -> None:
    client.post(closings(building), SPAN)
    page = client.post(closings(building), {"first": "2025-12-01", "last": "2026-01-31"})
    assert page.status_code == 422
    assert "Les jours du 01/01/2025 au 31/12/2025 sont déjà clôturés" in page.text


def test_the_next_fiscal_year_is_proposed(client: Client, building: Building) -> None:
    client.post(closings(building), SPAN)
    assert 'value="2026-01-01"' in client.get(closings(building)).text


def test_an_approval_is_withdrawn_on_its_page_and_kept_there(client: Client, approved: Expense) -> None:
    page = client.post(reverse("expenses:withdraw", args=[approved.pk]), {"reason": "Mauvaise clé"}, follow=True)
    assert "L’approbation est retirée" in page.text
    assert Withdrawal.objects.get().reason == "Mauvaise clé"
    assert "Mauvaise clé" in page.text.partition("Approbations")[2]


def test_without_a_reason_no_approval_is_withdrawn(client: Client, approved: Expense) -> None:
    page = client.post(reverse("expenses:withdraw", args=[approved.pk]), {"reason": ""}, follow=True)
    assert "Dites en quelques mots pourquoi" in page.text
    assert not Withdrawal.objects.exists()


def test_in_a_closed_span_there_is_no_way_to_withdraw(client: Client, approved: Expense) -> None:
    client.post(closings(approved.building), SPAN)
    page = client.get(reverse("expenses:detail", args=[approved.pk])).text
    assert "est clôturée" in page
    assert "Retirer l’approbation" not in page
    refused = client.post(reverse("expenses:withdraw", args=[approved.pk]), {"reason": "Quand même"}, follow=True)
    assert "rien n’y est plus approuvé ni retiré" in refused.text


def test_the_charges_tell_what_is_left_out(client: Client, approved: Expense) -> None:
    expense_of(approved.building, "7.00")
    page = client.get(reverse("expenses:charges", args=[approved.building_id]), SPAN).text
    assert "1 dépense de ces jours (7,00" in page

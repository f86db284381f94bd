"""Nobody approves figures that they did not see."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.expenses import services
from apps.expenses.drafts import Head, change_expense, entry_of
from apps.expenses.models import Approval, Expense
from apps.expenses.queries import lines_to_split
from tests.accounts.clients import client_of, colleague
from tests.factories import NOON, building_with_lots, expense_of


@pytest.fixture
def expense(office: Membership) -> Expense:
    return expense_of(building_with_lots(office.organization, [600, 400]), "100.00", submitted_by=office.user)


@pytest.fixture
def client(office: Membership, expense: Expense) -> Client:
    return client_of(colleague(office, Role.ACCOUNTANT))


def shown_on(client: Client, expense: Expense) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', client.get(f"/expenses/{expense.pk}/").content.decode())
    assert found
    return found[1].replace("&#34;", '"')


def change(expense: Expense, office: Membership, **fields: object) -> None:
    services.take_back_expense(expense=expense)
    head = Head(expense.building, expense.supplier, expense.number, expense.date, expense.due_on, expense.description)
    lines = [replace(entry_of(line), **fields) for line in lines_to_split(expense)]
    change_expense(expense=expense, head=head, lines=lines)
    services.submit_expense(expense=expense, by=office.user, at=NOON)


@pytest.mark.parametrize(
    "fields",
    [
        {"net": Decimal(90), "gross": Decimal(90)},
        {"tenant_percent": Decimal(50)},
        {"period_end": date(2025, 12, 31)},
    ],
)
def test_what_changed_since_it_was_shown_is_not_approved(
    client: Client, office: Membership, expense: Expense, fields: dict
) -> None:
    shown = shown_on(client, expense)
    change(expense, office, **fields)
    page = client.post(f"/expenses/{expense.pk}/approve/", {"shown": shown}, follow=True).content.decode()
    assert "a été modifiée depuis que cette page s’est affichée" in page
    assert not Approval.objects.exists()
    client.post(f"/expenses/{expense.pk}/approve/", {"shown": shown_on(client, expense)})
    assert Approval.objects.count() == 1


def test_a_ticked_expense_of_another_amount_is_not_approved(
    client: Client, office: Membership, expense: Expense
) -> None:
    ticked = f"{expense.pk}:100.00"
    assert f'value="{ticked}"' in client.get("/expenses/?status=submitted").content.decode()
    change(expense, office, net=Decimal(90), gross=Decimal(90))
    page = client.post("/expenses/approve/", {"expense": [ticked]}, follow=True).content.decode()
    assert "son montant a changé" in page
    assert not Approval.objects.exists()
    client.post("/expenses/approve/", {"expense": [f"{expense.pk}:90.00"]})
    assert Approval.objects.count() == 1

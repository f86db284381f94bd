"""How many statements each page and each form takes: the numbers stand here, and hold for any number of rows."""

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.expenses.models import Expense
from apps.expenses.services import approve_expense, pay_expense
from apps.ops.loadtest.browser import sign_in
from apps.ops.loadtest.workload import Step, buildings_of, form_steps
from tests.factories import (
    PASSWORD,
    BuildingFactory,
    OwnerFactory,
    SupplierFactory,
    UnitFactory,
    building_with_lots,
    expense_of,
)
from tests.ops.test_loadtest_workload import ClientBrowser, send

TODAY, AWAY = date(2026, 1, 15), date(2024, 1, 15)
STATUSES = [*Expense.Status.values, "overdue"]

# Without the session's own, which goes to psycopg past Django's count: one more for every page and form.
PAGES = {
    "/ops/empty/": 0, "/profile/": 0,
    "/buildings/": 1, "/buildings/?page=2": 1, "/buildings/?q=residence+e": 1, "/buildings/?archived=1": 1,
    "/units/": 1, "/units/?page=2": 1, "/units/?q=l1": 1, "/units/?archived=1": 1, "/units/?sort=number": 1,
    "/owners/": 1, "/owners/?page=2": 1, "/owners/?q=claire+dubois": 1, "/owners/?archived=1": 1,
    "/expenses/": 1, "/expenses/?page=2": 1, "/expenses/?q=nettoyage": 1, "/expenses/?building={building}": 2,
    "/expenses/?status=draft": 1, "/expenses/?status=submitted": 1, "/expenses/?status=approved": 1,
    "/expenses/?status=paid": 1, "/expenses/?status=rejected": 1, "/expenses/?status=overdue": 1,
    "/expenses/suppliers/": 1, "/expenses/suppliers/?page=2": 1, "/expenses/suppliers/?q=fournisseur": 1,
    "/expenses/suppliers/?archived=1": 1,
}  # fmt: skip
# With the savepoint that here stands for the transaction, and what is judged at its end.
FORMS = {"POST building": 5, "POST unit": 7, "POST owner": 6, "POST expense": 9}


def statements_of(act: Any, *arguments: Any) -> tuple[int, Any]:
    with CaptureQueriesContext(connection) as captured:
        answer = act(*arguments)
    return len(captured), answer


def fill(office: Membership, count: int) -> Building:
    """So many rows in each list, and as many set aside; the expenses share the statuses among them."""
    for number in range(count):
        organization = office.organization
        building = building_with_lots(organization, [1000])
        UnitFactory(building=building, number="A1", share=0, archived_on=AWAY)
        BuildingFactory(organization=organization, archived_on=AWAY)
        OwnerFactory(organization=organization, archived_on=AWAY)
        SupplierFactory(organization=organization, archived_on=AWAY)
        expense(building, STATUSES[number % len(STATUSES)], office)
    return building


def expense(building: Building, status: str, office: Membership) -> None:
    is_handed_in = status in (Expense.Status.APPROVED, Expense.Status.PAID, "overdue")
    due_on = AWAY if status == "overdue" else date(2999, 1, 1)
    fields = {"due_on": due_on} if is_handed_in else {"status": status}
    if status == Expense.Status.REJECTED:
        fields["rejection"] = "Pièce illisible"
    made = expense_of(building, **fields)
    if is_handed_in:
        approve_expense(expense=made, by=office.user, on=TODAY)
    if status == Expense.Status.PAID:
        pay_expense(expense=made, on=TODAY)


@pytest.fixture(params=[1, 60])
def browser(office: Membership, request: pytest.FixtureRequest) -> ClientBrowser:
    """The manager of an office with so many rows in each list has signed in."""
    cache.clear()  # limits of failed sign-ins
    fill(office, request.param)
    connection.check_constraints()  # while the context is the one in which it was written
    found = ClientBrowser()
    sign_in(found, office.user.email, PASSWORD)
    return found


@pytest.mark.django_db
def test_a_page_takes_the_statements_that_it_took(browser: ClientBrowser) -> None:
    building = buildings_of(browser)[0]
    addresses = {path: path.format(building=building) for path in PAGES}
    for address in addresses.values():
        browser.get(address)  # what a process reads once, it has read
    assert {path: statements_of(browser.get, address)[0] for path, address in addresses.items()} == PAGES


@pytest.mark.django_db
def test_a_form_takes_the_statements_that_it_took(browser: ClientBrowser) -> None:
    steps = form_steps(browser, buildings_of(browser)[:1], TODAY)
    for step in steps:
        sent(browser, step, 1)
    assert {step.name: statements_of(sent, browser, step, 2)[0] for step in steps} == FORMS


def sent(browser: ClientBrowser, step: Step, number: int) -> None:
    status, _place, page = send(browser, step.targets[0], number)
    assert status == step.status, page

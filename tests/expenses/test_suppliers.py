"""Suppliers by hand: the list, one with its invoices, made, changed, set aside."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.expenses.models import Supplier
from koprogo.context import working_as
from tests.accounts.clients import client_of, colleague
from tests.accounts.test_editing import opened, typed
from tests.factories import MembershipFactory, SupplierFactory, building_with_lots, expense_of, sign_in

LIST, CREATE = "/expenses/suppliers/", "/expenses/suppliers/create/"
IBAN = "BE68539007547034"


def edit(client: Client, supplier: Supplier, **values: Any) -> Any:
    address = f"{LIST}{supplier.pk}/edit/"
    return client.post(address, opened(client, address) | values)


def test_a_supplier_is_made_once(office: Membership) -> None:
    client = client_of(office)
    form = opened(client, CREATE) | {"name": "Vivaqua", "enterprise_number": "0999.900.150", "iban": IBAN}
    answers = {client.post(CREATE, form).url for _twice in range(2)}
    supplier = Supplier.objects.get()
    assert answers == {f"{LIST}{supplier.pk}/"}
    assert (supplier.name, supplier.enterprise_number, supplier.iban) == ("Vivaqua", "0999900150", IBAN)


@pytest.mark.parametrize("name", ["NET&CLAIR srl", "--"])
def test_a_name_that_another_has_or_that_is_none_is_told_beside_it(office: Membership, name: str) -> None:
    SupplierFactory(organization=office.organization, name="Net & Clair SRL")
    client = client_of(office)
    answer = client.post(CREATE, opened(client, CREATE) | {"name": name})
    assert answer.status_code == 422
    assert answer.content.decode().count('class="field-error"') == 1
    assert typed(answer.content.decode())["name"].replace("&amp;", "&") == name


@pytest.mark.parametrize("double", [{"iban": IBAN}, {"enterprise_number": "0999900150"}])
def test_what_looks_like_the_same_supplier_is_told_once(office: Membership, double: dict[str, str]) -> None:
    SupplierFactory(organization=office.organization, name="Vivaqua", **double)
    client = client_of(office)
    page = client.post(CREATE, opened(client, CREATE) | {"name": "Hydrobru"} | double).content.decode()
    assert "Vivaqua a déjà ce" in page or "Vivaqua a déjà cet" in page
    assert client.post(CREATE, typed(page) | {"anyway": "yes"}).status_code == 302


def test_who_may_not_pay_neither_sees_nor_loses_the_iban(office: Membership) -> None:
    supplier = SupplierFactory(organization=office.organization, iban=IBAN)
    client = client_of(colleague(office, Role.ASSISTANT))
    for page in ("", "edit/"):
        shown = client.get(f"{LIST}{supplier.pk}/{page}").content.decode().replace(" ", "")
        assert IBAN not in shown
        assert "BE68••••••••7034" in shown
    assert edit(client, supplier, phone="02 555 01 02").status_code == 302
    supplier.refresh_from_db()
    assert (supplier.iban, supplier.phone) == (IBAN, "02 555 01 02")


def test_the_page_shows_its_invoices_latest_first_in_the_same_statements(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    supplier = SupplierFactory(organization=office.organization)
    expense_of(building, description="Autre")
    client = sign_in(office)
    counts = []
    for number in range(24):
        expense_of(building, supplier=supplier, description=f"Facture {number}", date=date(2025, 1, 1 + number))
        if number in (0, 23):
            client.get(f"{LIST}{supplier.pk}/")
            with CaptureQueriesContext(connection) as queries:
                page = client.get(f"{LIST}{supplier.pk}/").content.decode()
            counts.append(len(queries))
    assert counts == [2, 2]
    assert page.index("Facture 23") < page.index("Facture 1<") < page.index("Facture 0<")
    assert "Autre" not in page


def test_a_supplier_is_set_aside_whatever_its_invoices_wait_for(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    supplier = SupplierFactory(organization=office.organization)
    expense_of(building, supplier=supplier, description="Toiture")
    client = client_of(office)
    page = client.post(f"{LIST}{supplier.pk}/archive/", follow=True).content.decode()
    assert "Archivé le" in page
    assert supplier.name not in client.get(LIST).content.decode()
    assert supplier.name in client.get(f"{LIST}?archived=1").content.decode()
    assert "Toiture" in client.get("/expenses/").content.decode()
    client.post(f"{LIST}{supplier.pk}/restore/")
    assert supplier.name in client.get(LIST).content.decode()


def test_the_neighbours_suppliers_are_not_there(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        supplier = SupplierFactory(organization=neighbour.organization, name="Voisine", iban=IBAN)
    client = client_of(office)
    assert client.get(f"{LIST}{supplier.pk}/").status_code == 404
    answer = client.post(CREATE, opened(client, CREATE) | {"name": "Voisine", "iban": IBAN})
    assert answer.status_code == 302

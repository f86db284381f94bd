"""An owner's card by hand: made, changed, set aside, found."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.owners.models import Owner
from tests.accounts.clients import client_of, colleague
from tests.accounts.test_editing import opened, typed
from tests.factories import BuildingFactory, OwnerFactory, UnitFactory, hold

LIST, CREATE = "/owners/", "/owners/create/"
NEW = {"kind": "person", "name": "Lambert", "first_name": "Yves", "language": "nl", "postcode": "4000", "city": "Liège"}
IBAN = "BE68539007547034"


def edit(client: Client, owner: Owner, **values: Any) -> Any:
    address = f"{LIST}{owner.pk}/edit/"
    return client.post(address, opened(client, address) | values)


def test_an_owner_is_made_with_the_next_free_code(office: Membership) -> None:
    OwnerFactory(organization=office.organization, code="C0007")
    client = client_of(office)
    form = opened(client, CREATE) | NEW | {"email": "yves@example.be", "iban": "be68 5390 0754 7034"}
    answer = client.post(CREATE, form)
    owner = Owner.objects.latest("pk")
    assert answer.url == f"{LIST}{owner.pk}/"
    assert (owner.code, owner.full_name, owner.language, owner.iban, owner.country) == (
        "C0008", "Yves Lambert", "nl", IBAN, "BE",
    )  # fmt: skip
    assert client.post(CREATE, form).url == answer.url
    assert Owner.objects.count() == 2


def test_a_code_that_another_has_is_told_beside_it(office: Membership) -> None:
    OwnerFactory(organization=office.organization, code="LAM")
    client = client_of(office)
    page = client.post(CREATE, opened(client, CREATE) | NEW | {"code": "LAM"}).content.decode()
    assert "Un autre copropriétaire a déjà ce code." in page
    assert typed(page)["name"] == "Lambert"


@pytest.mark.parametrize(
    ("stored", "doubts"),
    [
        ({"name": "LAMBERT", "first_name": "yves", "postcode": "4000"}, True),
        ({"name": "Lambert", "first_name": "Yves", "postcode": "5000"}, False),
        ({"name": "Lambert", "first_name": "Yvette", "postcode": "4000"}, False),
        ({"name": "Lambert", "first_name": "", "postcode": "4000"}, False),
        ({"name": "Lambert", "first_name": "Yves Marie", "postcode": "4000"}, False),
        ({"name": "Autre", "first_name": "", "enterprise_number": "0999900150"}, True),
    ],
)
def test_what_looks_like_the_same_owner_is_told_once(office: Membership, stored: dict[str, str], doubts: bool) -> None:
    OwnerFactory(organization=office.organization, **stored)
    client = client_of(office)
    answer = client.post(CREATE, opened(client, CREATE) | NEW | {"enterprise_number": "0999.900.150"})
    assert answer.status_code == (422 if doubts else 302)
    if doubts:
        page = answer.content.decode()
        assert "Créer malgré tout" in page
        assert client.post(CREATE, typed(page) | {"anyway": "yes"}).status_code == 302
    assert Owner.objects.count() == 2


def test_an_owner_that_doubled_another_is_not_asked_about_again(office: Membership) -> None:
    for _twice in range(2):
        owner = OwnerFactory(organization=office.organization, name="Lambert", first_name="Yves", postcode="4000")
    assert edit(client_of(office), owner, phone="04 123 45 67").status_code == 302


def test_who_may_not_pay_neither_sees_nor_loses_the_iban(office: Membership) -> None:
    owner = OwnerFactory(organization=office.organization, iban=IBAN)
    client = client_of(colleague(office, Role.ASSISTANT))
    page = client.get(f"{LIST}{owner.pk}/edit/").content.decode().replace(" ", "")
    assert IBAN not in page
    assert "BE68••••••••7034" in page
    edit(client, owner, name="Lambrecht")
    owner.refresh_from_db()
    assert (owner.name, owner.iban) == ("Lambrecht", IBAN)


def test_who_may_pay_sees_the_iban_and_may_empty_it(office: Membership) -> None:
    owner = OwnerFactory(organization=office.organization, iban=IBAN)
    client = client_of(office)
    assert "BE68 5390 0754 7034" in client.get(f"{LIST}{owner.pk}/edit/").content.decode()
    edit(client, owner, iban="")
    owner.refresh_from_db()
    assert owner.iban == ""


def test_what_is_wrong_stands_beside_its_field(office: Membership) -> None:
    client = client_of(office)
    wrong = {"kind": "robot", "email": "yves", "iban": "BE00", "enterprise_number": "12", "street": "Rue 1", "city": ""}
    answer = client.post(CREATE, opened(client, CREATE) | NEW | wrong)
    assert answer.status_code == 422
    assert answer.content.decode().count('class="field-error"') == 5


# --- Set aside ---
@pytest.mark.parametrize(("ends_in", "is_archived"), [(None, False), (30, False), (0, True), (-30, True)])
def test_who_holds_a_lot_today_or_later_stays_in_use(
    office: Membership, ends_in: int | None, is_archived: bool
) -> None:
    owner = OwnerFactory(organization=office.organization)
    unit = UnitFactory(building=BuildingFactory(organization=office.organization), number="4D")
    today = timezone.localdate()
    ends_on = None if ends_in is None else today + timedelta(days=ends_in)
    hold(unit, (owner, "full", 1), ends_on=ends_on)
    if ends_on:
        hold(unit, (OwnerFactory(organization=office.organization), "full", 1), starts_on=ends_on)
    page = client_of(office).post(f"{LIST}{owner.pk}/archive/", follow=True).content.decode()
    owner.refresh_from_db()
    assert owner.is_archived == is_archived
    assert ("Fiche archivée le" if is_archived else "lot 4D") in page


def test_an_archived_owner_leaves_the_list_and_comes_back(office: Membership) -> None:
    owner = OwnerFactory(organization=office.organization, name="Évrard", archived_on=date(2026, 1, 1))
    client = client_of(office)
    assert "Évrard" not in client.get(LIST).content.decode()
    assert "Évrard" in client.get(f"{LIST}?archived=1").content.decode()
    client.post(f"{LIST}{owner.pk}/restore/")
    assert "Évrard" in client.get(LIST).content.decode()


@pytest.mark.parametrize("words", ["Yves Lambert", "Lambert Yves", "lam  yv", "lambert p1"])
def test_each_word_of_a_search_is_looked_for(office: Membership, words: str) -> None:
    OwnerFactory(organization=office.organization, code="P1", name="Lambert", first_name="Yves")
    OwnerFactory(organization=office.organization, code="P2", name="Lambert", first_name="Anne")
    page = client_of(office).get(LIST, {"q": words}).content.decode()
    assert "Lambert Yves" in page
    assert "Lambert Anne" not in page

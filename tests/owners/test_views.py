"""The list of owners, an owner's page, and which owners a member with the role of co-owner is."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.buildings.models import BuildingAccess
from apps.owners.models import Owner, OwnerAccess
from koprogo.context import working_as
from tests.accounts.clients import client_of, colleague
from tests.factories import (
    BuildingFactory,
    MembershipFactory,
    OwnerFactory,
    UnitFactory,
    building_with_lots,
    hold,
    sign_in,
)

LIST = "/owners/"


@pytest.fixture
def claire(office: Membership) -> Any:
    return OwnerFactory(
        organization=office.organization, code="DUBC", name="Dubois", email="claire@example.be", phone="0475 12 34 56",
        iban="BE68539007547034", street="Rue Haute 3", postcode="1000", city="Bruxelles",
    )  # fmt: skip


def lot(office: Membership, building: str = "Les Tilleuls", number: str = "A1", position: int = 1) -> Any:
    found = BuildingFactory(organization=office.organization, name=building)
    return UnitFactory(building=found, number=number, position=position)


def reader_of(*units: Any) -> Membership:
    reader = MembershipFactory(organization=units[0].organization, role=Role.READER)
    for unit in units:
        BuildingAccess.objects.create(organization=unit.organization, membership=reader, building=unit.building)
    return reader


@pytest.mark.parametrize("count", [2, 25])
def test_the_list_takes_the_same_statements_for_any_number(office: Membership, count: int) -> None:
    building_with_lots(office.organization, [10] * count)
    client = sign_in(office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(LIST)
    assert response.content.decode().count('<th scope="row">') == count
    assert len(queries) == 1  # and the session's own, prepared beside Django


def test_a_further_page_is_announced_by_the_same_statement(office: Membership) -> None:
    building_with_lots(office.organization, [10] * 26)
    client = sign_in(office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(LIST)
    assert response.content.decode().count('<th scope="row">') == 25
    assert len(queries) == 1  # and the session’s own


def test_the_list_shows_the_lots_held_today_by_building(office: Membership, claire: Any) -> None:
    first = lot(office, number="A2", position=2)
    second = UnitFactory(building=first.building, number="A1", position=1)
    sold = UnitFactory(building=first.building, number="A-9", position=9)
    hold(first, (claire, "full", 1))
    hold(second, (claire, "usufruct", 1), (OwnerFactory(organization=office.organization), "bare", 1))
    hold(lot(office, "Parc Royal", "12"), (claire, "full", 1))
    hold(sold, (claire, "full", 1), ends_on=date(2020, 1, 1))
    page = sign_in(office).get(LIST, {"q": "dubois"}).content.decode()
    assert "Les Tilleuls : A1, A2 · Parc Royal : 12" in page
    assert "A-9" not in page


def test_many_lots_are_cut_and_counted(office: Membership, claire: Any) -> None:
    building = BuildingFactory(organization=office.organization, name="Tour")
    for i in range(1, 9):
        hold(UnitFactory(building=building, number=f"P{i}", position=i), (claire, "full", 1))
    assert "Tour : P1, P2, P3, P4, P5, P6 … (+ 2)" in sign_in(office).get(LIST).content.decode()


def test_the_list_finds_by_name_and_code_and_sorts(office: Membership) -> None:
    for code, name in [("B1", "Évrard"), ("A1", "Zola"), ("C1", "Adam")]:
        OwnerFactory(organization=office.organization, code=code, name=name)
    client = sign_in(office)
    assert "Zola" not in client.get(LIST, {"q": "EVR"}).content.decode()
    assert "Zola" in client.get(LIST, {"q": "a1"}).content.decode()
    by_name, by_code = client.get(LIST).content.decode(), client.get(LIST, {"sort": "code"}).content.decode()
    assert by_name.index("Adam") < by_name.index("Évrard") < by_name.index("Zola")
    assert by_code.index("Zola") < by_code.index("Évrard") < by_code.index("Adam")


def test_who_pages_through_more_than_a_hundred_names_reads_in_bulk(office: Membership) -> None:
    OwnerFactory.create_batch(102, organization=office.organization)
    for page in ("1", "4", "5"):
        client_of(office).get("/owners/", {"page": page})
    event = AuditEvent.objects.get(action="read_in_bulk")
    assert (event.actor_id, event.changes["rows"]) == (office.user_id, [None, "101–102"])


@pytest.mark.parametrize(
    "query", ["sort=nonsense", "page=abc", "page=99999999999", "page=7", "q=%00%25_'", "sort=-city"]
)
def test_a_strange_address_shows_the_list(office: Membership, claire: Any, query: str) -> None:
    assert sign_in(office).get(f"{LIST}?{query}").status_code == 200


def test_what_is_typed_and_stored_is_escaped(office: Membership) -> None:
    OwnerFactory(organization=office.organization, name="<script>alert(1)</script>")
    page = sign_in(office).get(LIST, {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "<script>alert" not in sign_in(office).get(LIST).content.decode()


def test_the_page_shows_contact_lots_and_rights(office: Membership, claire: Any) -> None:
    unit = lot(office)
    other = OwnerFactory(organization=office.organization)
    hold(unit, (claire, "full", 1), ends_on=date(2021, 1, 1))
    hold(unit, (claire, "full", "1/2"), (other, "full", "1/2"), starts_on=date(2021, 1, 1))
    page = sign_in(office).get(f"{LIST}{claire.pk}/").content.decode()
    for text in ["claire@example.be", "tel:0475123456", "pleine propriété, 1/2", "31/12/2020"]:
        assert text in page


def test_the_account_is_whole_for_those_who_pay_alone(office: Membership, claire: Any) -> None:
    page = {
        role: client_of(colleague(office, role)).get(f"{LIST}{claire.pk}/").content.decode().replace(" ", "")
        for role in [Role.ACCOUNTANT, Role.ASSISTANT]
    }
    assert "BE68539007547034" in page[Role.ACCOUNTANT]
    assert "BE68539007547034" not in page[Role.ASSISTANT]
    assert "BE68••••••••7034" in page[Role.ASSISTANT]


def test_a_reader_sees_neither_e_mail_nor_phone_nor_account(office: Membership, claire: Any) -> None:
    unit = lot(office)
    hold(unit, (claire, "full", 1))
    page = sign_in(reader_of(unit)).get(f"{LIST}{claire.pk}/").content.decode()
    assert "Rue Haute 3" in page
    for hidden in ["claire@example.be", "0475", "7034", "E-mail", "IBAN"]:
        assert hidden not in page


def test_a_reader_sees_owners_and_lots_of_the_buildings_given_only(office: Membership, claire: Any) -> None:
    seen, hidden = lot(office), lot(office, "Parc Royal", "Z99")
    stranger = OwnerFactory(organization=office.organization, name="Ailleurs")
    hold(seen, (claire, "full", 1))
    hold(hidden, (claire, "full", 1), ends_on=date(2030, 1, 1))
    hold(hidden, (stranger, "full", 1), starts_on=date(2030, 1, 1))
    client = sign_in(reader_of(seen))
    for page in (client.get(LIST).content.decode(), client.get(f"{LIST}{claire.pk}/").content.decode()):
        assert "Les Tilleuls" in page
        assert "Parc Royal" not in page
        assert "Ailleurs" not in page
    assert client.get(f"{LIST}{stranger.pk}/").status_code == 404


def test_the_neighbours_owners_are_not_there(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        owner = OwnerFactory(organization=neighbour.organization, name="Voisine")
    client = sign_in(office)
    assert "Voisine" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{owner.pk}/").status_code == 404


def test_a_manager_says_which_owner_a_member_is(office: Membership, claire: Any) -> None:
    member = MembershipFactory(organization=office.organization, role=Role.OWNER)
    client, address = sign_in(office), f"/owners/access/{member.pk}/"
    assert "DUBC" in client.get(address, {"q": "dubc"}).content.decode()
    for step in ["link", "link", "unlink", "unlink"]:
        assert client.post(address, {"owner": claire.pk, "step": step}).status_code == 302
    events = AuditEvent.objects.filter(table="owners_owneraccess").order_by("id")
    assert list(events.values_list("action", flat=True)) == ["insert", "delete"]


def test_only_owners_of_this_organization_can_be_linked(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        stranger = OwnerFactory(organization=neighbour.organization)
    member = MembershipFactory(organization=office.organization, role=Role.OWNER)
    response = sign_in(office).post(f"/owners/access/{member.pk}/", {"owner": stranger.pk, "step": "link"}, follow=True)
    assert "Rien n’a changé" in response.content.decode()
    assert not OwnerAccess.objects.exists()


def test_access_is_for_members_with_the_role_of_co_owner(office: Membership) -> None:
    client, neighbour = sign_in(office), MembershipFactory(role=Role.OWNER)
    assert client.get(f"/owners/access/{neighbour.pk}/").status_code == 404
    assert client.get(f"/owners/access/{office.pk}/").status_code == 404
    accountant = MembershipFactory(organization=office.organization, role=Role.ACCOUNTANT)
    member = MembershipFactory(organization=office.organization, role=Role.OWNER)
    assert sign_in(accountant).get(f"/owners/access/{member.pk}/").status_code == 403
    assert Owner.objects.count() == 0

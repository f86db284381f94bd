"""The list of buildings, its limits, and which buildings a reader sees."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.buildings.models import BuildingAccess
from koprogo.context import working_as
from tests.factories import BuildingFactory, MembershipFactory, UnitFactory, building_with_lots, sign_in

LIST = "/buildings/"


def give(reader: Membership, *buildings: Any) -> None:
    for building in buildings:
        BuildingAccess.objects.create(organization=reader.organization, membership=reader, building=building)


def reader_of(office: Membership) -> Membership:
    return MembershipFactory(organization=office.organization, role=Role.READER)


@pytest.mark.parametrize("count", [2, 25])
def test_the_list_takes_the_same_statements_for_any_number(office: Membership, count: int) -> None:
    for i in range(count):
        building_with_lots(office.organization, [600, 400], reference=f"R{i}")
    client = sign_in(office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(LIST)
    assert response.content.decode().count('<th scope="row">') == count
    assert len(queries) == 1  # and the session's own, prepared beside Django


def test_a_lot_that_was_set_aside_is_not_counted(office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 400])
    UnitFactory(building=building, number="X", share=0, archived_on=date(2025, 1, 1))
    assert '<td class="num">2</td>' in sign_in(office).get(LIST).content.decode()


def test_a_further_page_is_announced_by_the_same_statement(office: Membership) -> None:
    for i in range(26):
        building_with_lots(office.organization, [600, 400], reference=f"R{i}")
    client = sign_in(office)
    client.get(LIST)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(LIST)
    assert response.content.decode().count('<th scope="row">') == 25
    assert len(queries) == 1  # and the session’s own


def test_the_list_says_whether_the_shares_add_up(office: Membership) -> None:
    building_with_lots(office.organization, [600, 400], name="Juste")
    UnitFactory(building=BuildingFactory(organization=office.organization, name="Trop peu"), share=987)
    UnitFactory(building=BuildingFactory(organization=office.organization, name="Trop"), share=1002)
    BuildingFactory(organization=office.organization, name="Vide")
    page = sign_in(office).get(LIST).content.decode()
    states = [part.split("</td>")[0] for part in page.split("state state-")[1:]]
    assert states == [
        'green">complètes</span>', 'red">en trop : 2</span>',
        'red">il manque 13</span>', 'red">il manque 1\u202f000</span>',
    ]  # fmt: skip


def test_the_list_finds_by_words_without_accents_and_sorts(office: Membership) -> None:
    for name, city in [("Église", "Namur"), ("Beffroi", "Mons"), ("Les Églantiers", "Arlon")]:
        BuildingFactory(organization=office.organization, name=name, city=city)
    client = sign_in(office)
    found = client.get(LIST, {"q": "egl"}).content.decode()
    assert "Église" in found
    assert "Les Églantiers" in found
    assert "Beffroi" not in found
    by_city = client.get(LIST, {"sort": "-city"}).content.decode()
    assert by_city.index("Namur") < by_city.index("Mons") < by_city.index("Arlon")


def test_the_second_page_goes_on(office: Membership) -> None:
    for i in range(30):
        BuildingFactory(organization=office.organization, name=f"Immeuble {i:02}")
    page = sign_in(office).get(LIST, {"page": 2}).content.decode()
    assert "Immeuble 24" not in page
    assert "Immeuble 25" in page
    assert "sur 30" in page


@pytest.mark.parametrize("query", ["sort=nonsense", "sort=-", "page=abc", "page=0", "page=99999999999", "q=%00%25_'"])
def test_a_strange_address_shows_the_list(office: Membership, query: str) -> None:
    BuildingFactory(organization=office.organization)
    assert sign_in(office).get(f"{LIST}?{query}").status_code == 200


def test_htmx_gets_the_table_alone_and_the_whole_page_on_the_way_back(office: Membership) -> None:
    client = sign_in(office)
    assert "<html" not in client.get(LIST, headers={"HX-Request": "true"}).content.decode()
    back = client.get(LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in back.content.decode()


def test_the_neighbours_buildings_are_not_there(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        building = BuildingFactory(organization=neighbour.organization, name="Chez le voisin")
    client = sign_in(office)
    assert "Chez le voisin" not in client.get(LIST).content.decode()
    for tab in ["", "units/", "keys/", "holders/", "expenses/"]:
        assert client.get(f"{LIST}{building.pk}/{tab}").status_code == 404


def test_a_reader_sees_only_the_buildings_given(office: Membership) -> None:
    given = BuildingFactory(organization=office.organization, name="Donnée")
    hidden = BuildingFactory(organization=office.organization, name="Cachée")
    reader = reader_of(office)
    give(reader, given)
    client = sign_in(reader)
    page = client.get(LIST).content.decode()
    assert "Donnée" in page
    assert "Cachée" not in page
    assert client.get(f"{LIST}{given.pk}/").status_code == 200
    for tab in ["", "units/", "keys/", "holders/", "expenses/"]:
        assert client.get(f"{LIST}{hidden.pk}/{tab}").status_code == 404


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        (Role.MANAGER, "Reprenez une première copropriété"),
        (Role.ASSISTANT, "Le gestionnaire ou le comptable du bureau peut reprendre"),
        (Role.READER, "Aucun immeuble ne vous est encore ouvert"),
    ],
)
def test_an_empty_list_says_what_to_do(office: Membership, role: str, sentence: str) -> None:
    member = MembershipFactory(organization=office.organization, role=role)
    assert sentence in sign_in(member).get(LIST).content.decode()


def test_a_manager_gives_and_takes_buildings(office: Membership) -> None:
    kept, taken, new = (BuildingFactory(organization=office.organization) for _ in range(3))
    reader = reader_of(office)
    give(reader, kept, taken)
    client, address = sign_in(office), f"/buildings/access/{reader.pk}/"
    assert client.get(address).content.decode().count(" checked") == 2
    response = client.post(address, {"buildings": [kept.pk, new.pk]})
    assert response.status_code == 302
    given = BuildingAccess.objects.filter(membership=reader).values_list("building_id", flat=True)
    assert set(given) == {kept.pk, new.pk}


def test_giving_buildings_is_audited_by_the_rows(office: Membership) -> None:
    building, reader = BuildingFactory(organization=office.organization), reader_of(office)
    client = sign_in(office)
    for buildings in [[building.pk], [building.pk], []]:
        client.post(f"/buildings/access/{reader.pk}/", {"buildings": buildings})
    events = AuditEvent.objects.filter(table="buildings_buildingaccess").order_by("id")
    assert list(events.values_list("action", flat=True)) == ["insert", "delete"]


def test_a_building_of_the_neighbour_cannot_be_given(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        building = BuildingFactory(organization=neighbour.organization)
    BuildingFactory(organization=office.organization)
    reader = reader_of(office)
    response = sign_in(office).post(f"/buildings/access/{reader.pk}/", {"buildings": [building.pk]})
    assert response.status_code == 422
    assert not BuildingAccess.objects.filter(membership=reader).exists()


def test_access_is_for_the_readers_of_this_organization(office: Membership) -> None:
    client, neighbour = sign_in(office), MembershipFactory(role=Role.READER)
    assert client.get(f"/buildings/access/{neighbour.pk}/").status_code == 404
    assert client.get(f"/buildings/access/{office.pk}/").status_code == 404
    assistant = MembershipFactory(organization=office.organization, role=Role.ASSISTANT)
    assert sign_in(assistant).get(f"/buildings/access/{reader_of(office).pk}/").status_code == 403

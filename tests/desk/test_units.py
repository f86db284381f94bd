"""The list of lots over all buildings, and the page of one lot."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.models import BuildingAccess
from apps.expenses.services import approve_expense
from apps.owners.models import Holding, OpeningBalance
from apps.units.models import Unit
from koprogo.context import working_as
from tests.factories import (
    BuildingFactory,
    MembershipFactory,
    OwnerFactory,
    UnitFactory,
    building_with_lots,
    expense_of,
    hold,
    sign_in,
)

LIST = "/units/"


def owner(office: Membership, first_name: str, name: str) -> Any:
    return OwnerFactory(organization=office.organization, code=name.upper(), first_name=first_name, name=name)


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


def test_the_list_names_who_holds_each_lot_today(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization)
    anne, yves, zoe = (owner(office, *names) for names in [("Anne", "Lambert"), ("Yves", "Lannoy"), ("Zoé", "Petit")])
    couple, usufruct, sold, nobody = (UnitFactory(building=building, position=i) for i in range(4))
    hold(couple, (yves, "full", "1/2"), (anne, "full", "1/2"))
    hold(usufruct, (anne, "usufruct", 1), (zoe, "bare", 1))
    hold(sold, (anne, "full", 1), ends_on=date(2024, 5, 1))
    hold(sold, (zoe, "full", 1), starts_on=date(2024, 5, 1))
    hold(nobody, (anne, "full", 1), ends_on=date(2024, 5, 1))
    page = sign_in(office).get(LIST).content.decode()
    holders = [row.split("<td>")[2].split("</td>")[0] for row in page.split("<tbody>")[1].split("</tr>")[:4]]
    assert holders == [
        "Anne Lambert, Yves Lannoy", "Anne Lambert (usufruit), Zoé Petit (nue-propriété)", "Zoé Petit",
        '<span class="state state-amber">personne</span>',
    ]  # fmt: skip


def test_the_list_goes_by_building_and_position_unless_asked_otherwise(office: Membership) -> None:
    for name, number, position in [("Zénith", "N1", 1), ("Aurore", "N10", 2), ("Aurore", "N9", 1)]:
        found = office.organization
        building = BuildingFactory._meta.model.objects.filter(name=name).first() or BuildingFactory(
            organization=found, name=name
        )
        UnitFactory(building=building, number=number, position=position)
    client = sign_in(office)

    def order(query: str) -> list[str]:
        page = client.get(f"{LIST}?{query}").content.decode()
        return [row.split("</a>")[0].split(">")[-1] for row in page.split('<th scope="row">')[1:]]

    assert order("") == ["N9", "N10", "N1"]
    assert order("sort=-building") == ["N1", "N10", "N9"]
    assert order("sort=number") == ["N1", "N10", "N9"]
    assert order("q=zenith") == ["N1"]
    assert order("q=n9") == ["N9"]


@pytest.mark.parametrize(
    "query", ["sort=nonsense", "page=abc", "page=99999999999", "page=7", "q=%00%25_'", "sort=-share"]
)
def test_a_strange_address_shows_the_list(office: Membership, query: str) -> None:
    building_with_lots(office.organization, [10])
    assert sign_in(office).get(f"{LIST}?{query}").status_code == 200


def test_the_neighbours_lots_are_not_there(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        unit = UnitFactory(building=BuildingFactory(organization=neighbour.organization), number="VOISIN")
    client = sign_in(office)
    assert "VOISIN" not in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{unit.pk}/").status_code == 404


def test_a_reader_sees_the_lots_of_the_buildings_given_only(office: Membership) -> None:
    given = UnitFactory(building=BuildingFactory(organization=office.organization), number="VU")
    hidden = UnitFactory(building=BuildingFactory(organization=office.organization), number="CACHE")
    reader = MembershipFactory(organization=office.organization, role=Role.READER)
    BuildingAccess.objects.create(organization=office.organization, membership=reader, building=given.building)
    client = sign_in(reader)
    page = client.get(LIST).content.decode()
    assert "VU" in page
    assert "CACHE" not in page
    assert client.get(f"{LIST}{given.pk}/").status_code == 200
    assert client.get(f"{LIST}{hidden.pk}/").status_code == 404


def test_the_page_of_a_lot_tells_its_holders_weights_balances_and_parts(office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 400], name="Les Tilleuls")
    unit = Unit.objects.get(building=building, number="L1")
    holding = Holding.objects.get(unit=unit)
    holding.ends_on = date(2025, 4, 1)
    holding.save()
    anne, zoe = owner(office, "Anne", "Lambert"), owner(office, "Zoé", "Petit")
    hold(unit, (anne, "usufruct", 1), (zoe, "bare", 1), starts_on=date(2025, 4, 1))
    OpeningBalance.objects.create(
        organization=office.organization, building=building, holder=holding.holder, kind="current",
        amount=Decimal("-12.37"), on=date(2025, 1, 1),
    )  # fmt: skip
    approve_expense(expense=expense_of(building, "1000.00"), by=office.user, on=date(2025, 7, 1))
    page = sign_in(office).get(f"{LIST}{unit.pk}/").content.decode()
    for text in [
        "31/03/2025",
        "01/04/2025",
        "nue-propriété",
        "usufruit",
        "Quotités générales",
        "600,00",
        "12,37",
        "600 sur",
    ]:
        assert text in page


def test_a_lot_without_anything_says_so(office: Membership) -> None:
    unit = UnitFactory(building=BuildingFactory(organization=office.organization))
    page = sign_in(office).get(f"{LIST}{unit.pk}/").content.decode()
    for sentence in ["Personne ne détient ce lot", "n’a de poids dans aucune clé", "Aucune dépense approuvée"]:
        assert sentence in page

"""The first page: the office's day, a reader's share of it, an owner's own lots."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.models import BuildingAccess
from apps.expenses.models import Expense
from apps.expenses.services import approve_expense
from apps.owners.services import link_owner
from koprogo.context import working_as
from tests.factories import (
    BuildingFactory,
    MembershipFactory,
    OwnerFactory,
    UnitFactory,
    UserFactory,
    building_with_lots,
    expense_of,
    hold,
    sign_in,
)

Status = Expense.Status


def home(membership: Membership) -> str:
    response = sign_in(membership).get("/")
    assert response.status_code == 200
    return response.content.decode()


def figures(page: str) -> list[str]:
    return [part.split("</a>")[0].split(">")[-1] for part in page.split("figure-value")[1:]]


def test_the_dashboard_counts_what_waits(office: Membership) -> None:
    building, today = building_with_lots(office.organization, [600, 400]), timezone.localdate()
    for status in [Status.DRAFT, Status.DRAFT, Status.SUBMITTED]:
        expense_of(building, status=status)
    expense_of(building, status=Status.REJECTED, rejection="Illisible")
    for description, due_on in [("Échue hier", today - timedelta(days=1)), ("À temps", today), ("Sans", None)]:
        approve_expense(
            expense=expense_of(building, description=description, due_on=due_on), by=office.user, on=date(2026, 1, 2)
        )
    page = home(office)
    assert figures(page) == ["1", "2", "1", "1"]
    assert "Échue hier" in page.split("Dernières dépenses")[0]
    assert "À temps" not in page.split("Dernières dépenses")[0]


@pytest.mark.parametrize("count", [1, 30])
def test_the_dashboard_takes_the_same_statements_for_any_number(office: Membership, count: int) -> None:
    for i in range(count):
        expense_of(building_with_lots(office.organization, [600, 400], reference=f"R{i}"))
    client = sign_in(office)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert len(queries) == 5  # and the session's own, prepared beside Django


def test_the_dashboard_names_buildings_whose_shares_are_off(office: Membership) -> None:
    building_with_lots(office.organization, [600, 400], name="Juste")
    UnitFactory(building=BuildingFactory(organization=office.organization, name="Trop court"), share=999)
    alert = home(office).split("alert-danger")[1].split("</ul>")[0]
    assert "Trop court</a> – 999 / 1\u202f000 : il manque 1" in alert
    assert "Juste" not in alert


def test_an_empty_office_is_led_to_the_takeover(office: Membership) -> None:
    page = home(office)
    assert "/takeover/" in page
    assert "/takeover/template.xlsx" in page


def test_the_dashboard_of_a_reader_stays_within_the_buildings_given(office: Membership) -> None:
    given = building_with_lots(office.organization, [600], name="Donnée")
    hidden = building_with_lots(office.organization, [600], name="Cachée")
    BuildingFactory(organization=office.organization, name="Vide et cachée")
    expense_of(given, description="Visible")
    expense_of(hidden, description="Invisible")
    reader = MembershipFactory(organization=office.organization, role=Role.READER)
    assert "Aucun immeuble ne vous est encore ouvert" in home(reader)
    BuildingAccess.objects.create(organization=office.organization, membership=reader, building=given)
    page = home(reader)
    assert figures(page) == ["1", "0", "0", "0"]
    assert "Visible" in page
    for text in ["Invisible", "Cachée", "cachée", "/takeover/"]:
        assert text not in page


def test_the_neighbours_work_is_not_there(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        expense_of(building_with_lots(neighbour.organization, [600], name="Voisin"), description="Voisine")
    building_with_lots(office.organization, [600])
    page = home(office)
    assert "Voisin" not in page
    assert figures(page) == ["0", "0", "0", "0"]


@pytest.fixture
def co_owner(office: Membership) -> Any:
    return MembershipFactory(organization=office.organization, role=Role.OWNER)


def test_an_owner_not_yet_linked_reads_what_to_do(office: Membership, co_owner: Any) -> None:
    assert "Vos lots ne sont pas encore reliés à votre compte" in home(co_owner)


def test_an_owner_sees_their_own_lots_and_nobody_elses(office: Membership, co_owner: Any) -> None:
    building = BuildingFactory(organization=office.organization, name="Les Tilleuls")
    mine, theirs, sold = (UnitFactory(building=building, number=each) for each in ["MIEN", "AUTRUI", "VENDU"])
    me, you = OwnerFactory(organization=office.organization, name="Moi"), OwnerFactory(organization=office.organization)
    hold(mine, (me, "full", "1/2"), (you, "full", "1/2"), starts_on=date(2020, 5, 4))
    hold(theirs, (you, "full", 1))
    hold(sold, (me, "full", 1), ends_on=date(2021, 1, 1))
    link_owner(membership=co_owner, owner=me)
    page = home(co_owner)
    for text in ["Les Tilleuls", "MIEN", "pleine propriété, 1/2", "04/05/2020", "VENDU", "31/12/2020"]:
        assert text in page
    assert "AUTRUI" not in page
    assert "/buildings/" not in page


@pytest.mark.parametrize("address", ["/buildings/", "/units/", "/owners/", "/owners/access/1/", "/buildings/access/1/"])
def test_an_owner_enters_no_page_of_the_office(office: Membership, co_owner: Any, address: str) -> None:
    assert sign_in(co_owner).get(address).status_code == 403


def test_who_has_no_organization_is_led_to_choose(office: Membership) -> None:
    client = Client()
    client.force_login(UserFactory())
    assert client.get("/").headers["Location"] == "/organizations/"


def test_the_first_page_takes_no_post(office: Membership) -> None:
    assert sign_in(office).post("/").status_code == 405

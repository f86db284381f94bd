"""A page of a list by one prepared statement: what it finds, and that PostgreSQL keeps it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import IntegerField, Value
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.buildings.queries import BUILDING_FIELDS, BUILDING_ORDERS, BuildingRow
from apps.units.models import Unit
from koprogo import listing
from koprogo.context import Context, enter
from koprogo.listing import Listing, Page, each_word, read_page, with_each_word
from koprogo.prepared import Question
from tests.factories import BuildingFactory, MembershipFactory, UnitFactory

pytestmark = pytest.mark.django_db
Read = Callable[..., Page[Any]]
NOTHING = Value(None, output_field=IntegerField())


def _found(*, organization: int, **words: str) -> Any:
    return with_each_word(Building.objects.for_organization(organization), words.values()).annotate(totals=NOTHING)


@pytest.fixture
def read(office: Membership) -> Read:
    buildings = Listing(_found, BUILDING_FIELDS, BuildingRow, orders=BUILDING_ORDERS, default="name")

    def reading(query: str = "", words: str = "") -> Page[Any]:
        request = RequestFactory().get(f"/?{query}")
        return buildings.read(request, organization=office.organization_id, **each_word(words))

    return reading


@pytest.fixture
def office() -> Membership:
    found = MembershipFactory()
    enter(Context(str(found.organization_id)))
    return found


def names(page: Page[Any]) -> list[str]:
    return [row.name for row in page.rows]


def test_each_page_is_what_the_queryset_gives(office: Membership, read: Read, monkeypatch: Any) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    for number in range(8):
        BuildingFactory(organization=office.organization, name=f"Tour {number}", reference=f"R{9 - number}")
    for query in ["", "page=2", "page=3", "page=4", "sort=-name", "sort=reference&page=2", "sort=-city&page=3"]:
        page = read(query)
        fields = listing.ordered_by(BUILDING_ORDERS, page.sort)
        found = Building.objects.for_organization(office.organization).order_by(*fields)
        request = RequestFactory().get(f"/?{query}")
        other = read_page(request, found, ["name"], lambda name: name)
        assert (names(page), page.first, page.last) == (other.rows, other.first, other.last), query
        assert (page.previous, page.next) == (other.previous, other.next), query
        assert page.total == other.total or not page.rows


def test_more_than_the_cap_is_not_counted(office: Membership, read: Read, monkeypatch: Any) -> None:
    monkeypatch.setattr(listing, "COUNT_CAP", 2)
    for _ in range(3):
        BuildingFactory(organization=office.organization)
    assert read().total == "sur plus de 1 000"


def test_a_long_list_is_not_counted_again_for_a_while(office: Membership, read: Read, monkeypatch: Any) -> None:
    clock = [1000.0]
    monkeypatch.setattr(listing, "COUNT_CAP", 2)
    monkeypatch.setattr(listing, "COUNTED", 5)
    monkeypatch.setattr(listing, "monotonic", lambda: clock[0])

    def told() -> tuple[str, bool]:
        with CaptureQueriesContext(connection) as captured:
            total = read().total
        return total, "count(*)" in captured[0]["sql"]

    made = [BuildingFactory(organization=office.organization) for _ in range(4)]
    for _ in range(2):  # more than the cap, but soon it might be less
        assert told() == ("sur plus de 1 000", True)
    made.append(BuildingFactory(organization=office.organization))
    assert told() == ("sur plus de 1 000", True)
    assert told() == ("sur plus de 1 000", False)
    Building.objects.filter(pk__in=[building.pk for building in made[2:]]).delete()
    clock[0] += listing.SURE_FOR
    assert told() == ("sur 2", True)


@pytest.mark.parametrize("words", ["100%", "a_b", "c\\d", "%", "_", "\\", "é" * 3, "'", "%s", "\ue0001\ue001"])
def test_every_character_is_looked_for_as_it_is(office: Membership, read: Read, words: str) -> None:
    BuildingFactory(organization=office.organization, name=f"Tour {words} nord")
    BuildingFactory(organization=office.organization, name="Tour sud")
    assert names(read(words=listing.normalise(words))) == [f"Tour {words} nord"]


def test_the_same_statement_finds_what_each_asks_for(office: Membership, read: Read) -> None:
    here, there = (BuildingFactory(organization=office.organization, name=name) for name in ("Ici", "Là"))
    for building, share in [(here, 10), (here, 20), (there, 30)]:
        UnitFactory(building=building, share=share)
    lots = Question(_lots)
    for building in Building.objects.for_organization(office.organization):
        found = lots.ask(organization=office.organization_id, building=building.pk, since=date(2000, 1, 1))
        assert sorted(share for (share,) in found) == sorted(
            Unit.objects.filter(building=building).values_list("share", flat=True)
        )
        assert lots.ask(organization=office.organization_id + 1, building=building.pk, since=date(2000, 1, 1)) == []
    assert lots.ask(organization=0, building=0, since=date(2000, 1, 1)) == []


def _lots(*, organization: int, building: int, since: date) -> Any:
    found = Unit.objects.for_organization(organization).filter(building=building)
    return found.exclude(archived_on__lt=since).values_list("share")


def test_what_can_find_nothing_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Question(lambda *, organization: Unit.objects.none().values_list("pk")).ask(organization=1) == []


def test_it_is_counted_among_the_statements(read: Read, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        read()


def test_postgresql_keeps_it_prepared_and_plans_it_once(office: Membership, read: Read) -> None:
    for _ in range(12):
        read()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(generic_plans) FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%buildings_building%found%"],
        )
        assert cursor.fetchone()[0] >= 6


def test_rows_are_made_when_they_are_looked_at() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number * 2

    records = listing.Records(make, [(1,), (2,), (3,)])

    assert (len(records), bool(records), made) == (3, True, [])
    assert (records[1], list(records[1:]), made) == (4, [4, 6], [2, 2, 3])

"""What all forms share, tried on the form of a building: sent twice, two people at once, doubts."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import Membership, Submission
from apps.accounts.tasks import forget_what_was_sent
from apps.buildings.models import Building
from koprogo import context
from tests.accounts.clients import client_of, colleague
from tests.factories import BuildingFactory, MembershipFactory

CREATE = "/buildings/create/"
NEW = {"name": "Résidence Les Érables", "street": "Rue Haute 3", "postcode": "4000", "city": "Liège", "country": "BE",
       "total_shares": "1000", "fiscal_year_start_month": "1"}  # fmt: skip


def typed(page: str) -> dict[str, Any]:
    """What the form of a page would send, but for the token against forgery."""
    form = page.partition("data-guard")[2].partition("</form>")[0]
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox" and "name" in attributes:
            fields[attributes["name"]] = html.unescape(attributes.get("value", ""))
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', form, re.S):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    fields.pop("csrfmiddlewaretoken")
    return fields


def opened(client: Client, address: str) -> dict[str, Any]:
    return typed(client.get(address).content.decode())


# --- Sent twice ---
def test_the_same_form_sent_twice_makes_one_and_leads_there(office: Membership) -> None:
    client = client_of(office)
    form = opened(client, CREATE) | NEW
    first, second = client.post(CREATE, form), client.post(CREATE, form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.url == second.url
    assert Building.objects.count() == 1
    assert "avait déjà été envoyé" in client.get(second.url).content.decode()


def test_a_form_with_an_error_may_be_sent_again(office: Membership) -> None:
    client = client_of(office)
    form = opened(client, CREATE) | NEW
    assert client.post(CREATE, form | {"postcode": ""}).status_code == 422
    assert Submission.objects.count() == 0
    assert client.post(CREATE, form).status_code == 302


def test_going_back_and_changing_something_is_another_form(office: Membership) -> None:
    client = client_of(office)
    form = opened(client, CREATE) | NEW
    client.post(CREATE, form)
    client.post(CREATE, form | {"name": "Les Ormes"})
    assert sorted(Building.objects.values_list("name", flat=True)) == ["Les Ormes", "Résidence Les Érables"]


def test_the_same_form_of_somebody_else_is_another(office: Membership) -> None:
    other = colleague(office, "assistant")
    form = opened(client_of(office), CREATE) | NEW
    for member in (office, other):
        client_of(member).post(CREATE, form)
    assert Building.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_is_forgotten_after_a_week_in_each_organization() -> None:
    members = [MembershipFactory(), MembershipFactory()]
    night = datetime(2026, 3, 10, 2, 40, tzinfo=UTC)
    for member in members:
        with context.working_as(organization_id=member.organization_id, actor="test"):
            for days in (6, 8):
                at = night - timedelta(days=days)
                Submission.objects.create(organization=member.organization, user=member.user, digest=days, at=at)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(forget_what_was_sent, int(night.timestamp())).result(60)
    for member in members:
        with context.working_as(organization_id=member.organization_id, actor="test"):
            assert list(Submission.objects.values_list("digest", flat=True)) == ["6"]


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_the_same_moment_makes_one() -> None:
    member = MembershipFactory()
    form = opened(client_of(member), CREATE) | NEW
    clients, barrier = [client_of(member) for _ in range(4)], Barrier(4)

    def send(client: Client) -> str:
        try:
            barrier.wait(10)
            answer = client.post(CREATE, form)
            return f"{answer.status_code} {answer.headers.get('Location')}"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, clients))
    context.enter(context.Context(str(member.organization_id), str(member.user_id)))
    assert answers == {f"302 /buildings/{Building.objects.get().pk}/"}


# --- Two people at one record ---
@pytest.fixture
def building(office: Membership) -> Building:
    return BuildingFactory(organization=office.organization, name="Les Tilleuls", city="Liège", street="Rue A 1")


def address_of(building: Building) -> str:
    return f"/buildings/{building.pk}/edit/"


def changed_by_another(office: Membership, building: Building, **values: str) -> None:
    client = client_of(colleague(office, "accountant", user__name="Marc Dupont"))
    answer = client.post(address_of(building), opened(client, address_of(building)) | values)
    assert answer.status_code == 302


def test_what_both_changed_is_shown_with_who_and_both_values(office: Membership, building: Building) -> None:
    client = client_of(office)
    form = opened(client, address_of(building)) | {"city": "Mons"}
    changed_by_another(office, building, city="Namur")
    answer = client.post(address_of(building), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    for told in ("Marc Dupont, le ", "« Namur »", "« Mons »", 'value="Mons"'):
        assert told in page
    building.refresh_from_db()
    assert building.city == "Namur"
    assert client.post(address_of(building), typed(page)).status_code == 302  # mine all the same
    building.refresh_from_db()
    assert building.city == "Mons"


def test_the_second_may_keep_what_the_first_wrote(office: Membership, building: Building) -> None:
    client = client_of(office)
    form = opened(client, address_of(building)) | {"city": "Mons", "street": "Rue B 2"}
    changed_by_another(office, building, city="Namur", street="Rue C 3")
    page = client.post(address_of(building), form).content.decode()
    client.post(address_of(building), typed(page) | {"theirs": ["city"]})
    building.refresh_from_db()
    assert (building.city, building.street) == ("Namur", "Rue B 2")


def test_what_only_the_other_changed_stays_and_is_told(office: Membership, building: Building) -> None:
    client = client_of(office)
    form = opened(client, address_of(building)) | {"city": "Mons"}
    changed_by_another(office, building, street="Rue C 3")
    answer = client.post(address_of(building), form, follow=True)
    building.refresh_from_db()
    assert (building.city, building.street) == ("Mons", "Rue C 3")
    assert "Marc Dupont avait changé ceci, qui reste : Rue et numéro." in answer.content.decode()


def test_what_only_the_other_changed_stays_through_a_conflict_elsewhere(office: Membership, building: Building) -> None:
    client = client_of(office)
    form = opened(client, address_of(building)) | {"city": "Mons"}
    changed_by_another(office, building, city="Namur", street="Rue C 3", fiscal_year_start_month="7")
    page = client.post(address_of(building), form).content.decode()
    client.post(address_of(building), typed(page))
    building.refresh_from_db()
    assert (building.city, building.street, building.fiscal_year_start_month) == ("Mons", "Rue C 3", 7)


def test_an_error_first_does_not_hide_a_conflict(office: Membership, building: Building) -> None:
    client = client_of(office)
    form = opened(client, address_of(building)) | {"city": "Mons", "postcode": ""}
    changed_by_another(office, building, city="Namur")
    page = client.post(address_of(building), form).content.decode()
    answer = client.post(address_of(building), typed(page) | {"postcode": "7000"})
    assert answer.status_code == 422
    assert "« Namur »" in answer.content.decode()


def test_a_third_change_while_one_decides_is_told_too(office: Membership, building: Building) -> None:
    client = client_of(office)
    form = opened(client, address_of(building)) | {"city": "Mons"}
    changed_by_another(office, building, city="Namur")
    page = client.post(address_of(building), form).content.decode()
    changed_by_another(office, building, city="Dinant")
    answer = client.post(address_of(building), typed(page))
    assert answer.status_code == 422
    assert "« Dinant »" in answer.content.decode()


def test_the_same_change_by_both_is_no_conflict(office: Membership, building: Building) -> None:
    client = client_of(office)
    form = opened(client, address_of(building)) | {"city": "Namur"}
    changed_by_another(office, building, city="Namur")
    assert client.post(address_of(building), form).status_code == 302


# --- Doubts ---
def test_what_looks_like_a_double_is_told_once(office: Membership) -> None:
    BuildingFactory(organization=office.organization, name="Les Tilleuls", enterprise_number="0999900150")
    client = client_of(office)
    answer = client.post(CREATE, opened(client, CREATE) | NEW | {"enterprise_number": "0999.900.150"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Les Tilleuls a déjà ce numéro d’entreprise." in page
    assert client.post(CREATE, typed(page) | {"anyway": "yes"}).status_code == 302
    assert Building.objects.filter(enterprise_number="0999900150").count() == 2

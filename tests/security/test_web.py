"""What an address may carry, and what every page answers to it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import QuerySet
from django.urls import reverse

from apps.accounts.models import Membership
from apps.buildings.models import Building
from koprogo.prepared import LAST_BIGINT, Question
from tests.accounts.clients import client_of
from tests.factories import building_with_lots
from tests.test_urls import URLS

TOO_LARGE = LAST_BIGINT + 1
A_NUMBER = re.compile(r"<int:\w+>")


def _ids(pk: int) -> "QuerySet[Building, Any]":
    return Building.objects.filter(pk=pk).values_list("pk")


def numbered(pk: int) -> Iterator[str]:
    """Every address with an id in it, each of its ids in turn too large and the others a building's."""
    for route in URLS.values():
        for at in range(len(A_NUMBER.findall(route))):
            ids = [str(TOO_LARGE if place == at else pk) for place in range(route.count("<int:"))]
            yield "/" + re.sub(r"<\w+:\w+>", "x", A_NUMBER.sub(lambda _found: ids.pop(0), route))  # noqa: B023


def test_a_number_beyond_bigint_finds_nothing(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    question = Question(_ids)

    assert list(question.ask(pk=building.pk)) == [(building.pk,)]
    assert question.ask(pk=LAST_BIGINT) == []
    assert question.ask(pk=TOO_LARGE) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_address_breaks_on_a_number_beyond_bigint(office: Membership, method: str) -> None:
    building = building_with_lots(office.organization, [1000])
    client = client_of(office, raise_request_exception=False)

    broken = [path for path in numbered(building.pk) if getattr(client, method)(path).status_code >= 500]

    assert broken == []


def paths(pk: int) -> dict[str, str]:
    """Every address that is written without a regular expression, its ids a building's."""
    plain = {name: A_NUMBER.sub(str(pk), route) for name, route in URLS.items() if "(?P" not in route}
    days = {name: re.sub(r"<(day|date):\w+>", "2025-12-31", route) for name, route in plain.items()}
    return {name: "/" + re.sub(r"<\w+:\w+>", "x", route).removeprefix("^").rstrip("$") for name, route in days.items()}


def test_each_post_without_a_token_is_refused(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    client = client_of(office, enforce_csrf_checks=True)

    taken = {name: client.post(path).status_code for name, path in paths(building.pk).items()}

    assert {name: status for name, status in taken.items() if status != 403} == {}


def test_no_page_allows_inline_script_or_is_kept(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    client = client_of(office)

    loose = []
    for path in paths(building.pk).values():
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        if "unsafe" in policy or "default-src 'self'" not in policy or "no-store" not in headers["Cache-Control"]:
            loose.append(path)

    assert loose == []


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(office: Membership, target: str) -> None:
    answer = client_of(office).get(reverse("account_login"), {"next": target})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("desk:home")

"""Who tries a door that is not theirs leaves a trace."""

import pytest
from django.test import Client

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from koprogo.context import working_as
from tests.accounts.clients import client_of
from tests.factories import BuildingFactory, MembershipFactory


def traces(membership: Membership) -> list[tuple[int | None, str, object]]:
    found = AuditEvent.objects.for_organization(membership.organization).filter(action="refused").order_by("id")
    return [(event.actor_id, event.reason, event.changes["answer"][1]) for event in found]


def test_what_the_role_does_not_allow(office: Membership) -> None:
    reader = MembershipFactory(organization=office.organization, role=Role.READER)
    assert client_of(reader).post("/buildings/create/").status_code == 403
    assert traces(office) == [(reader.user_id, "POST /buildings/create/", 403)]


def test_what_is_anothers_and_what_is_nowhere_look_the_same(office: Membership) -> None:
    neighbour = MembershipFactory().organization
    with working_as(organization_id=neighbour.pk, actor=""):
        foreign = BuildingFactory(organization=neighbour)
    client = client_of(office)
    assert client.get(f"/buildings/{foreign.pk}/").status_code == 404
    assert client.get("/buildings/999999999/").status_code == 404
    expected = [(office.user_id, f"GET /buildings/{pk}/", 404) for pk in (foreign.pk, 999999999)]
    assert traces(office) == expected


def test_a_form_that_is_not_from_our_pages(office: Membership) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(office).cookies
    assert client.post("/buildings/create/", {"name": "Les Tilleuls"}).status_code == 403
    assert traces(office) == [(office.user_id, "POST /buildings/create/", 403)]


@pytest.mark.parametrize("path", ["/buildings/", "/buildings/create/", "/no/such/page/"])
def test_what_was_opened_or_never_was_says_nothing(office: Membership, path: str) -> None:
    client_of(office).get(path)
    assert traces(office) == []

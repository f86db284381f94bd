"""What the database refuses reaches a person as a page, and a view for reading writes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from apps.accounts.access import MemberRequest, WriteRefused, reads, writes
from apps.accounts.models import Membership
from apps.buildings.models import Building
from koprogo.inserting import insert
from tests.factories import BuildingFactory


@pytest.mark.parametrize("statement", ["SELECT (10 ^ 3) :: numeric(3, 1)", "SELECT 1 / 0"])
def test_a_value_that_the_database_cannot_hold_is_told(office: Membership, rf: RequestFactory, statement: str) -> None:
    @writes("edit")
    def view(request: MemberRequest) -> HttpResponse:
        connection.cursor().execute(statement)
        return HttpResponse()

    request: Any = rf.post("/")
    request.membership, request.user, request.organization = office, office.user, office.organization
    assert view(request).status_code == 409


@pytest.mark.parametrize("write", [insert, Building.save], ids=["prepared", "Django's"])
def test_a_view_for_reading_cannot_write(
    office: Membership, rf: RequestFactory, write: Callable[[Building], Any]
) -> None:
    @reads("see")
    def view(request: MemberRequest) -> HttpResponse:
        write(BuildingFactory.build(organization=request.organization))
        return HttpResponse()

    request: Any = rf.get("/")
    request.membership, request.user, request.organization = office, office.user, office.organization
    with pytest.raises(WriteRefused), transaction.atomic():
        view(request)
    assert not Building.objects.exists()

"""What the database refuses reaches a person as a page."""

from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from apps.accounts.access import MemberRequest, writes
from apps.accounts.models import Membership


@pytest.mark.parametrize("statement", ["SELECT (10 ^ 3) :: numeric(3, 1)", "SELECT 1 / 0"])
def test_a_value_that_the_database_cannot_hold_is_told(office: Membership, rf: RequestFactory, statement: str) -> None:
    @writes("edit")
    def view(request: MemberRequest) -> HttpResponse:
        connection.cursor().execute(statement)
        return HttpResponse()

    request: Any = rf.post("/")
    request.membership, request.user, request.organization = office, office.user, office.organization
    assert view(request).status_code == 409

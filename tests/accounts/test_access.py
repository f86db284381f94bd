"""What the database refuses reaches a person as a page, and a view for reading writes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages import get_messages
from django.contrib.messages.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.forms import Form
from django.http import HttpResponse
from django.test import RequestFactory

from apps.accounts.access import MemberRequest, WriteRefused, reads, writes
from apps.accounts.editing import beside
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


class Refusal(Exception):
    pass


@pytest.mark.parametrize("refused", [None, Refusal, IntegrityError], ids=["nothing", "a service", "the database"])
def test_what_is_refused_is_undone_and_tried_once_more(
    office: Membership, rf: RequestFactory, refused: type[Exception] | None
) -> None:
    tries: list[tuple[bytes, int]] = []

    @writes("edit")
    def view(request: MemberRequest) -> HttpResponse:
        tries.append((request.FILES["paper"].read(), len(get_messages(request))))
        messages.info(request, "tried")
        form = Form()
        form.is_valid()
        try:
            with beside(form, {}):
                insert(BuildingFactory.build(organization=request.organization, reference="first"))
                if refused is Refusal:
                    raise Refusal
                if refused is IntegrityError:
                    insert(BuildingFactory.build(organization=request.organization, reference="first"))
        except (Refusal, IntegrityError):
            insert(BuildingFactory.build(organization=request.organization, reference="second"))
        return HttpResponse()

    request: Any = rf.post("/", {"paper": SimpleUploadedFile("paper.txt", b"x")})
    request.membership, request.user, request.organization = office, office.user, office.organization
    request._messages = default_storage(request)
    assert view(request).status_code == 200
    assert tries == [(b"x", 0)] * (2 if refused else 1)
    assert [each.reference for each in Building.objects.all()] == ["second" if refused else "first"]


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

"""The journal in words."""

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.services import record
from apps.desk.journal_names import LABELS, MODELS, Names, read_names
from apps.desk.journal_words import Event, in_words
from apps.expenses import services
from apps.owners.models import AccountHolder, OpeningBalance
from koprogo import context
from tests.accounts.clients import client_of, colleague
from tests.factories import (
    NOON,
    BuildingFactory,
    MembershipFactory,
    OwnerFactory,
    UnitFactory,
    building_with_lots,
    expense_of,
)


def journal(office: Membership, query: str = "") -> str:
    """The page's text without tags, runs of spaces made one."""
    page = client_of(office).get(f"/journal/{query}")
    assert page.status_code == 200
    body = page.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def rows(office: Membership, query: str = "") -> int:
    return client_of(office).get(f"/journal/{query}").content.decode().partition("<tbody>")[2].count("<tr>")


def test_a_modification_says_before_and_after(office: Membership) -> None:
    unit = UnitFactory(building=BuildingFactory(organization=office.organization, name="Les Tilleuls"), number="A1")
    unit.share = 395
    unit.save()
    page = journal(office, "?kind=units_unit")
    assert "quotités : 1000 → 395" in page
    assert "A1 · Les Tilleuls" in page
    assert office.user.name in page
    assert page.index("Modification") < page.index("Ajout")


def test_what_was_added_is_told_in_the_trades_words(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization, name="Les Tilleuls")
    UnitFactory(building=building, number="G1", kind="garage")
    page = journal(office, "?kind=units_unit")
    assert "immeuble : Les Tilleuls" in page
    assert "type : garage" in page


def test_personal_values_are_read_where_they_are_kept(office: Membership) -> None:
    OwnerFactory(organization=office.organization, name="Vandamme", city="Ixelles")
    page = journal(office, "?kind=owners_owner")
    assert "localité : Ixelles" in page
    assert "personal" not in page


def test_an_erased_value_is_said_to_be() -> None:
    event = Event(NOON, None, "worker", None, "owners_owner", 7, "update", {"name": [{"personal": 1}, None]}, "")
    line = in_words(event, Names())
    assert (line.who, line.name) == ("tâche de fond", "n° 7")
    assert (line.changes[0].before, line.changes[0].after) == ("(effacé)", "–")


def test_business_events_have_names(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]))
    services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    record("staff_entered", organization_id=office.organization_id, on=office.organization, reason="Question 118")
    page = journal(office)
    assert "Approbation" in page
    assert "Nettoyage" in page
    assert "Entrée de l’équipe de KoproGo" in page
    assert "« Question 118 »" in page


def test_what_was_deleted_stays_told(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization, name="Les Tilleuls")
    pk = building.pk
    building.delete()
    page = journal(office, "?kind=buildings_building")
    assert "Suppression" in page
    assert f"n° {pk}" in page
    assert "nom : Les Tilleuls" in page


@pytest.mark.parametrize("table", MODELS)
def test_every_kind_of_object_can_be_named(office: Membership, table: str) -> None:
    """The field names of LABELS are checked by nothing else."""
    assert read_names(office.organization, [(table, 0)], []).objects == {}


def test_all_kinds_of_objects_stand_on_one_page(office: Membership) -> None:
    assert read_names(office.organization, [(table, 0) for table in MODELS], []).objects == {}
    assert len(MODELS) == len(LABELS)


def test_a_balance_is_named_after_its_building(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000], name="Les Tilleuls")
    OpeningBalance.objects.create(
        organization=office.organization, building=building, holder=AccountHolder.objects.get(), kind="current",
        amount=Decimal("12.37"), on=date(2025, 1, 1),
    )  # fmt: skip
    page = journal(office, "?kind=owners_openingbalance")
    assert "Les Tilleuls" in page
    assert "12,37" in page


def test_the_neighbours_events_are_not_shown(office: Membership) -> None:
    other = MembershipFactory()
    with context.working_as(organization_id=other.organization_id, actor=other.user_id):
        BuildingFactory(organization=other.organization, name="Chez le voisin")
    assert "Chez le voisin" not in journal(office)
    assert "Chez le voisin" in journal(other)


def test_an_unknown_kind_shows_everything(office: Membership) -> None:
    assert rows(office, "?kind=pg_authid") == rows(office)


def test_pages_follow_each_other(office: Membership) -> None:
    for number in range(30):
        record("exported", organization_id=office.organization_id, reason=f"papier {number}")
    first, second = journal(office), journal(office, "?page=2")
    assert "papier 29" in first
    assert "papier 4 " not in first
    assert "papier 4 " in second
    assert rows(office) == 25


def test_the_statements_are_four_for_one_event_and_for_thirty(office: Membership) -> None:
    """Session and context · events · what they name · personal values."""
    OwnerFactory(organization=office.organization)
    client = client_of(office)
    few = _statements(client)
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))
    for _ in range(30):
        OwnerFactory(organization=office.organization)
    # Django counts its own; the session's is sent by psycopg itself.
    assert (few, _statements(client)) == (3, 3)


def _statements(client: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get("/journal/?kind=owners_owner")
    return len(captured)


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.ASSISTANT, Role.READER, Role.OWNER])
def test_only_managers_read_it(office: Membership, role: str) -> None:
    assert client_of(colleague(office, role)).get("/journal/").status_code == 403


def test_an_empty_kind_says_so(office: Membership) -> None:
    page = client_of(office).get("/journal/?kind=takeover_takeover").content.decode()
    assert "Rien à montrer" in page

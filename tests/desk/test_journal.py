"""The journal in words."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.audit.services import record
from apps.desk import journal_exports
from apps.desk.journal_names import LABELS, MODELS, Names, read_names
from apps.desk.journal_words import ACTIONS, COLUMNS, SILENT, Event, actor_in_words, in_deeds, in_words
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
    assert "Lot A1 · Les Tilleuls : quotités 1000 → 395" in page
    assert office.user.name in page
    assert page.index("quotités") < page.index("Ajout")


def test_what_was_added_is_told_in_the_trades_words(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization, name="Les Tilleuls")
    UnitFactory(building=building, number="G1", kind="garage", share=10)
    page = journal(office, "?kind=units_unit")
    assert "Ajout Lot G1 · Les Tilleuls : type garage · quotités 10" in page


def test_personal_values_are_read_where_they_are_kept(office: Membership) -> None:
    OwnerFactory(organization=office.organization, name="Vandamme", city="Ixelles")
    page = journal(office, "?kind=owners_owner")
    assert "localité Ixelles" in page
    assert "personal" not in page


def event(table: str, action: str, changes: dict[str, Any], **fields: Any) -> Event:
    values: dict[str, Any] = {
        "id": 1, "at": NOON, "actor_id": None, "actor": "worker", "ip": None, "request": "", "table": table,
        "object_id": 7, "action": action, "changes": changes, "reason": "",
    }  # fmt: skip
    return Event(**values | fields)


def test_an_erased_value_is_said_to_be() -> None:
    erased = event("owners_owner", "update", {"name": [{"personal": 1}, None]})
    line = in_words(erased, Names())
    assert line is not None
    assert (actor_in_words(erased, Names()), line.name) == ("tâche de fond", "n° 7")
    assert [str(change) for change in line.changes] == ["nom ou raison sociale (effacé) → –"]


def test_what_only_a_program_reads_is_silent() -> None:
    assert in_words(event("expenses_approval", "update", {"part_hash": ["a", "b"]}), Names()) is None


def test_what_came_is_told_without_what_goes_without_saying() -> None:
    changes = {
        "right": [None, "usufruct"], "numerator": [None, 1], "denominator": [None, 2], "is_active": [None, False],
        "floor": [None, 0], "created_at": [None, "2026-01-01T00:00:00+00:00"], "email": [None, ""],
    }  # fmt: skip
    line = in_words(event("owners_holdermember", "insert", changes), Names())
    assert line is not None
    assert [str(change) for change in line.changes] == ["droit usufruit", "fraction 1/2", "floor 0"]


def test_a_name_is_not_told_twice() -> None:
    names = Names({("units_unit", 7): "118 · Les Tilleuls", ("buildings_building", 2): "Les Tilleuls"})
    changes = {"share": [None, 118], "building_id": [None, 2], "number": [None, "118"], "kind": [None, "garage"]}
    line = in_words(event("units_unit", "insert", changes), names)
    assert line is not None
    assert [str(change) for change in line.changes] == ["type garage", "quotités 118"]


def test_what_a_task_did_in_quick_succession_stands_together(office: Membership) -> None:
    times = [NOON, NOON - timedelta(seconds=0.5), NOON - timedelta(minutes=1)]
    events = [event("units_unit", "insert", {}, id=number, at=at) for number, at in enumerate(times)]
    assert [len(deed.lines) for deed in in_deeds(office.organization, events)] == [2, 1]


@pytest.mark.parametrize("changes", [{"share": 5}, {"share": [1, 2, 3]}, {"share": {"a": 1}}, {"unheard": [None, [1]]}])
def test_a_shape_that_nobody_expected_is_shown_as_it_is(changes: dict[str, Any]) -> None:
    line = in_words(event("a_table_of_tomorrow", "frobnicated", changes), Names())
    assert line is not None
    assert (line.what, line.kind, line.name, len(line.changes)) == ("frobnicated", "", "n° 7", 1)


def test_every_event_that_the_rooms_record_has_a_name() -> None:
    sources = [path.read_text() for path in (Path(settings.BASE_DIR) / "apps").rglob("*.py")]
    recorded = {name for text in sources for name in re.findall(r'\b(?:record|_note)\(\s*"(\w+)"', text)}
    assert recorded - ACTIONS.keys() == set(), "say in apps/desk/journal_words.py how the journal calls them"


def test_every_column_has_a_name_that_a_person_reads() -> None:
    """A French verbose name in the model, or one in COLUMNS."""
    strays = {
        f"{table}.{field.column}"
        for table, model in MODELS.items()
        for field in model._meta.fields
        if not field.is_relation and field._verbose_name is None
        and field.column not in COLUMNS.keys() | SILENT | {"id", "key", "search"}
    }  # fmt: skip
    assert strays == set(), "name it in the model, or in COLUMNS or SILENT of apps/desk/journal_words.py"


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
    assert "nom Les Tilleuls" in page


@pytest.mark.parametrize("table", MODELS)
def test_every_kind_of_object_can_be_named(office: Membership, table: str) -> None:
    """The field names of LABELS are checked by nothing else."""
    assert read_names(office.organization, [(table, 0)], []).objects == {}


def test_all_kinds_of_objects_stand_on_one_page(office: Membership) -> None:
    assert read_names(office.organization, [(table, 0) for table in MODELS], []).objects == {}
    assert {model._meta.db_table for model in LABELS} <= MODELS.keys()


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


# --- Filters ---
@pytest.mark.parametrize(
    "query",
    ["?kind=pg_authid", "?person=999999", "?action=x", "?first=31/02/2026", "?last=9999-12-31", "?first=0001-01-01",
     "?about=units_unit-0", "?about=pg_authid-1", "?about=units_unit-99999999999999999999",
     "?first=2026-02-02&last=2026-02-01"],
)  # fmt: skip
def test_a_wrong_filter_is_told_and_shows_nothing(office: Membership, query: str) -> None:
    answer = client_of(office).get(f"/journal/{query}")
    assert answer.status_code == 422
    assert "à corriger" in answer.content.decode()
    assert "<tbody>" not in answer.content.decode()
    assert client_of(office).get(f"/journal/journal.xlsx{query}").status_code == 302


def test_filters_combine(office: Membership) -> None:
    marc = colleague(office, Role.ACCOUNTANT)
    building = BuildingFactory(organization=office.organization)
    first, second = (UnitFactory(building=building, number=number) for number in ("A1", "A2"))
    for unit, person in ((first, office), (first, marc), (second, marc)):
        with context.working_as(organization_id=office.organization_id, actor=person.user_id, request=str(unit.pk)):
            unit.share += person.user_id
            unit.save()
    query = f"?person={marc.user_id}&about=units_unit-{first.pk}&kind=units_unit&action=update"
    assert rows(office, query) == 1
    assert f"Lot A1 · {building.name} : quotités" in journal(office, query)
    assert marc.user.name in journal(office, query)
    assert rows(office, "?action=update") == 3
    assert rows(office, "?person=worker") == 0


def test_days_count_in_the_offices_own_time(office: Membership) -> None:
    record("exported", organization_id=office.organization_id)
    today = timezone.localdate()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    found = [
        rows(office, f"?action=exported&first={first}&last={last}")
        for first, last in [(today, today), (yesterday, yesterday), (tomorrow, tomorrow), (yesterday, tomorrow)]
    ]
    assert found == [1, 0, 0, 1]


def test_filters_stay_in_the_address_of_the_next_page_and_of_the_workbook(office: Membership) -> None:
    for _ in range(30):
        record("exported", organization_id=office.organization_id)
    page = client_of(office).get("/journal/?action=exported&person=").content.decode()
    assert 'href="?action=exported&amp;person=&amp;page=2"' in page
    assert 'href="/journal/journal.xlsx?action=exported&amp;person="' in page


def test_the_journal_of_one_object_names_it_and_leads_to_its_page(office: Membership) -> None:
    unit = UnitFactory(building=BuildingFactory(organization=office.organization, name="Les Tilleuls"), number="A1")
    page = client_of(office).get(f"/journal/?about=units_unit-{unit.pk}").content.decode()
    assert "<strong>A1 · Les Tilleuls</strong>" in page
    assert f'href="/units/{unit.pk}/"' in page
    assert f'name="about" value="units_unit-{unit.pk}"' in page


def test_what_was_done_in_one_go_stands_together(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]))
    client_of(office).post(f"/expenses/{expense.pk}/reject/", {"reason": "Deux fois la même"})
    body = client_of(office).get(f"/journal/?about=expenses_expense-{expense.pk}").content.decode()
    first = body.partition("<tbody>")[2].partition("</tr>")[0]
    assert "Rejet" in first
    assert "soumise → rejetée" in first
    assert first.count(office.user.name) == 1


# --- The workbook ---
def workbook(office: Membership, query: str = "") -> list[tuple[Any, ...]]:
    answer = client_of(office).get(f"/journal/journal.xlsx{query}")
    return list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))


def test_the_workbook_holds_what_is_filtered_and_is_itself_an_event(office: Membership) -> None:
    unit = UnitFactory(building=BuildingFactory(organization=office.organization, name="Les Tilleuls"), number="A1")
    unit.share = 395
    unit.save()
    heads, row = workbook(office, f"?about=units_unit-{unit.pk}&action=update")
    assert heads[2:] == ("Qui", "Adresse IP", "Événement", "Sorte d’objet", "Objet", "Ce qui a changé", "Motif")
    assert row[0].date() == timezone.localdate()
    assert row[2:8] == (
        office.user.name, "127.0.0.1", "Modification", "Lot", "A1 · Les Tilleuls", "quotités 1000 → 395",
    )  # fmt: skip
    exported = AuditEvent.objects.get(action="exported")
    assert exported.changes["paper"][1].startswith("journal-")


def test_a_workbook_that_is_cut_says_so(office: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_exports, "MOST_ROWS", 4)
    monkeypatch.setattr(journal_exports, "BATCH", 2)
    for number in range(4):
        record("signed_in", organization_id=office.organization_id, reason=f"{number}")
    assert [row[8] for row in workbook(office, "?action=signed_in")[1:]] == ["3", "2", "1", "0"]
    record("signed_in", organization_id=office.organization_id, reason="4")
    rows = workbook(office, "?action=signed_in")[1:]
    assert [row[8] for row in rows] == ["4", "3", "2", "1", None]
    assert rows[-1][7].startswith("Seuls les 4 événements les plus récents")


# --- Pages ---
def test_pages_follow_each_other(office: Membership) -> None:
    for number in range(30):
        context.enter(context.current()._replace(request=f"request {number}"))
        record("exported", organization_id=office.organization_id, reason=f"papier {number}")
    first, second = journal(office), journal(office, "?page=2")
    assert "papier 29" in first
    assert "papier 4 " not in first
    assert "papier 4 " in second
    assert rows(office) == 25


def test_the_statements_are_five_for_one_event_and_for_thirty(office: Membership) -> None:
    """Session and context · people to choose from · events · what they name · personal values."""
    OwnerFactory(organization=office.organization)
    client = client_of(office)
    few = _statements(client)
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))
    for _ in range(30):
        OwnerFactory(organization=office.organization)
    # Django counts its own; the session's is sent by psycopg itself.
    assert (few, _statements(client)) == (4, 4)


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

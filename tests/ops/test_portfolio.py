"""The portfolio of the measurements: its rows are those that services would have made, its walls stand again."""

import hashlib
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from apps.accounts.models import Membership, Organization
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.basis import load_basis
from apps.expenses.charges import load_charges
from apps.expenses.corrections import withdraw_approval
from apps.expenses.models import Approval, Expense, LotPart
from apps.expenses.queries import is_intact, lines_to_split
from apps.ops.portfolio import bulk, making
from apps.ops.portfolio.checks import RULES, RulesBroken, check_rules
from apps.ops.portfolio.making import TABLES, make_portfolio
from apps.ops.portfolio.offices import manager_email
from apps.ops.portfolio.size import Size
from koprogo.context import working_as
from tests.conftest import _use_role, owner_connection
from tests.factories import OrganizationFactory, expense_of

SMALL = Size(3, first_office=2, other_offices=1, detailed=2, invoices=60, invoices_beyond=6)
PASSWORD = "a password of its own"
WALLS = """
SELECT relname::text, relforcerowsecurity, relrowsecurity,
       (SELECT string_agg(tgname || ' ' || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger t
        WHERE tgrelid = c.oid AND NOT tgisinternal),
       (SELECT string_agg(conname || pg_get_constraintdef(r.oid), ' ' ORDER BY conname) FROM pg_constraint r
        WHERE conrelid = c.oid),
       (SELECT string_agg(pg_get_indexdef(indexrelid), ' ' ORDER BY indexrelid::regclass::text) FROM pg_index
        WHERE indrelid = c.oid)
FROM pg_class c WHERE relname = ANY (%s) ORDER BY relname
"""


def make(size: Size = SMALL) -> None:
    make_portfolio(size, password=PASSWORD, progress=lambda line: None)


def walls() -> list[tuple[Any, ...]]:
    """Row security, triggers, constraints and indexes of the tables that are written in bulk."""
    with owner_connection() as owner:
        return owner.execute(WALLS, [TABLES]).fetchall()


def lowered() -> list[tuple[Any, ...]]:
    """What of the walls is not at work, whatever an earlier test may have left."""
    with owner_connection() as owner:
        return owner.execute(
            "SELECT relname::text FROM pg_class WHERE relname = ANY (%s) AND NOT relforcerowsecurity "
            "UNION ALL SELECT tgname::text FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid "
            "WHERE relname = ANY (%s) AND tgenabled <> 'O'",
            [TABLES, TABLES],
        ).fetchall()


def digest() -> str:
    """Of every row that was written in bulk."""
    found = hashlib.sha256()
    with owner_connection() as owner:
        for table in TABLES:
            found.update(str(owner.execute(f"SELECT t::text FROM {table} t ORDER BY id").fetchall()).encode())
    return found.hexdigest()


def empty() -> None:
    with owner_connection() as owner:
        owner.execute(
            "TRUNCATE accounts_membership, accounts_user, accounts_organization, expenses_supplier, "
            f"{', '.join(TABLES)} RESTART IDENTITY CASCADE"
        )


@pytest.fixture
def manager(as_owner: None) -> Iterator[Membership]:
    """A portfolio of two offices; the application's role is at work for the manager of the first."""
    make()
    _use_role("app")
    membership = Membership.objects.get(user__email=manager_email(1))
    with working_as(organization_id=membership.organization_id, actor=membership.user_id):
        yield membership


def test_offices_share_the_buildings_among_them() -> None:
    offices = [list(numbers) for numbers in Size(8, first_office=3, other_offices=2).offices()]
    assert offices == [[1, 2, 3], [4, 5], [6, 7], [8]]


def test_a_small_portfolio_is_one_office() -> None:
    assert list(Size(15).offices()) == [range(1, 16)]


def test_parts_are_those_that_an_approval_would_freeze(manager: Membership) -> None:
    for building in Building.objects.for_organization(manager.organization):
        basis = load_basis(building)
        basis.require_whole_shares()
        for expense in Expense.objects.filter(building=building).select_related("building"):
            wanted = [
                (part.line_id, part.unit_id, part.weight, part.amount)
                for line in lines_to_split(expense)
                for part in services._lot_parts(line, expense, basis)
            ]
            parts = LotPart.objects.filter(approval__expense=expense).order_by("id")
            assert list(parts.values_list("line_id", "unit_id", "weight", "amount")) == wanted


def test_approvals_seal_their_parts(manager: Membership) -> None:
    approvals = list(Approval.objects.for_organization(manager.organization))
    assert len(approvals) == 2 * 2 * 60
    assert all(is_intact(approval) for approval in approvals)


def test_charges_of_a_year_add_up_to_the_owner(manager: Membership) -> None:
    charges = load_charges(Building.objects.order_by("id")[0], date(2025, 1, 1), date(2025, 12, 31))
    assert len(charges.expenses) == 60
    assert len(charges.lots) == 30
    for totals in (charges.lots, charges.owners, charges.categories):
        assert sum(each.total for each in totals) == charges.total


def test_owners_are_about_as_many_as_lots(manager: Membership) -> None:
    with owner_connection() as owner:
        rights = owner.execute('SELECT "right", count(*) FROM owners_holdermember GROUP BY 1 ORDER BY 1').fetchall()
        owners = owner.execute("SELECT kind, count(*) FROM owners_owner GROUP BY 1 ORDER BY 1").fetchall()
    assert rights == [("bare", 6), ("full", 81), ("usufruct", 3)]
    assert owners == [("company", 6), ("person", 84)]


def test_another_invoice_is_approved_by_hand_and_withdrawn(manager: Membership) -> None:
    building = Building.objects.order_by("id")[0]
    expense = expense_of(building, "1240.02", number="à la main")
    services.approve_expense(expense=expense, by=manager.user, on=date(2026, 1, 15))
    expense.refresh_from_db()
    assert expense.is_approved
    written = Expense.objects.filter(building=building, status=Expense.Status.APPROVED).order_by("id")[0]
    withdraw_approval(expense=written, reason="Montant", by=manager.user, on=date(2026, 1, 15))
    written.refresh_from_db()
    assert not written.is_approved


def test_each_building_has_its_audit_event(manager: Membership) -> None:
    events = AuditEvent.objects.for_organization(manager.organization).exclude(table__in=["expenses_supplier"])
    found = list(events.order_by("id").values_list("table", "action", "actor"))
    assert found == [
        *[("accounts_membership", "insert", "command line")] * 2,
        *[("buildings_building", "insert", "command line")] * 2,
    ]


def test_the_other_office_sees_its_own_rows_alone(manager: Membership) -> None:
    other = Organization.objects.exclude(pk=manager.organization_id).get()
    with working_as(organization_id=other.pk, actor="test"), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT DISTINCT organization_id FROM {table}")
            assert cursor.fetchall() == [(other.pk,)], table


def test_its_manager_signs_in_and_reads(manager: Membership) -> None:
    client = Client()
    client.post("/account/login/", {"login": manager_email(1), "password": PASSWORD})
    building = Building.objects.order_by("id")[0].pk
    for path in ("/buildings/", "/units/", "/owners/", "/expenses/", f"/buildings/{building}/"):
        assert client.get(path).status_code == 200, path


@pytest.mark.usefixtures("as_owner")
def test_it_is_the_same_twice() -> None:
    make()
    first = digest()
    empty()
    make()
    assert digest() == first


@pytest.mark.usefixtures("as_owner")
def test_walls_triggers_and_indexes_stand_again() -> None:
    before = walls()
    make()
    assert walls() == before
    assert lowered() == []


@pytest.mark.usefixtures("as_owner")
def test_a_failure_in_the_middle_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before, copy = walls(), bulk.copy

    def fails_at_lot_parts(table: str, *rest: Any) -> None:
        if table == "expenses_lotpart":
            raise RuntimeError
        copy(table, *rest)

    monkeypatch.setattr(making, "copy", fails_at_lot_parts)
    with pytest.raises(RuntimeError):
        make()
    assert walls() == before
    assert lowered() == []
    assert not Organization.objects.exists()
    assert not Building.objects.exists()


BREAKS = [
    "UPDATE units_unit SET share = share + 1 WHERE id = 1",
    "DELETE FROM owners_holdermember WHERE id = 1",
    "UPDATE owners_holding SET ends_on = '2021-01-01' WHERE id = 1",
    "UPDATE expenses_expense SET amount = amount + 1 WHERE id = 1",
    "UPDATE expenses_expenseline SET key_id = NULL WHERE id = 1",
    "UPDATE expenses_lotpart SET amount = amount + 1 WHERE id = 1",
    "UPDATE expenses_expense SET status = 'draft', paid_on = NULL WHERE id = 1",
    "UPDATE expenses_approval SET part_hash = '' WHERE id = 1",
]


@pytest.mark.usefixtures("as_owner")
def test_each_rule_finds_what_breaks_it() -> None:
    make(Size(1, invoices=5))
    assert check_rules() == len(BREAKS) == len(RULES)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            for rule, breaks in zip(RULES, BREAKS, strict=True):
                cursor.execute("BEGIN")
                cursor.execute(breaks)
                with pytest.raises(RulesBroken) as broken:
                    check_rules()
                cursor.execute("ROLLBACK")
                assert rule in broken.value.args[0]
        finally:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.usefixtures("as_owner")
def test_the_command_says_what_it_wrote_and_how_to_sign_in() -> None:
    out = StringIO()
    call_command("make_portfolio", "--buildings", "1", "--password", PASSWORD, stdout=out)
    last = out.getvalue().splitlines()[-1]
    assert (manager_email(1) in last, PASSWORD in last) == (True, True)
    assert "3\u202f578 expenses_lotpart" in out.getvalue()


@pytest.mark.usefixtures("as_owner")
def test_it_refuses_a_database_in_use() -> None:
    OrganizationFactory()
    with pytest.raises(CommandError, match="déjà des organisations"):
        call_command("make_portfolio", "--buildings", "1")
    assert not Building.objects.exists()


@pytest.mark.django_db
def test_the_application_s_role_may_not() -> None:
    with pytest.raises(CommandError, match="KOPROGO_DATABASE_ROLE=owner"):
        call_command("make_portfolio", "--buildings", "1")


@pytest.mark.usefixtures("as_owner")
def test_no_building_is_no_portfolio() -> None:
    with pytest.raises(CommandError, match="un immeuble au moins"):
        call_command("make_portfolio", "--buildings", "0")


@pytest.mark.usefixtures("as_owner")
def test_a_database_without_all_its_tables_is_told_from_a_ready_one() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("ops", "0001_load_tests")
    try:
        with pytest.raises(CommandError, match=r"manage\.py migrate"):
            call_command("make_portfolio", "--buildings", "1")
    finally:
        recorder.record_applied("ops", "0001_load_tests")  # nothing empties that table between tests

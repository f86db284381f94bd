"""What PostgreSQL itself says about the walls: no table is forgotten, and the application's role cannot move them."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import Error, connection, models, transaction

from apps.accounts.models import Membership
from apps.expenses import services
from apps.expenses.models import Approval, LotPart
from tests.factories import building_with_lots, expense_of

pytestmark = pytest.mark.usefixtures("db")

# Read before an organization is known, so that no wall stands around them; and the audit's own, with walls of its own.
IDENTITY = {"accounts_membership", "accounts_session"}
AUDIT = {"audit_event", "audit_personal"}
# The same for every organization, or of the libraries.
SHARED = {
    "accounts_organization", "accounts_user", "account_emailaddress", "account_emailconfirmation", "audit_seal",
    "auth_group", "auth_group_permissions", "auth_permission", "django_admin_log", "django_content_type",
    "django_migrations", "expenses_account", "mfa_authenticator", "ops_loadtest",
    "procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_workers",
}  # fmt: skip
# Its approval's event carries number, sum and hash of the parts; the new weights are events with what was before.
NOT_AUDITED_BY_ROW = {"accounts_submission", "expenses_lotpart", "units_formerweight"}
CURRENT_ORGANIZATION_AS_PRINTED = (
    "( SELECT (NULLIF(current_setting('koprogo.organization'::text, true), ''::text))::bigint AS \"nullif\")"
)
INSERT_ONLY = [
    "audit_event", "audit_personal", "expenses_approval", "expenses_lotpart", "expenses_withdrawal",
    "units_formerweight", "units_revision",
]  # fmt: skip


def ask(sql: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return [row[0] for row in rows] if rows and len(rows[0]) == 1 else rows


def tables(having: str = "true") -> list[str]:
    return ask(f"""
        SELECT relname FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND {having} ORDER BY relname
    """)


HAS_ORGANIZATION = """EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'organization_id' AND NOT attisdropped)"""


def tenant_tables() -> list[str]:
    return [table for table in tables(HAS_ORGANIZATION) if table not in IDENTITY | AUDIT]


# --- Nothing is forgotten ---
def test_every_table_has_an_organization_or_is_known_to_need_none() -> None:
    assert set(tables(f"NOT {HAS_ORGANIZATION}")) <= SHARED
    assert set(tables(HAS_ORGANIZATION)) >= IDENTITY | AUDIT


def test_every_tenant_table_forces_row_security() -> None:
    walled = tables("relrowsecurity AND relforcerowsecurity")
    assert sorted({*tenant_tables(), *AUDIT}) == walled


def test_every_tenant_table_has_its_two_policies() -> None:
    found: dict[str, list[Any]] = {}
    for table, *policy in ask("""
        SELECT tablename, roles::text, cmd, permissive, qual, coalesce(with_check, '') FROM pg_policies
        WHERE schemaname = 'public' ORDER BY tablename, roles::text
    """):
        found.setdefault(table, []).append(policy)
    mine = f"(organization_id = {CURRENT_ORGANIZATION_AS_PRINTED})"
    expected = [
        ["{koprogo_app}", "ALL", "PERMISSIVE", mine, ""],
        ["{koprogo_owner}", "ALL", "PERMISSIVE", "true", ""],
    ]
    assert {table: found.get(table) for table in tenant_tables()} == dict.fromkeys(tenant_tables(), expected)
    assert set(found) == {*tenant_tables(), *AUDIT}


def test_every_tenant_table_is_audited() -> None:
    audited = set(ask("""
        SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid
        WHERE proname = 'audit_row' AND tgenabled = 'O' AND tgtype = 1 + 4 + 8 + 16
    """))  # fmt: skip
    identity = {"accounts_membership", "accounts_organization", "accounts_user"}
    assert audited == {*tenant_tables(), *identity, "ops_loadtest"} - NOT_AUDITED_BY_ROW


def test_unique_constraints_of_tenant_tables_start_with_the_organization() -> None:
    strays = ask("""
        SELECT c.relname || ': ' || i.relname FROM pg_index x
        JOIN pg_class c ON c.oid = indrelid JOIN pg_class i ON i.oid = indexrelid
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = indkey[0]
        WHERE indisunique AND NOT indisprimary AND c.relname = ANY(%s) AND a.attname IS DISTINCT FROM 'organization_id'
    """, tenant_tables())  # fmt: skip
    assert strays == []


def composite_keys() -> set[tuple[str, str]]:
    """(table, column) of the foreign keys that begin with the organization on both sides.

    A key of three columns holds the middle one as well: the row that it refers to is held to it by its own key.
    """
    return set(ask("""
        SELECT c.relname, a.attname FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
        JOIN pg_attribute first ON first.attrelid = conrelid AND first.attnum = conkey[1]
        JOIN pg_attribute there ON there.attrelid = confrelid AND there.attnum = confkey[1]
        JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ANY(conkey[2:])
        WHERE contype = 'f' AND first.attname = 'organization_id' AND there.attname = 'organization_id'
    """))  # fmt: skip


def test_no_row_can_refer_to_another_organizations_row() -> None:
    with_organization = set(tables(HAS_ORGANIZATION))
    needed = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model._meta.db_table in with_organization - IDENTITY
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and field.related_model._meta.db_table in with_organization
    }
    assert len(needed) > 20
    assert needed - composite_keys() == set()


# --- The application's role ---
def test_tests_run_as_the_applications_role() -> None:
    assert ask("SELECT current_user::text") == ["koprogo_app"]


def test_it_owns_nothing_and_bypasses_nothing() -> None:
    assert ask("SELECT relname FROM pg_class WHERE relowner = current_user::regrole") == []
    assert ask("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user") == [False]
    assert ask("SELECT pg_has_role(current_user, 'koprogo_owner', 'MEMBER')") == [False]


@pytest.mark.parametrize("privilege", ["TRUNCATE", "REFERENCES", "TRIGGER"])
def test_it_has_no_privilege_beyond_rows(privilege: str) -> None:
    assert tables(f"has_table_privilege(c.oid, '{privilege}')") == []


@pytest.mark.parametrize("privilege", ["UPDATE", "DELETE"])
def test_it_only_adds_to_the_audit_and_to_frozen_parts(privilege: str) -> None:
    assert set(INSERT_ONLY) & set(tables(f"has_table_privilege(c.oid, '{privilege}')")) == set()


ATTEMPTS = {
    "become the owner": "SET ROLE koprogo_owner",
    "become the owner for good": "SET SESSION AUTHORIZATION koprogo_owner",
    "switch row security off": "ALTER TABLE buildings_building DISABLE ROW LEVEL SECURITY",
    "lift its force": "ALTER TABLE buildings_building NO FORCE ROW LEVEL SECURITY",
    "drop a policy": "DROP POLICY building_rows_of_the_current_organization ON buildings_building",
    "add a policy": "CREATE POLICY all_of_it ON buildings_building USING (true)",
    "disable the audit's trigger": "ALTER TABLE buildings_building DISABLE TRIGGER building_is_audited",
    "drop the audit's trigger": "DROP TRIGGER building_is_audited ON buildings_building",
    "skip all triggers": "SET session_replication_role = replica",
    "replace the audit's function": "ALTER FUNCTION audit_row() RENAME TO nothing",
    "make a table": "CREATE TABLE mine (id int)",
    "make a function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "read the server's files": "COPY django_migrations FROM '/etc/passwd'",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "pretend a migration": "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
    "add a seal": "INSERT INTO audit_seal (number) VALUES (1)",
    "change a seal": "UPDATE audit_seal SET number = 1",
    "remove the seals": "DELETE FROM audit_seal",
    "empty the seals": "TRUNCATE audit_seal",
    "give event numbers anew": "SELECT setval('audit_event_id_seq', 1)",
} | {
    f"{verb} {table}": sql.format(table=table)
    for table in INSERT_ONLY
    for verb, sql in {
        "update": "UPDATE {table} SET organization_id = organization_id",
        "delete from": "DELETE FROM {table}",
        "truncate": "TRUNCATE {table}",
    }.items()
}  # fmt: skip


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_it_cannot(office: Membership, attempt: str) -> None:
    """Refused aloud, in the statement: not a row that silently stays."""
    with pytest.raises(Error) as refusal, transaction.atomic():
        connection.cursor().execute(ATTEMPTS[attempt])
    assert refusal.value.__cause__.sqlstate == "42501"


@pytest.mark.parametrize("verb", ["UPDATE audit_event SET at = now()", "DELETE FROM audit_event",
                                  "TRUNCATE audit_event", "DELETE FROM audit_personal",
                                  "UPDATE audit_seal SET number = 1", "DELETE FROM audit_seal"])  # fmt: skip
def test_not_even_the_owner_changes_the_audit_by_mistake(as_owner_role: Any, verb: str) -> None:
    with pytest.raises(Exception, match="never changed or removed"):
        as_owner_role.execute(verb)


def test_frozen_parts_and_their_expense_stay_through_the_orm_too(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]))
    services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    for change in (
        LotPart.objects.all().delete,
        lambda: LotPart.objects.update(amount=0),
        Approval.objects.all().delete,
    ):
        with pytest.raises(Error), transaction.atomic():
            change()
    assert LotPart.objects.count() == 1

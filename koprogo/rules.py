"""Rules that PostgreSQL keeps, declared in Meta.constraints and carried by ordinary migrations.

`walled()` gives a tenant table all of them: row-level security, keys that cannot cross organizations, the audit.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import Model, UniqueConstraint
from django.db.models.constraints import BaseConstraint

from koprogo.postgres import APP_ROLE, OWNER_ROLE

# After SET LOCAL the value is '' and not NULL. The sub-select is evaluated once a statement, not once a row.
CURRENT_ORGANIZATION = "(SELECT nullif(current_setting('koprogo.organization', true), '')::bigint)"

Quote = Callable[[str], str]


class DatabaseRule(BaseConstraint):
    """One rule: the statements that make it, and those that remove it."""

    def make(self, model: type[Model], quote: Quote) -> Iterator[str]:
        raise NotImplementedError

    def unmake(self, table: str, quote: Quote) -> Iterator[str]:
        raise NotImplementedError

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        """Nothing at once: the statements run when the tables of this migration exist."""
        assert model is not None
        assert schema_editor is not None
        table = model._meta.db_table
        for sql in self.make(model, schema_editor.quote_name):
            template = sql.replace("%", "%%")
            schema_editor.deferred_sql.append(Statement(template, table=Table(table, schema_editor.quote_name)))
        return None

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        return self.create_sql(model, schema_editor)

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        assert schema_editor is not None
        quote = schema_editor.quote_name
        return "; ".join(self.unmake(quote(model._meta.db_table), quote))

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """PostgreSQL refuses; forms need no query of their own for it."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.deconstruct() == other.deconstruct()

    __hash__ = object.__hash__


class RowSecurity(DatabaseRule):
    """The application's role sees and writes the rows of its current organization only, the owner's all."""

    def make(self, model: type[Model], quote: Quote) -> Iterator[str]:
        table = quote(model._meta.db_table)
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        # No OR beside the comparison: it made a list 36 times slower.
        yield (
            f"CREATE POLICY {quote(self.name)} ON {table} TO {APP_ROLE} "
            f"USING (organization_id = {CURRENT_ORGANIZATION})"
        )
        yield f"CREATE POLICY {quote(self.name + '_owner')} ON {table} TO {OWNER_ROLE} USING (true)"

    def unmake(self, table: str, quote: Quote) -> Iterator[str]:
        yield f"DROP POLICY {quote(self.name)} ON {table}"
        yield f"DROP POLICY {quote(self.name + '_owner')} ON {table}"
        yield f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"


class RefersWithin(DatabaseRule):
    """A foreign key that carries its scope along: a row cannot refer across it.

    `scope` are the fields that both rows share, the organization first; the target needs a unique constraint
    over scope and id. It replaces Django's own constraint (db_constraint=False) and refuses in the statement.
    """

    def __init__(self, *, name: str, field: str, scope: list[str]) -> None:
        super().__init__(name=name)
        self.field, self.scope = field, list(scope)

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field, "scope": self.scope}

    def make(self, model: type[Model], quote: Quote) -> Iterator[str]:
        field = model._meta.get_field(self.field)
        target = field.remote_field.model._meta  # type: ignore[union-attr]
        scope = [model._meta.get_field(name).column for name in self.scope]  # type: ignore[union-attr]
        here = ", ".join(quote(column) for column in [*scope, field.column])  # type: ignore[arg-type,union-attr]
        there = ", ".join(quote(column) for column in [*scope, target.pk.column])  # type: ignore[arg-type]
        yield (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} "
            f"FOREIGN KEY ({here}) REFERENCES {quote(target.db_table)} ({there})"
        )

    def unmake(self, table: str, quote: Quote) -> Iterator[str]:
        yield f"ALTER TABLE {table} DROP CONSTRAINT {quote(self.name)}"


class Audited(DatabaseRule):
    """Every insert, update and delete becomes an audit event (apps/audit: audit_row).

    `personal` values go into audit_personal and the event refers to them; `hidden` ones are recorded as changed
    without their values; an update of `ignored` columns alone is no event.
    """

    def __init__(
        self, *, name: str, personal: list[str] | None = None, hidden: list[str] | None = None,
        ignored: list[str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name)
        self.columns = {"personal": personal or [], "hidden": hidden or [], "ignored": ignored or []}

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {role: names for role, names in self.columns.items() if names}

    def make(self, model: type[Model], quote: Quote) -> Iterator[str]:
        arguments = ", ".join(f"'{','.join(self.columns[role])}'" for role in ("personal", "hidden", "ignored"))
        yield (
            f"CREATE TRIGGER {quote(self.name)} AFTER INSERT OR UPDATE OR DELETE ON {quote(model._meta.db_table)} "
            f"FOR EACH ROW EXECUTE FUNCTION audit_row({arguments})"
        )

    def unmake(self, table: str, quote: Quote) -> Iterator[str]:
        yield f"DROP TRIGGER {quote(self.name)} ON {table}"


class InsertOnly(DatabaseRule):
    """The application's role may add rows and read them, never change or remove one."""

    def make(self, model: type[Model], quote: Quote) -> Iterator[str]:
        yield f"REVOKE UPDATE, DELETE ON {quote(model._meta.db_table)} FROM {APP_ROLE}"

    def unmake(self, table: str, quote: Quote) -> Iterator[str]:
        yield f"GRANT UPDATE, DELETE ON {table} TO {APP_ROLE}"


class SqlRule(DatabaseRule):
    """A rule written in SQL: an exclusion constraint, a constraint trigger. `{table}` is the model's table."""

    def __init__(self, *, name: str, create: str, drop: str) -> None:
        super().__init__(name=name)
        self.create, self.drop = create, drop

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"create": self.create, "drop": self.drop}

    def make(self, model: type[Model], quote: Quote) -> Iterator[str]:
        yield self.create.format(table=quote(model._meta.db_table), name=quote(self.name))

    def unmake(self, table: str, quote: Quote) -> Iterator[str]:
        yield self.drop.format(table=table, name=quote(self.name))


def trigger_rule(
    *, name: str, when: str, body: str, declare: str = "", deferred: bool = False, condition: str = ""
) -> SqlRule:
    """A row trigger with a function of the same name.

    `when`: "INSERT OR UPDATE OF amount"; `deferred`: judged at commit, in the organization that wrote; else before
    the row is written. `body` raises by `refusal`; `condition`: what WHEN says.
    """
    start = "PERFORM still_in_organization(coalesce(NEW.organization_id, OLD.organization_id));" if deferred else ""
    end = "RETURN NULL;" if deferred else "RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;"
    timing = "AFTER" if deferred else "BEFORE"
    kind, options = ("CONSTRAINT TRIGGER", "DEFERRABLE INITIALLY DEFERRED ") if deferred else ("TRIGGER", "")
    only = f"WHEN ({condition}) " if condition else ""
    return SqlRule(
        name=name,
        create=(
            f"CREATE FUNCTION {{name}}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = pg_catalog, public, pg_temp AS $$\n{declare}\nBEGIN\n{start}\n{body.strip()}\n{end}\n"
            f"END $$;\nCREATE {kind} {{name}} {timing} {when} ON {{table}} {options}FOR EACH ROW {only}"
            "EXECUTE FUNCTION {name}()"
        ),
        drop="DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}()",
    )


def refusal(rule: str, sentence: str, *values: str) -> str:
    """The statement that refuses in the name of a rule; `%` in the sentence stands for the values."""
    given = "".join(f", {value}" for value in values)
    return f"RAISE EXCEPTION '{sentence}'{given} USING ERRCODE = 'check_violation', CONSTRAINT = '{rule}';"


def walled(
    table: str, *, refers: dict[str, list[str]] | None = None, shares: list[list[str]] | None = None,
    personal: list[str] | None = None, ignored: list[str] | None = None, audited: bool = True,
) -> list[BaseConstraint]:  # fmt: skip
    """The rules of a tenant table, for its Meta.constraints.

    `refers`: foreign key → further fields that both rows must share, beside the organization.
    `shares`: further scopes under which other tables may refer to this one (each gets its unique constraint).
    """
    rules: list[BaseConstraint] = [
        RowSecurity(name=f"{table}_rows_of_the_current_organization"),
        UniqueConstraint(fields=["organization", "id"], name=f"{table}_is_addressed_by_organization"),
    ]
    for scope in shares or []:
        rules.append(
            UniqueConstraint(
                fields=["organization", *scope, "id"], name=f"{table}_is_addressed_by_{'_and_'.join(scope)}"
            )
        )
    for field, scope in (refers or {}).items():
        rules.append(
            RefersWithin(name=f"{table}_{field}_within_organization", field=field, scope=["organization", *scope])
        )
    if audited:
        rules.append(Audited(name=f"{table}_is_audited", personal=personal, ignored=ignored))
    return rules

"""Writing rows by COPY: row security, row triggers, foreign keys and indexes are lifted, and all set again.

PostgreSQL refuses COPY where row-level security is forced, and a foreign key asked for each of millions of rows, or
an index grown by them, takes minutes; made again over all rows it takes seconds, and refuses the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, models, transaction

_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY (%s::regclass[]) ORDER BY conrelid::regclass::text, conname
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint c
WHERE contype IN ('u', 'x') AND conrelid = ANY (%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)
ORDER BY conrelid::regclass::text, conname
"""
_INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY (%s::regclass[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY indexrelid::regclass::text
"""


@contextmanager
def lifted(tables: list[str], *, audited: str) -> Iterator[None]:
    """One transaction in which the owner's role may COPY into these tables; whatever fails, all is as before.

    `audited`: the table whose row triggers stay at work.
    """
    with transaction.atomic():
        _run("SET LOCAL maintenance_work_mem = '128MB'")
        foreign_keys = _without_constraints(_FOREIGN_KEYS, tables)
        constraints = _without_constraints(_CONSTRAINTS, tables)
        indexes = _ask(_INDEXES, tables)
        for name, _ in indexes:
            _run(f"DROP INDEX {name}")
        for table in tables:
            _run(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            if table != audited:
                _run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        _run("SET CONSTRAINTS ALL IMMEDIATE")  # a table with rules still to be judged cannot be altered
        for _, definition in indexes:
            _run(definition)
        for table, name, definition in constraints + foreign_keys:
            _run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for table in tables:
            _run(f"ALTER TABLE {table} ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY")


def _without_constraints(question: str, tables: list[str]) -> list[tuple[str, ...]]:
    found = _ask(question, tables)
    for table, name, _ in found:
        _run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return found


def _ask(question: str, tables: list[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, [tables])
        return cursor.fetchall()


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def copy(table: str, columns: Iterable[str], lines: Iterable[str]) -> None:
    """Add rows that are written already as lines of PostgreSQL's text format."""
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as rows:
        rows.write("".join(lines))


def copy_instances(instances: Iterable[models.Model]) -> None:
    """Add rows of any models; one without a number gets the next."""
    of_model: dict[tuple[type[models.Model], bool], list[models.Model]] = defaultdict(list)
    for instance in instances:
        of_model[type(instance), instance.pk is not None].append(instance)
    for (model, is_numbered), those in of_model.items():
        fields = [field for field in model._meta.concrete_fields
                  if not field.generated and (is_numbered or not field.primary_key)]  # fmt: skip
        names = [str(field.attname) for field in fields]
        lines = ["\t".join([_text(getattr(each, name)) for name in names]) + "\n" for each in those]
        copy(model._meta.db_table, [str(field.column) for field in fields], lines)


def _text(value: object) -> str:
    """Values hold neither tabs nor backslashes (apps.ops.portfolio.words)."""
    return "\\N" if value is None else str(value)


def restart_numbers(tables: list[str]) -> None:
    """The next number of each of these empty tables is 1."""
    for table in tables:
        _run(f"ALTER TABLE {table} ALTER COLUMN id RESTART WITH 1")


def continue_numbers(tables: list[str]) -> None:
    """The next number of each of these tables comes after its last."""
    for table in tables:
        _run(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) "
            f"FROM {table}"
        )

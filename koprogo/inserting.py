"""New rows of what people type all day: the statement of a model's INSERT compiled once, prepared by PostgreSQL."""

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model
from django.db.models.sql import InsertQuery

from koprogo.statements import KNOWN_TYPES, execute

Instance = TypeVar("Instance", bound=Model)


@dataclass(frozen=True, slots=True)
class _Insertion:
    sql: str
    written: list[Any]  # fields
    returned: list[str]  # what PostgreSQL makes: the id, generated columns


@cache
def _insertion(model: type[Model]) -> _Insertion:
    fields = model._meta.local_concrete_fields
    written = [field for field in fields if not (field.generated or field.primary_key)]
    query = InsertQuery(model)
    query.insert_values(written, [model()], raw=True)
    compiler: Any = query.get_compiler(connection=connection)
    compiler.returning_fields = model._meta.db_returning_fields
    ((sql, _parameters),) = compiler.as_sql()
    return _Insertion(sql, written, [field.attname for field in compiler.returning_fields])


def _written(field: Any, row: Model, database: Any) -> Any:
    """PostgreSQL reads texts, numbers and days as what it expects there, without Django's ten calls for each."""
    value = getattr(row, field.attname)
    if type(value) in KNOWN_TYPES:
        return value
    value = field.get_db_prep_save(field.pre_save(row, add=True), database)
    return str(value) if isinstance(value, str) else value  # a choice of an enumeration


def insert(row: Instance) -> Instance:
    """Write a new row, whose id PostgreSQL gives, as `save()` does but for Django's signals, of which we have none."""
    found, database = _insertion(type(row)), connections[DEFAULT_DB_ALIAS]
    values = [_written(field, row, database) for field in found.written]
    (made,) = execute(found.sql, values)
    for name, value in zip(found.returned, made, strict=True):
        setattr(row, name, value)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row

"""Questions of the pages that are opened most: a queryset compiled once, prepared by PostgreSQL, asked with values.

Building and compiling a queryset costs more than all the rest of such a page, and planning its statement as much
again. So the queryset is built once for each shape of a question, with marks where its values would stand; what the
compiled statement holds of marks is where the values of each time go.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

from koprogo.statements import Row, execute

Instance = TypeVar("Instance", bound=Model)
Value = int | str | date | Decimal
# No id, no amount, no text and no day of ours looks like these.
FIRST_NUMBER = 2_000_000_000
FIRST_DAY = date.min
LAST_BIGINT = 2**63 - 1  # an address or a filter may say more, PostgreSQL cannot: it finds nothing


def mark(index: int, value: Value) -> Value:
    """What stands for the value while its queryset is compiled; of the value's own type."""
    match value:
        case str():
            return f"\ue000{index}\ue001"
        case int():
            return FIRST_NUMBER + index
        case Decimal():
            return Decimal(FIRST_NUMBER + index)
    return FIRST_DAY + timedelta(index)


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter of a statement: a value that is always the same, or the place of one, perhaps within a pattern."""

    name: str
    constant: Any = None
    pattern: tuple[str, str] = ("", "")  # what stands before and behind the value: LIKE's per cent signs

    def fill(self, values: Mapping[str, Value]) -> Any:
        if not self.name:
            return self.constant
        value = values[self.name]
        if self.pattern == ("", ""):
            return value
        return f"{self.pattern[0]}{connection.ops.prep_for_like_query(str(value))}{self.pattern[1]}"


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its slots, and what Django makes of the columns that it reads."""

    sql: str
    slots: tuple[Slot, ...]
    converters: Mapping[int, Any]

    def rows(self, values: Mapping[str, Value]) -> list[Row]:
        if any(type(value) is int and value > LAST_BIGINT for value in values.values()):
            return []
        rows = execute(self.sql, [slot.fill(values) for slot in self.slots])
        return [tuple(self._converted(row)) for row in rows] if self.converters else rows

    def _converted(self, row: Row) -> list[Any]:
        found = list(row)
        for place, (converters, expression) in self.converters.items():
            for convert in converters:
                found[place] = convert(found[place], expression, connection)
        return found


def compiled(queryset: QuerySet[Any], marks: Mapping[str, Value]) -> Statement:
    """The statement of a queryset that was built with these marks. Raises EmptyResultSet: it can find nothing."""
    compiler = queryset.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    names = {marked: name for name, marked in marks.items()}
    converters = compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
    return Statement(sql, tuple(_slot(parameter, names) for parameter in parameters), converters)


def _slot(parameter: Any, names: Mapping[Value, str]) -> Slot:
    if isinstance(parameter, str):
        for marked, name in names.items():
            if isinstance(marked, str) and marked in parameter:
                before, _mark, behind = parameter.partition(marked)
                return Slot(name, pattern=(before, behind))
    elif isinstance(parameter, int | date | Decimal) and parameter in names:
        return Slot(names[parameter])
    return Slot("", parameter)


class Question:
    """A queryset asked with other values each time. `build(*shape, **values)` makes it; `shape` is hashable."""

    def __init__(self, build: Callable[..., QuerySet[Any]]) -> None:
        self.build = build
        self._statements: dict[Hashable, Statement | None] = {}

    def statement(self, shape: tuple[Hashable, ...], values: Mapping[str, Value]) -> Statement | None:
        key = (*shape, *values)
        if key not in self._statements:
            marks = {name: mark(index, value) for index, (name, value) in enumerate(values.items(), start=1)}
            try:
                self._statements[key] = self.compile(shape, marks)
            except EmptyResultSet:
                self._statements[key] = None
        return self._statements[key]

    def compile(self, shape: tuple[Hashable, ...], marks: Mapping[str, Value]) -> Statement:
        return compiled(self.build(*shape, **marks), marks)

    def ask(self, *shape: Hashable, **values: Value) -> list[Row]:
        """The rows of the queryset's values_list."""
        statement = self.statement(shape, values)
        return statement.rows(values) if statement else []


def instances(model: type[Instance], rows: Iterable[Row]) -> list[Instance]:
    """The rows of a question whose queryset is one of whole instances."""
    names = [field.attname for field in model._meta.concrete_fields]
    return [instance(model, names, row) for row in rows]


def instance(model: type[Instance], names: Sequence[str], values: Sequence[Any]) -> Instance:
    """What `Model.from_db` gives, without its signals, for which nobody listens."""
    found = model.__new__(model)
    found._state = ModelState()
    found._state.db, found._state.adding = DEFAULT_DB_ALIAS, False
    found.__dict__.update(zip(names, values, strict=True))
    return found

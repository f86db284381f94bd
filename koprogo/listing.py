"""List pages: one page of light rows, in an order that an index serves, without counting whole tables."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Generic, Self, TypeVar, overload

from django.db.models import Field, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.utils.translation import gettext as _

from koprogo.prepared import Question, Slot, Statement, Value, compiled
from koprogo.search import normalise

PAGE_SIZE = 25
# "plus de 1 000" says enough. A list that holds as many again holds more than that for a while, however busy its office
# is with setting things aside: so long nobody counts it, which costs a tenth of the page.
COUNT_CAP = 1000
COUNTED = 2 * COUNT_CAP + 1  # counting goes no further: it costs the same in an office of any size
SURE_FOR = 60.0  # seconds
MOST_SURE = 1000  # lists
LAST_PAGE = 10_000
MOST_WORDS = 8

Row = TypeVar("Row")


class Records(Sequence[Row]):
    """The rows of a page, each made of its values when somebody looks at it (koprogo.jinja.kept_rows need not)."""

    __slots__ = ("make", "values")

    def __init__(self, make: Callable[..., Row], values: Sequence[tuple[Any, ...]]) -> None:
        self.make, self.values = make, values

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Self: ...

    def __getitem__(self, place: int | slice) -> Row | Self:
        if isinstance(place, slice):
            return type(self)(self.make, self.values[place])
        return self.make(*self.values[place])


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list; `previous` and `next` are page numbers, None where there is none."""

    rows: Sequence[Row]
    first: int
    last: int
    previous: int | None
    next: int | None
    total: str  # words such as "sur 43"; "" when nobody counted
    sort: str = ""  # what it is ordered by: "name", "-name"

    def __bool__(self) -> bool:
        return bool(self.rows)


class Listing(Question, Generic[Row]):
    """A list that is opened all the time: one prepared statement reads a page of it and counts, as far as it must.

    `build(*shape, **values)` gives the rows in no order; `orders` maps each column that sorts to the fields of its
    ascending order; `row(*values of fields)` makes each row. The last field may be an array: it is given as tuples.
    """

    def __init__(
        self, build: Callable[..., QuerySet[Any]], fields: Sequence[str], row: Callable[..., Row], *,
        orders: Mapping[str, Sequence[str]], default: str,
    ) -> None:  # fmt: skip
        super().__init__(build)
        self.fields, self.row, self.orders, self.default = fields, row, orders, default
        self._long_until: dict[Hashable, float] = {}  # by shape and values, on time.monotonic()

    def read(self, request: HttpRequest, *shape: Hashable, **values: Value) -> Page[Row]:
        """The page that `?page=` and `?sort=` ask for."""
        number, sort = _page_number(request), asked_order(request, self.orders, self.default)
        start = (number - 1) * PAGE_SIZE
        itself, now = (*shape, *values.items()), monotonic()
        is_long = self._long_until.get(itself, now) > now
        found = self.ask(sort, start > 0, is_long, *shape, **values, start=start)
        total = found[0][-1] if found else 0
        if total == COUNTED and not is_long:
            if len(self._long_until) >= MOST_SURE:
                self._long_until.clear()
            self._long_until[itself] = now + SURE_FOR
        return _page(number, start, Records(self.row, list(map(_values, found))), total, sort)

    def compile(self, shape: tuple[Hashable, ...], marks: Mapping[str, Value]) -> Statement:
        sort, is_deep, is_long, *rest = shape
        found = self.build(*rest, **{name: value for name, value in marks.items() if name != "start"})
        rows = found.order_by(*ordered_by(self.orders, str(sort)))
        start = marks["start"]
        if is_deep:
            # The rows before the page are walked by their ids alone: what each row brings along is not read for them.
            assert isinstance(start, int)
            rows = rows.filter(pk__in=rows.values("pk")[start : start + PAGE_SIZE + 1])
        rows = rows.annotate(counted=_enough() if is_long else _count(found))
        page = compiled(rows.values_list(*self.fields, "counted")[: PAGE_SIZE + 1], marks)
        return _starting_anywhere(page, start)


def _values(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without the count, and with what can be looked up in a dictionary in the place of an array."""
    return (*row[:-2], _frozen(row[-2])) if type(row[-2]) is list else row[:-1]


def _frozen(array: list[Any]) -> tuple[Any, ...]:
    return tuple([tuple(each) if type(each) is list else each for each in array])


# Fields of no type: Django would make an integer of each row's integer.
def _count(found: QuerySet[Any]) -> RawSQL:
    """How many are found, beside each row."""
    sql, parameters = found.order_by().values("pk")[:COUNTED].query.sql_with_params()
    return RawSQL(f"SELECT count(*) FROM ({sql}) AS found", parameters, Field())  # noqa: S608, S611


def _enough() -> RawSQL:
    return RawSQL(str(COUNTED), (), Field())  # noqa: S611


def _starting_anywhere(page: Statement, start: Value) -> Statement:
    """Django writes the offset into the statement: make it a parameter."""
    before, offset, behind = page.sql.partition(f" OFFSET {start}")
    if not offset:
        return page
    place = before.count("%s")
    slots = (*page.slots[:place], Slot("start"), *page.slots[place:])
    return replace(page, sql=f"{before} OFFSET %s{behind}", slots=slots)


def read_page(
    request: HttpRequest, found: QuerySet[Any], fields: Sequence[str], row: Callable[..., Row], *,
    counted: bool = True,
) -> Page[Row]:  # fmt: skip
    """The same for a list that is opened now and then, whatever its rows: two statements, uncounted one."""
    number = _page_number(request)
    start = (number - 1) * PAGE_SIZE
    rows = [row(*values) for values in found.values_list(*fields)[start : start + PAGE_SIZE + 1]]
    is_whole = number == 1 and len(rows) <= PAGE_SIZE
    total = len(rows) if is_whole or not counted else found.order_by()[: COUNT_CAP + 1].count()
    return _page(number, start, rows, total if counted else None)


def _page(number: int, start: int, rows: Sequence[Row], total: int | None, sort: str = "") -> Page[Row]:
    """The rows of a page; they hold one more where another page follows."""
    has_next, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    return Page(
        rows, start + 1 if rows else 0, start + len(rows), number - 1 or None, number + 1 if has_next else None,
        "" if total is None else _total_in_words(total), sort,
    )  # fmt: skip


def searched_words(request: HttpRequest) -> str:
    """What `?q=` looks for, normalised; "" looks for nothing. No text of PostgreSQL's holds a NUL."""
    return normalise(request.GET.get("q", "").replace("\0", "").strip())


def each_word(words: str) -> dict[str, str]:
    """The words one by one, as values of a question (`word0`, `word1`, …)."""
    return {f"word{index}": word for index, word in enumerate(words.split()[:MOST_WORDS])}


def with_each_word(found: QuerySet[Any], words: Iterable[str]) -> QuerySet[Any]:
    """The rows whose column `search` holds every word, in any order."""
    for word in words:
        found = found.filter(search__contains=word)
    return found


def asks_for_archive(request: HttpRequest) -> bool:
    """Whether what was set aside is asked for (`?archived=1`), instead of what is in use."""
    return request.GET.get("archived") == "1"


def page_or_fragment(request: HttpRequest, page: str, fragment: str) -> str:
    """The template to answer with: htmx swaps the fragment, but takes the whole page when it goes back in history."""
    is_swap = "HTTP_HX_REQUEST" in request.META and "HTTP_HX_HISTORY_RESTORE_REQUEST" not in request.META
    return fragment if is_swap else page


def asked_order(request: HttpRequest, orders: Mapping[str, Sequence[str]], default: str) -> str:
    """What `?sort=` asks for, if it is known: "name", "-name"."""
    asked = request.GET.get("sort", default)
    return asked if asked.removeprefix("-") in orders else default


def ordered_by(orders: Mapping[str, Sequence[str]], sort: str) -> list[str]:
    """The fields of an order, ending in id."""
    fields = [*orders[sort.removeprefix("-")], "id"]
    return [_reversed(field) for field in fields] if sort.startswith("-") else fields


def _reversed(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    return min(max(int(given), 1), LAST_PAGE) if given.isdecimal() and len(given) < 10 else 1


def _total_in_words(total: int) -> str:
    if total > COUNT_CAP:
        return _("sur plus de 1 000")
    return _("sur %(count)s") % {"count": total}

"""List pages: one page of light rows, in an order that an index serves, without counting whole tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from koprogo.search import normalise

PAGE_SIZE = 25
# Counting goes no further: "plus de 1 000" says enough, and costs the same in an office of any size.
COUNT_CAP = 1000
LAST_PAGE = 10_000
MOST_WORDS = 8

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list; `previous` and `next` are page numbers, None where there is none."""

    rows: list[Row]
    first: int
    last: int
    previous: int | None
    next: int | None
    total: str  # words such as "sur 43"

    def __bool__(self) -> bool:
        return bool(self.rows)


def read_page(
    request: HttpRequest, found: QuerySet[Any], fields: Sequence[str], row: Callable[..., Row], *,
    size: int = PAGE_SIZE, counted: bool = True,
) -> Page[Row]:  # fmt: skip
    """The page that `?page=` asks for: `row(*values of fields)` for each. Two statements at most, uncounted one."""
    number = _page_number(request)
    start = (number - 1) * size
    rows = [row(*values) for values in found.values_list(*fields)[start : start + size + 1]]
    has_next = len(rows) > size
    rows = rows[:size]
    is_whole = number == 1 and not has_next
    total = len(rows) if is_whole or not counted else found.order_by()[: COUNT_CAP + 1].count()
    return Page(
        rows, start + 1 if rows else 0, start + len(rows), number - 1 or None, number + 1 if has_next else None,
        _total_in_words(total) if counted else "",
    )  # fmt: skip


def searched_words(request: HttpRequest) -> str:
    """What `?q=` looks for, normalised; "" looks for nothing. No text of PostgreSQL's holds a NUL."""
    return normalise(request.GET.get("q", "").replace("\0", "").strip())


def with_each_word(request: HttpRequest, found: QuerySet[Any]) -> tuple[QuerySet[Any], str]:
    """The rows whose column `search` holds every word that `?q=` looks for, in any order; and these words."""
    words = searched_words(request)
    for word in words.split()[:MOST_WORDS]:
        found = found.filter(search__contains=word)
    return found, words


def archived_or_not(request: HttpRequest, found: QuerySet[Any]) -> tuple[QuerySet[Any], bool]:
    """The rows in use, or with `?archived=1` those set aside instead; and which of both."""
    is_archive = request.GET.get("archived") == "1"
    return found.filter(archived_on__isnull=not is_archive), is_archive


def page_or_fragment(request: HttpRequest, page: str, fragment: str) -> str:
    """The template to answer with: htmx swaps the fragment, but takes the whole page when it goes back in history."""
    is_swap = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    return fragment if is_swap else page


def order(request: HttpRequest, orders: Mapping[str, Sequence[str]], default: str) -> tuple[str, list[str]]:
    """What `?sort=` asks for, if it is known: its name ("name", "-name") and the fields, ending in id.

    `orders` maps each sortable column to the fields of its ascending order.
    """
    asked = request.GET.get("sort", default)
    if asked.removeprefix("-") not in orders:
        asked = default
    fields = [*orders[asked.removeprefix("-")], "id"]
    return asked, [_reversed(field) for field in fields] if asked.startswith("-") else fields


def _reversed(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    return min(max(int(given), 1), LAST_PAGE) if given.isdecimal() and len(given) < 10 else 1


def _total_in_words(total: int) -> str:
    if total > COUNT_CAP:
        return _("sur plus de 1 000")
    return _("sur %(count)s") % {"count": total}

"""An invoice as the texts of its form: names of the fields, and what a stored line looks like in them.

A form has its lines in the order of `line` (`line=0&line=3`), a line its portions in that of `3-portion`; the fields
of line 3 are called `3-gross`, those of its portion 1 `3-1-key`, the amount of a lot `3-lot-<key>-<unit>`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.http import QueryDict

from apps.expenses.days import ONE_DAY, Span
from apps.expenses.drafts import Head, LineEntry
from koprogo.formats import without_separators
from koprogo.plausible import is_plausible
from koprogo.posted import changeable

MOST_LINES = 60
MOST_PORTIONS = 20
SPLIT = "split"  # instead of a key or a lot: several keys
Texts = dict[str, str | list[str]]


def key_choice(key_id: int) -> str:
    return f"k{key_id}"


def unit_choice(unit_id: int) -> str:
    return f"u{unit_id}"


def money(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}".replace(".", ",")


def number(value: Decimal | None) -> str:
    return "" if value is None else without_separators(value)


def day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def period(line: str, span: Span) -> dict[str, str]:
    return {f"{line}-first": day(span.start), f"{line}-last": day(span.last)}


def typed_head(head: Head) -> Texts:
    return {
        "building": str(head.building.pk), "supplier": head.supplier.name, "number": head.number,
        "date": day(head.date), "due_on": day(head.due_on), "description": head.description,
    }  # fmt: skip


def typed_lines(entries: Sequence[LineEntry]) -> Texts:
    texts: Texts = {"line": [str(number) for number in range(len(entries))]}
    for line, entry in enumerate(entries):
        texts |= _typed_line(str(line), entry)
    return texts


def _typed_line(line: str, entry: LineEntry) -> Texts:
    target = SPLIT
    if entry.key is not None:
        target = key_choice(entry.key.pk)
    elif entry.unit is not None:
        target = unit_choice(entry.unit.pk)
    texts: Texts = {
        f"{line}-description": entry.description, f"{line}-account": entry.account, f"{line}-net": money(entry.net),
        f"{line}-vat_rate": number(entry.vat_rate), f"{line}-vat": money(entry.vat),
        f"{line}-gross": money(entry.gross),
        f"{line}-target": target, f"{line}-day_rule": entry.day_rule, f"{line}-reference_on": day(entry.reference_on),
        f"{line}-tenant_percent": number(entry.tenant_percent),
        **period(line, Span(entry.period_start, entry.period_end)),
        f"{line}-portion": [str(place) for place in range(len(entry.portions))],
    }  # fmt: skip
    for place, portion in enumerate(entry.portions):
        name = f"{line}-{place}"
        texts[f"{name}-key"] = str(portion.key.pk)
        texts[f"{name}-percent"], texts[f"{name}-amount"] = number(portion.percent), money(portion.amount)
    for (key_id, unit_id), amount in entry.lot_amounts.items():
        texts[f"{line}-lot-{key_id}-{unit_id}"] = money(amount)
    return texts


def to_data(texts: Mapping[str, str | list[str]], data: QueryDict | None = None) -> QueryDict:
    """The texts as if they had been sent; those of `data` that they do not replace stay."""
    result = changeable(data) if data is not None else QueryDict(mutable=True)
    for name, value in texts.items():
        result.setlist(name, value if isinstance(value, list) else [value])
    return result


def numbers_in(data: QueryDict, name: str, most: int) -> list[str]:
    """The numbers of lines, or of a line's portions, in their order."""
    found = [each for each in data.getlist(name) if each.isascii() and each.isdecimal() and len(each) < 4]
    return list(dict.fromkeys(found))[:most]


def next_number(numbers: Sequence[str]) -> str:
    return str(max(map(int, numbers), default=-1) + 1)


def read_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if is_plausible(found) else None


def span_in(data: QueryDict, line: str) -> Span | None:
    """The period of a line as it is typed by now."""
    first, last = read_day(data.get(f"{line}-first", "")), read_day(data.get(f"{line}-last", ""))
    return Span(first, last + ONE_DAY) if first and last and first <= last else None

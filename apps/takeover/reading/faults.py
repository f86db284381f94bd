"""What is wrong with a file, as a person can find it in the spreadsheet."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from apps.takeover.reading.limits import MAX_FAULTS
from koprogo.national import has_national_number
from koprogo.xlsx import Unusable

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence about a cell, a row or a whole sheet (`row` None, `column_letter` empty)."""

    sheet: str
    row: int | None
    column_letter: str
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        place = f"{self.sheet}!{self.column_letter}{self.row}" if self.row else self.sheet
        shown_value = f" «{self.value}»" if self.value else ""
        return f"{place}{shown_value}: {self.message}"


@dataclass
class Faults:
    """Collects faults in bounded memory; those beyond the first thousands are only counted."""

    kept: list[Fault] = field(default_factory=list)
    left_out: int = 0

    def add(self, fault: Fault) -> None:
        if len(self.kept) < MAX_FAULTS:
            self.kept.append(fault)
        else:
            self.left_out += 1


def in_file_order(faults: Iterable[Fault], sheets: Iterable[str]) -> list[Fault]:
    order = {name: index for index, name in enumerate(sheets)}
    return sorted(
        faults,
        key=lambda fault: (
            order.get(fault.sheet, len(order)),
            fault.row or 0,
            len(fault.column_letter),
            fault.column_letter,
        ),
    )


def shown(value: Any) -> str:
    """A value as a person reads it in the spreadsheet, on one line; never a national register number."""
    text = _text(value)
    if has_national_number(text, bare=True):
        return ""
    text = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    text = " ".join(text[: LONGEST_SHOWN * 2].split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _text(value: Any) -> str:
    if value is None:
        return ""
    for kind, write in WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    return str(value)[: LONGEST_SHOWN * 4]


def _decimal(value: float | Decimal) -> str:
    text = f"{value:f}" if isinstance(value, Decimal) else repr(value).removesuffix(".0")
    return text.replace(".", ",")


WRITERS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "VRAI" if value else "FAUX",
    datetime: lambda value: day(value.date()),
    date: lambda value: day(value),
    float: _decimal,
    Decimal: _decimal,
    Fraction: lambda value: f"{value.numerator}/{value.denominator}",
    Unusable: lambda value: value.text,
}


def day(value: date) -> str:
    return f"{value.day:02}/{value.month:02}/{value.year:04}"

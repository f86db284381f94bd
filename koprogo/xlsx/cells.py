"""What stands in one cell."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Literal

from openpyxl.utils import get_column_letter

from koprogo.xlsx.archive import corrupt

MAX_COLUMN = 16_384
MAX_NUMBER = 400
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
COORDINATE = re.compile(r"([A-Z]{1,3})\d{0,7}")


@dataclass(frozen=True, slots=True)
class Unusable:
    """A cell without a value: an error, a formula without a stored result, a date out of range."""

    kind: Literal["error", "formula", "date"]
    text: str


Cell = str | int | float | bool | datetime | Unusable


def letter(column: int) -> str:
    """The letter of a column, 1 for A."""
    return str(get_column_letter(column))


def column_of(coordinate: str) -> int:
    """The column of a coordinate, 28 for "AB7"."""
    match = COORDINATE.fullmatch(coordinate)
    if match is None:
        raise corrupt()
    column = 0
    for character in match[1]:
        column = column * 26 + ord(character) - 64
    if column > MAX_COLUMN:
        raise corrupt()
    return column


def unescape(text: str) -> str:
    """Undo Excel's way of writing control characters: _x000D_."""
    if "_x" not in text:
        return text
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def number(text: str) -> int | float | str:
    """A number as stored; text that is none stays text."""
    try:
        if len(text) > MAX_NUMBER:
            return text
        if text.lstrip("-").isdigit():
            return int(text)
        value = float(text)
    except ValueError:
        return text
    return value if isfinite(value) else text


def moment(serial: float | str, epoch: datetime) -> datetime | Unusable:
    """The date of a serial number. In the 1900 system there is a 29 February 1900, which never was."""
    shown = str(serial)
    if isinstance(serial, str) or serial < 1:
        return Unusable("date", shown)
    if serial < 60 and epoch.year < 1900:
        serial += 1
    try:
        return epoch + timedelta(seconds=round(serial * 86400))
    except OverflowError:
        return Unusable("date", shown)


def iso_moment(text: str) -> datetime | Unusable:
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    except ValueError:
        return Unusable("date", text)

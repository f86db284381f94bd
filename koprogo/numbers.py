"""A number typed in a form or stored in a workbook's cell: money, percentages, whole numbers, weights, areas."""

import re
from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _

from koprogo.formats import without_zeros
from koprogo.readers import Invalid
from koprogo.xlsx import Cell

TYPED_NUMBER = re.compile(r"([-+]?)(\d{1,15}|\d{1,3}(?: \d{3}){1,4})(?:[.,](\d{1,15}))?", re.ASCII)
NOISE = Decimal("0.000000001")
LARGEST = 10**15
LARGEST_INTEGER = 2**31 - 1
MONEY_DIGITS = 12
MAX_MONEY = Decimal(10) ** (MONEY_DIGITS - 2)
# 1.234,56 and 1,234.56: where both stand, the last one is the decimal point.
GROUPED_BY_POINT = re.compile(r"[-+−]?\d{1,3}(?:\.\d{3})+,\d+|[-+−]?\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
GROUPED_BY_COMMA = re.compile(r"[-+−]?\d{1,3}(?:,\d{3})+\.\d+|[-+−]?\d{1,3}(?:,\d{3}){2,}", re.ASCII)


def exact(cell: Cell) -> Decimal | None:
    """The number as typed, None when it is none. A stored 3120.4499999999998 is 3120.45."""
    match cell:
        case str():
            return _typed(cell)
        case bool():
            return None
        case int() if abs(cell) < LARGEST:
            return Decimal(cell)
        case float() if abs(cell) < LARGEST:
            return Decimal(repr(cell))
    return None


def _typed(text: str) -> Decimal | None:
    plain = " ".join(text.replace("−", "-").split())
    match = TYPED_NUMBER.fullmatch(plain)
    if match is None:
        return None
    sign, whole, decimals = match.groups()
    return Decimal(f"{sign}{whole.replace(' ', '')}.{decimals or 0}")


def rounded(value: Decimal, places: int) -> Decimal | None:
    """The value at `places` decimals when it has no more of them, but for the noise of binary numbers; else None."""
    result = value.quantize(Decimal(1).scaleb(-places))
    return result + 0 if abs(result - value) <= NOISE else None


def whole(smallest: int, largest: int = LARGEST_INTEGER) -> Callable[[Cell], int]:
    """A whole number between two bounds, both included."""

    def parse(cell: Cell) -> int:
        value = exact(cell)
        number = None if value is None else rounded(value, 0)
        if number is None:
            raise Invalid(_("Écrivez un nombre entier."))
        if number < smallest:
            raise Invalid(_("Ce nombre est trop petit : %(smallest)s au moins.") % {"smallest": smallest})
        if number > largest:
            raise Invalid(_("Ce nombre est trop grand : %(largest)s au plus.") % {"largest": largest})
        return int(number)

    return parse


def positive(places: int, limit: Decimal) -> Callable[[Cell], Decimal]:
    """A number ≥ 0 below `limit` with at most `places` decimals."""

    def parse(cell: Cell) -> Decimal:
        value = exact(cell)
        if value is None or value < 0:
            raise Invalid(_("Écrivez un nombre positif ou nul."))
        number = rounded(value, places)
        if number is None:
            raise Invalid(_("Ce nombre a %(places)s décimales au plus.") % {"places": places})
        if number >= limit:
            raise Invalid(_("Ce nombre est trop grand : il doit rester sous %(limit)s.") % {"limit": limit})
        return without_zeros(number)

    return parse


def money(cell: Cell) -> Decimal:
    """Euros with two decimals: 1 234,56 or 1.234,56 or 1234.56."""
    value = exact(_ungrouped(cell.removesuffix("€").removeprefix("€").strip()) if isinstance(cell, str) else cell)
    if value is None:
        raise Invalid(_("Écrivez un montant, par exemple 1 234,56."))
    amount = rounded(value, 2)
    if amount is None:
        raise Invalid(_("Un montant a deux décimales au plus."))
    if abs(amount) >= MAX_MONEY:
        raise Invalid(_("Ce montant est trop grand : %(digits)s chiffres au plus.") % {"digits": MONEY_DIGITS})
    return amount


def _ungrouped(text: str) -> str:
    if GROUPED_BY_POINT.fullmatch(text):
        return text.replace(".", "")
    if GROUPED_BY_COMMA.fullmatch(text):
        return text.replace(",", "")
    return text


def percent(places: int) -> Callable[[Cell], Decimal]:
    """Between 0 and 100, with or without its sign; at most `places` decimals."""

    def parse(cell: Cell) -> Decimal:
        value = exact(cell.removesuffix("%") if isinstance(cell, str) else cell)
        number = None if value is None else rounded(value, places)
        if number is None or not 0 <= number <= 100:
            raise Invalid(_("Écrivez un pourcentage entre 0 et 100."))
        return number

    return parse

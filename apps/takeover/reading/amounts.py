"""Numbers in cells: money, whole numbers, weights, fractions."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from apps.takeover.reading import limits
from koprogo.readers import Invalid
from koprogo.xlsx import Cell

TYPED_NUMBER = re.compile(r"([-+]?)(\d{1,15}|\d{1,3}(?: \d{3}){1,4})(?:[.,](\d{1,15}))?", re.ASCII)
TYPED_FRACTION = re.compile(r"(\d{1,9}) ?/ ?(\d{1,9})", re.ASCII)
NOISE = Decimal("0.000000001")
LARGEST = 10**15


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


def money(cell: Cell) -> Decimal:
    """Euros with two decimals."""
    value = exact(cell.removesuffix("€") if isinstance(cell, str) else cell)
    if value is None:
        raise Invalid(_("Écrivez un montant, par exemple 1 234,56."))
    amount = rounded(value, 2)
    if amount is None:
        raise Invalid(_("Un montant a deux décimales au plus."))
    if abs(amount) >= limits.MAX_MONEY:
        raise Invalid(_("Ce montant est trop grand : %(digits)s chiffres au plus.") % {"digits": limits.MONEY_DIGITS})
    return amount


def whole(smallest: int, largest: int = limits.MAX_INTEGER) -> Callable[[Cell], int]:
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


def without_zeros(number: Decimal) -> Decimal:
    """149 rather than 149.000, and 100 rather than 1E+2."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def rate(cell: Cell) -> Decimal:
    """A VAT rate in percent: 21 means 21 %."""
    value = exact(cell.removesuffix("%") if isinstance(cell, str) else cell)
    number = None if value is None else rounded(value, 2)
    if number is None or not 0 <= number <= 100:
        raise Invalid(_("Écrivez un taux entre 0 et 100 : 21 veut dire 21 %."))
    number = without_zeros(number)
    if 0 < number < 1:
        raise Invalid(_("Ce taux est inférieur à 1 % : écrivez 21 pour 21 %."))
    return number


def fraction(cell: Cell) -> Fraction:
    """A part above 0 and up to 1: 1/2, 0,5, 50 % or a number. A number close to a third is a third."""
    if isinstance(cell, datetime):
        raise Invalid(
            _("Le tableur a lu 1/2 comme une date : mettez la cellule au format Texte, puis retapez la part, ou 0,5.")
        )
    value = _typed_fraction(cell) if isinstance(cell, str) else _number_fraction(cell)
    if value is None or not 0 < value <= 1 or value.denominator > limits.MAX_INTEGER:
        raise Invalid(_("Écrivez une part entre 0 et 1, par exemple 1/2, 0,5 ou 50 %."))
    return value


def _typed_fraction(text: str) -> Fraction | None:
    plain = " ".join(text.split())
    match = TYPED_FRACTION.fullmatch(plain)
    if match:
        return Fraction(int(match[1]), int(match[2])) if int(match[2]) else None
    number = exact(plain.removesuffix("%"))
    if number is None:
        return None
    return Fraction(number) / (100 if plain.endswith("%") else 1)


def _number_fraction(cell: Cell) -> Fraction | None:
    number = exact(cell)
    if number is None:
        return None
    simple = Fraction(number).limit_denominator(10_000)
    return simple if abs(simple - Fraction(number)) <= Fraction(NOISE) else Fraction(number)

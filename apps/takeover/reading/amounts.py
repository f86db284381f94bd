"""Numbers in cells that a takeover alone reads: rates, fractions."""

import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from apps.takeover.reading import limits
from koprogo.formats import without_zeros
from koprogo.numbers import NOISE, exact, rounded
from koprogo.readers import Invalid
from koprogo.xlsx import Cell

TYPED_FRACTION = re.compile(r"(\d{1,9}) ?/ ?(\d{1,9})", re.ASCII)


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

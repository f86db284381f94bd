"""How numbers, money, dates and choices are written in each language.

Django finds the separators and date formats in the packages beside this file (FORMAT_MODULE_PATH); the functions
below read them through Django once a language and are then cheap enough for every cell of a list.
None, an end that is still open, is written as nothing. Without a `language` it is the one of now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from operator import attrgetter

from django.db.models import TextChoices
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.dateformat import format as django_date
from django.utils.formats import get_format
from django.utils.text import capfirst
from django.utils.translation import get_language

MOST_KEPT = 4096  # texts of a filter and language
# Letters of Django's formats: how the part is written, and what it is called.
PARTS = {
    "d": ("%02d", "day"), "m": ("%02d", "month"), "Y": ("%04d", "year"), "H": ("%02d", "hour"), "i": ("%02d", "minute"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """What one language writes differently."""

    separators: dict[int, str]
    money: str
    negative_money: str
    percent: str
    day: Callable[[date], str]
    moment: Callable[[date], str]


@cache
def style_of(language: str | None) -> Style:
    def own(name: str) -> str:
        return str(get_format(name, language))

    return Style(
        separators={ord(","): own("THOUSAND_SEPARATOR"), ord("."): own("DECIMAL_SEPARATOR")},
        money=own("MONEY_FORMAT"),
        negative_money=own("NEGATIVE_MONEY_FORMAT"),
        percent=own("PERCENT_FORMAT"),
        day=_writer(own("SHORT_DATE_FORMAT")),
        moment=_writer(own("SHORT_DATETIME_FORMAT")),
    )


def _writer(django_format: str) -> Callable[[date], str]:
    """A quarter of what strftime takes, which asks the C library for its language each time."""
    pattern = "".join(PARTS[letter][0] if letter in PARTS else letter for letter in django_format)
    parts_of = attrgetter(*[PARTS[letter][1] for letter in django_format if letter in PARTS])
    return lambda value: pattern % parts_of(value)


def euro(value: Decimal | int | None, *, language: str | None = None) -> str:
    """An amount with its sign, two decimals and the euro: `1 234,56 €`, `€ 1.234,56`."""
    return "" if value is None else _money(value, 2, language)


def whole_euro(value: Decimal | int | None, *, language: str | None = None) -> str:
    """An amount without its cents, for the scale of a chart: `1 235 €`."""
    return "" if value is None else _money(value, 0, language)


def _money(value: Decimal | int, decimals: int, language: str | None) -> str:
    style = style_of(language or get_language())
    digits = f"{abs(value):,.{decimals}f}".translate(style.separators)
    return (style.negative_money if value < 0 else style.money) % digits


def number(value: Decimal | int | None, decimals: int | None = None, *, language: str | None = None) -> str:
    """A number with its separators; without `decimals` as many as it carries."""
    if value is None:
        return ""
    if decimals is None and type(value) is int and -1000 < value < 1000:
        return str(value)
    digits = f"{value:,}" if decimals is None else f"{Decimal(value):z,.{decimals}f}"
    return digits.translate(style_of(language or get_language()).separators)


def without_separators(value: Decimal | int) -> str:
    """A number as one types it: `1234,5`."""
    digits = str(without_zeros(value) if isinstance(value, Decimal) else value)
    return digits.replace(".", style_of(get_language()).separators[ord(".")])


def percent(value: Decimal | None, decimals: int = 1, *, language: str | None = None) -> str:
    """A fraction of one as a percentage: 0.125 is `12,5 %`."""
    if value is None:
        return ""
    return style_of(language or get_language()).percent % number(value * 100, decimals, language=language)


def day(value: date | None, *, language: str | None = None) -> str:
    """A date as 31/12/2025."""
    return "" if value is None else style_of(language or get_language()).day(value)


def long_day(value: date | None) -> str:
    """A date with the name of its month: 31 décembre 2025."""
    return "" if value is None else django_date(value, get_format("DATE_FORMAT"))


def moment(value: datetime | None, *, language: str | None = None) -> str:
    """An instant in the local time of the office: 31/12/2025 14:05."""
    style = style_of(language or get_language())
    return "" if value is None else style.moment(timezone.localtime(value))


def enterprise_number(digits: str | None) -> str:
    """A Belgian enterprise number as it is written: `0999.900.150` (DOMAIN.md BE-04)."""
    if not digits:
        return ""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}" if len(digits) == 10 else digits


def masked_iban(iban: str) -> str:
    """`BE68 •••• •••• 7034`: enough to know the account, not enough to use it."""
    return f"{iban[:4]} •••• •••• {iban[-4:]}" if len(iban) > 8 else iban


def without_zeros(value: Decimal) -> Decimal:
    """Without the zeros behind its point: 12 for 12.000, 40.5 for 40.500, and 100 rather than 1E+2."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def labels_of(choices: type[TextChoices], *, is_capital: bool = True) -> dict[str, str]:
    """The words for each value in the language of now: translated once, then looked up in the rows."""
    return dict(_labels_in(get_language(), choices, is_capital))


@cache
def _labels_in(_language: str | None, choices: type[TextChoices], is_capital: bool) -> dict[str, str]:
    return {value: capfirst(str(label)) if is_capital else str(label) for value, label in choices.choices}


def filesize(size: int | None) -> str:
    """`1,2 Mo`."""
    return "" if size is None else filesizeformat(size)


def filters(language: str) -> dict[str, Callable[..., str]]:
    """For templates of one language: which one it is need not be asked again for each cell of a list."""
    own: dict[str, Callable[..., str]] = {
        "euro": euro, "whole_euro": whole_euro, "number": number, "percent": percent, "day": day, "moment": moment,
    }  # fmt: skip
    bound: dict[str, Callable[..., str]] = {name: partial(each, language=language) for name, each in own.items()}
    # What the rows of a list have in common is written once. Not numbers: equal ones may carry more or fewer decimals.
    for name in ("euro", "day"):
        bound[name] = lru_cache(MOST_KEPT, typed=True)(bound[name])
    return bound | {"long_day": long_day, "enterprise_number": enterprise_number, "filesize": filesize}

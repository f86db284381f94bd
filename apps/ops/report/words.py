"""How the report writes its numbers, and its verdicts."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.ops.report.published import Figure
from apps.ops.report.reckoning import Comparison
from koprogo import formats

Number = Decimal | int
Show = Callable[[Number], str]


# --- Numbers ---
def short(value: Number) -> str:
    """Three figures at most behind the zeros, whatever its size: 1 234, 56,8, 0,00029."""
    if value == 0:
        return "0"
    return _trimmed(value, max(0, 2 - Decimal(value).adjusted()))


def _trimmed(value: Number, decimals: int) -> str:
    """Without the zeros behind its point."""
    written = formats.without_zeros(Decimal(f"{value:.{decimals}f}"))
    return formats.number(written, max(0, -int(written.as_tuple().exponent)))


def count(value: Number) -> str:
    return formats.number(value, 0)


def seconds(value: Number) -> str:
    return _("%(number)s s") % {"number": short(value)}


def milliseconds(value: Number) -> str:
    return _("%(number)s ms") % {"number": short(value)}


def per_second(value: Number) -> str:
    return _("%(number)s req/s") % {"number": short(value)}


def megabytes(value: Number) -> str:
    return _("%(number)s Mo") % {"number": short(value)}


def kilobytes_per_second(value: Number) -> str:
    return _("%(number)s ko/s") % {"number": short(value)}


def kilobytes(value: Number) -> str:
    return _("%(number)s ko") % {"number": short(value)}


def per_cent(value: Number) -> str:
    """99.74 is `99,74 %`."""
    decimals = max(0, -int(formats.without_zeros(Decimal(f"{value:.2f}")).as_tuple().exponent))
    return formats.percent(Decimal(value) / 100, decimals)


def grams(value: Number) -> str:
    return _("%(number)s g") % {"number": short(value)}


def kilograms(value: Number) -> str:
    return _("%(number)s kg") % {"number": short(value)}


def kilometres(value: Number) -> str:
    return _("%(number)s km") % {"number": short(value)}


def times_bare(value: Number) -> str:
    return _("%(number)s × nu") % {"number": short(value)}


def share(value: Number) -> str:
    return _("× %(number)s") % {"number": short(value)}


def yes_or_no(value: bool) -> str:
    return _("oui") if value else _("non")


def published(figure: Figure, show: Show) -> str:
    if figure.high is None:
        return show(figure.value)
    return _("%(low)s à %(high)s") % {"low": short(figure.value), "high": show(figure.high)}


# --- Verdicts ---
@dataclass(frozen=True, slots=True)
class Verdict:
    words: str
    tone: str  # as _components/page.html names them


# What is compared → what is said when ours is better, and when it is worse.
SPEED = gettext_noop("plus rapide"), gettext_noop("plus lent")
THRIFT = gettext_noop("plus sobre"), gettext_noop("plus gourmand")
SAFETY = gettext_noop("plus sûr"), gettext_noop("moins sûr")
ROOM = gettext_noop("davantage"), gettext_noop("moins")
CARBON = gettext_noop("plus propre"), gettext_noop("plus polluant")
Words = tuple[str, str]


def verdict(comparison: Comparison, words: Words) -> Verdict:
    """`plus rapide ×2,1`, in green or red."""
    if comparison.is_better is None:
        return Verdict(_("comparable"), "neutral")
    better, worse = words
    said, tone = (better, "green") if comparison.is_better else (worse, "red")
    if comparison.times is None:
        return Verdict(_(said), tone)
    decimals = 0 if comparison.times >= 100 else 1 if comparison.times >= Decimal("1.1") else 2
    named = {"verdict": _(said), "times": formats.number(comparison.times, decimals)}
    return Verdict(_("%(verdict)s ×%(times)s") % named, tone)

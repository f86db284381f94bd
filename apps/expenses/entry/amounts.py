"""Net, VAT and gross of a line: any two give the third. Numbers in, numbers out."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from koprogo.money import CENT
from koprogo.numbers import MAX_MONEY

HUNDRED = Decimal(100)
USUAL_RATES = [Decimal(rate) for rate in (21, 6, 12, 0)]


class TooFew(Exception):
    """One of net, VAT and gross with the rate is needed, or two of them."""


class DoNotAgree(Exception):
    """`args[0]`: "sum" when net and VAT do not make the gross, "rate" when the VAT is not the net times the rate."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """EUR, two decimals; the rate in per cent."""

    net: Decimal
    vat_rate: Decimal
    vat: Decimal
    gross: Decimal


def complete(*, net: Decimal | None, vat_rate: Decimal | None, vat: Decimal | None, gross: Decimal | None) -> Amounts:
    """What is missing of them. Raises TooFew, DoNotAgree."""
    given = [each for each in (net, vat, gross) if each is not None]
    if len(given) >= 2:
        net, vat, gross = _third(net, vat, gross)
        rate = vat_rate if vat_rate is not None else _rate_of(net, vat)
    elif given and vat_rate is not None:
        net, vat, gross = _by_rate(net, vat_rate, vat, gross)
        rate = vat_rate
    else:
        raise TooFew
    if not 0 <= rate <= HUNDRED or max(abs(net), abs(vat), abs(gross)) >= MAX_MONEY:
        raise DoNotAgree("rate")
    if net + vat != gross:
        raise DoNotAgree("sum")
    if abs(_vat(net, rate) - vat) > CENT:
        raise DoNotAgree("rate")
    return Amounts(net, rate, vat, gross)


def _third(net: Decimal | None, vat: Decimal | None, gross: Decimal | None) -> tuple[Decimal, Decimal, Decimal]:
    if net is None:
        assert vat is not None
        assert gross is not None
        return gross - vat, vat, gross
    if vat is None:
        assert gross is not None
        return net, gross - net, gross
    return net, vat, net + vat if gross is None else gross


def _by_rate(
    net: Decimal | None, rate: Decimal, vat: Decimal | None, gross: Decimal | None
) -> tuple[Decimal, Decimal, Decimal]:
    if gross is not None:
        net = _cents(gross * HUNDRED / (HUNDRED + rate))
        return net, gross - net, gross
    if net is None:
        assert vat is not None
        if not rate:
            raise TooFew
        net = _cents(vat * HUNDRED / rate)
    vat = _vat(net, rate) if vat is None else vat
    return net, vat, net + vat


def _rate_of(net: Decimal, vat: Decimal) -> Decimal:
    """A usual rate when one fits to the cent, else what they make."""
    fitting = [rate for rate in USUAL_RATES if abs(_vat(net, rate) - vat) <= CENT]
    if fitting:
        return min(fitting, key=lambda rate: abs(_vat(net, rate) - vat))
    return _cents(vat * HUNDRED / net) if net else Decimal(0)


def _vat(net: Decimal, rate: Decimal) -> Decimal:
    return _cents(net * rate / HUNDRED)


def _cents(value: Decimal) -> Decimal:
    """Half away from zero, as PostgreSQL and an invoice round."""
    return value.quantize(CENT, ROUND_HALF_UP)

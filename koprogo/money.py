"""Splitting money to the cent. Numbers in, numbers out."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

CENT = Decimal("0.01")


class Part(NamedTuple):
    """One part of a split amount, in EUR."""

    amount: Decimal  # two decimals
    exact: Fraction  # before rounding, in EUR
    remainder: Fraction  # what rounding down left over, in cents, 0 ≤ remainder < 1
    has_odd_cent: bool  # it got one of the cents that all the remainders together make


def split(amount: Decimal, weights: Sequence[Decimal | int | Fraction]) -> list[Part]:
    """Split an amount (EUR, two decimals) over weights (≥ 0, not all zero) by largest remainder.

    Each part is rounded down to the cent; the cents left over go one by one to the largest remainders, ties to the
    larger weight, then to the earlier position. A zero weight gets nothing, a negative amount is the mirror of the
    positive one, and the parts sum to the amount exactly. Raises ValueError. Source: DOMAIN.md §4.1.
    """
    cents = _whole_cents(amount)
    fractions = [Fraction(weight) for weight in weights]
    total = sum(fractions, Fraction())
    if any(weight < 0 for weight in fractions) or total == 0:
        raise ValueError("weights must not be negative, nor all zero")
    sign = -1 if cents < 0 else 1
    ideal = [abs(cents) * weight / total for weight in fractions]
    floors = [value.numerator // value.denominator for value in ideal]
    missing = abs(cents) - sum(floors)
    order = sorted(range(len(ideal)), key=lambda i: (floors[i] - ideal[i], -fractions[i], i))
    favoured = set(order[:missing])
    return [
        Part(
            amount=(sign * (floor + (i in favoured))) * CENT,
            exact=sign * ideal[i] / 100,
            remainder=ideal[i] - floor,
            has_odd_cent=i in favoured,
        )
        for i, floor in enumerate(floors)
    ]


def allocate(amount: Decimal, weights: Sequence[Decimal | int | Fraction]) -> list[Decimal]:
    """The amounts of `split` alone."""
    return [part.amount for part in split(amount, weights)]


def _whole_cents(amount: Decimal) -> int:
    cents = amount / CENT
    if cents != cents.to_integral_value():
        raise ValueError(f"{amount} has more than two decimals")
    return int(cents)

"""allocate: the vectors of DOMAIN.md §4 by name, published examples, and properties."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from koprogo.money import allocate, split

EIGHT_LOTS = [118, 163, 149, 163, 149, 212, 23, 23]  # Les Tilleuls: A0 A1 B1 A2 B2 P3 G1 G2


def amounts(text: str) -> list[Decimal]:
    return [Decimal(each) for each in text.split()]


VECTORS = {
    "DOMAIN 4.2": ("1240.02", [187, 163, 151, 149, 142, 118, 90], "231.89 202.13 187.24 184.76 176.08 146.32 111.60"),
    "4.2 bank costs": ("143.52", EIGHT_LOTS, "16.94 23.39 21.39 23.39 21.38 30.43 3.30 3.30"),
    "4.2 large": ("1234.57", EIGHT_LOTS, "145.68 201.23 183.95 201.23 183.95 261.73 28.40 28.40"),
    "4.2 negative": ("-1234.57", EIGHT_LOTS, "-145.68 -201.23 -183.95 -201.23 -183.95 -261.73 -28.40 -28.40"),
    "4.2 five cents": ("0.05", EIGHT_LOTS, "0 .01 .01 .01 .01 .01 0 0"),
    "4.2 electricity": ("987.63", EIGHT_LOTS, "116.54 160.98 147.16 160.98 147.16 209.38 22.72 22.71"),
    "4.2 in three": ("100.00", [1, 1, 1], "33.34 33.33 33.33"),
    "4.3 equal": ("250.00", [1] * 8, "31.25 " * 8),
    "4.3 lift, subset of shares": ("905.36", [163, 149, 163, 149, 212], "176.53 161.36 176.52 161.36 229.59"),
    "4.3 lift, by floor": ("905.36", [100, 100, 200, 200, 400], "90.54 90.54 181.07 181.07 362.14"),
    "4.4 heating, split of the bill": ("8123.45", [30, 70], "2437.03 5686.42"),
    "4.4 heating, fixed part": ("2437.03", [118, 163, 149, 163, 149, 212], "301.43 416.39 380.63 416.39 380.63 541.56"),
    "4.4 heating, units": (
        "5686.42", [1520, 2214, 1875, 2630, 0, 3911], "711.39 1036.19 877.53 1230.89 0.00 1830.42",
    ),
    "4.5 sale, days of seller and buyer": ("1873.49", [257, 108], "1319.14 554.35"),
    "4.5 provision already called": ("450.00", [76, 16], "371.74 78.26"),
    "4.5 deferral by days": ("1000.00", [61, 91, 91, 92, 31], "166.67 248.63 248.63 251.37 84.70"),
    "4.6 indivision": ("333.34", [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)], "166.67 83.34 83.33"),
    "published: three owners": ("250.00", [45, 35, 20], "112.50 87.50 50.00"),
    "published: a zero weight": ("25.00", [75, 0, 25], "18.75 0.00 6.25"),
    "published: a call without ties": ("950.00", [265, 150, 205, 190, 190], "251.75 142.50 194.75 180.50 180.50"),
}  # fmt: skip


@pytest.mark.parametrize(("amount", "weights", "expected"), VECTORS.values(), ids=VECTORS)
def test_worked_example(amount: str, weights: list, expected: str) -> None:
    assert allocate(Decimal(amount), weights) == amounts(expected)


def test_published_call_gives_tied_cents_to_the_larger_weight() -> None:
    """A published French quarter call: exact parts 430.245 and 202.645 come out as 430.25 and 202.64."""
    weights = ["430.245", "202.645", "332.67", "267.22", "267.22"]
    assert allocate(Decimal("1500.00"), [Fraction(each) for each in weights]) == amounts(
        "430.25 202.64 332.67 267.22 267.22"
    )


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [-1, 2]])
def test_weights_that_cannot_bear_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(Decimal("1.00"), weights)


def test_more_than_two_decimals_are_refused() -> None:
    with pytest.raises(ValueError, match="decimals"):
        allocate(Decimal("1.001"), [1])


MONEY = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents) / 100)
WEIGHTS = st.lists(
    st.one_of(st.integers(0, 10**6), st.decimals(0, 10**6, places=3), st.fractions(0, 1, max_denominator=100)),
    min_size=1, max_size=60,
)  # fmt: skip


@settings(max_examples=3000)
@given(MONEY, WEIGHTS)
def test_parts_sum_exactly_follow_the_sign_and_order_and_stay_on_a_second_run(amount: Decimal, weights: list) -> None:
    assume(any(weights))
    parts = split(amount, weights)
    values = [part.amount for part in parts]
    assert sum(values) == amount
    assert all(value * amount >= 0 for value in values)
    assert [value for value, weight in zip(values, weights, strict=True) if not weight and value] == []
    assert all(abs(Fraction(part.amount) - part.exact) < Fraction(1, 100) for part in parts)
    assert values == allocate(amount, weights)
    assert [-value for value in values] == allocate(-amount, weights)
    by_weight = sorted(zip(map(Fraction, weights), map(abs, values), strict=True))
    assert [value for _, value in by_weight] == sorted(map(abs, values))


@settings(max_examples=1000)
@given(MONEY, WEIGHTS)
def test_it_is_the_largest_remainder_by_a_second_way_of_reckoning(amount: Decimal, weights: list) -> None:
    """Cent by cent: each next cent goes to the lot that is furthest below its exact part."""
    assume(any(weights))
    total = sum(map(Fraction, weights))
    ideal = [Fraction(abs(amount)) * 100 * Fraction(weight) / total for weight in weights]
    cents = [value.numerator // value.denominator for value in ideal]
    for _ in range(int(abs(amount) * 100) - sum(cents)):
        behind = [
            (value - cent, Fraction(weight), -i)
            for i, (value, cent, weight) in enumerate(zip(ideal, cents, weights, strict=True))
        ]
        cents[-max(behind)[2]] += 1
    assert [abs(value) * 100 for value in allocate(amount, weights)] == cents

"""The reckoning, against figures made by hand."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ops.report import words
from apps.ops.report.carbon import YEARS
from apps.ops.report.load import their_rate
from apps.ops.report.published import Figure, Published
from apps.ops.report.reckoning import (
    CAREFUL,
    CENTRAL,
    HOPEFUL,
    Comparison,
    Scenario,
    buildings_held,
    compare,
    kilograms,
    network_grams,
    server_grams,
)

D = Decimal


@pytest.mark.parametrize(
    ("rate", "scenario", "held"),
    [
        (287, CENTRAL, 1435),  # 287 ÷ 0.5 ÷ 10 % ÷ 4
        (287, CAREFUL, 1148),  # ÷ 10 % ÷ 5
        (287, HOPEFUL, 3826),  # ÷ 5 % ÷ 3 = 3 826.7: a part of a copropriété is none
        (1, CENTRAL, 5),
    ],
)
def test_copropriétés_held(rate: int, scenario: Scenario, held: int) -> None:
    assert buildings_held(D(rate), scenario) == held


def test_the_published_requests_and_seconds_make_265_a_second() -> None:
    assert round(their_rate()) == 265


def test_network_carbon_of_twenty_kilobytes() -> None:
    assert network_grams(D(20_000)) == D("0.12")


def test_server_carbon_is_a_thousand_times_less_than_published() -> None:
    """5 W × 60 g/kWh = 0.3 g an hour; ÷ 3 600 ÷ 287 × 1.2 = 3.48 × 10⁻⁷ g."""
    assert server_grams(D(287)) == pytest.approx(D("3.484e-7"), rel=D("0.001"))
    assert Published.SERVER_G.value / server_grams(D(287)) == pytest.approx(D(1000), rel=D("0.01"))


def test_the_published_grams_make_a_thousand_times_their_published_years() -> None:
    for requests, printed in YEARS:
        assert kilograms(requests.value, Published.TOTAL_G.value) == 1000 * printed.value


@pytest.mark.parametrize(
    ("ours", "theirs", "high", "more_is_better", "found"),
    [
        (30, 60, None, False, Comparison(True, D(2))),
        (90, 60, None, False, Comparison(False, D("1.5"))),
        (90, 60, None, True, Comparison(True, D("1.5"))),
        (30, 60, None, True, Comparison(False, D(2))),
        (62, 60, None, False, Comparison(None)),
        (60, 62, None, True, Comparison(None)),
        (22, 20, 25, False, Comparison(None)),
        (50, 20, 25, False, Comparison(False, D(2))),
        (10, 20, 25, False, Comparison(True, D(2))),
        (0, 0, None, False, Comparison(None)),
        (0, 125, None, False, Comparison(True)),
        (1, 0, None, False, Comparison(False)),
    ],
)  # fmt: skip
def test_ours_beside_theirs(ours: int, theirs: int, high: int | None, more_is_better: bool, found: Comparison) -> None:
    high_bound = None if high is None else D(high)
    assert compare(D(ours), D(theirs), high=high_bound, more_is_better=more_is_better) == found


@given(st.decimals("0.001", 10**6, places=3), st.decimals("0.001", 10**6, places=3), st.booleans())
def test_whoever_is_better_the_other_is_worse_as_many_times(ours: Decimal, theirs: Decimal, more: bool) -> None:
    here = compare(ours, theirs, more_is_better=more)
    there = compare(theirs, ours, more_is_better=more)
    assert here.times == there.times
    assert (here.is_better is None) == (there.is_better is None)
    assert here.is_better is None or here.is_better != there.is_better


@pytest.mark.parametrize(
    ("comparison", "said", "tone"),
    [
        (Comparison(True, D("2.13")), "plus rapide ×2,1", "green"),
        (Comparison(False, D("1.07")), "plus lent ×1,07", "red"),
        (Comparison(False, D("1234")), "plus lent ×1 234", "red"),
        (Comparison(True), "plus rapide", "green"),
        (Comparison(None), "comparable", "neutral"),
    ],
)
def test_a_verdict_in_words(comparison: Comparison, said: str, tone: str) -> None:
    found = words.verdict(comparison, words.SPEED)
    assert (found.words.replace("\u202f", " ").replace("\xa0", " "), found.tone) == (said, tone)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0", "0"), ("60", "60"), ("47681", "47 681"), ("264.894", "265"), ("56.82", "56,8"), ("2.10", "2,1"),
        ("0.0800", "0,08"), ("0.00000029", "0,00000029"), ("0.000000174167", "0,000000174"),
    ],
)  # fmt: skip
def test_numbers_say_three_figures(value: str, written: str) -> None:
    assert words.short(D(value)).replace("\u202f", " ").replace("\xa0", " ") == written


def test_per_cents_and_ranges() -> None:
    assert words.per_cent(D("99.74")).replace("\u202f", " ").replace("\xa0", " ") == "99,74 %"
    assert words.per_cent(D("10")).replace("\u202f", " ").replace("\xa0", " ") == "10 %"
    assert words.published(Figure("2.1", D(20), D(25)), words.count) == "20 à 25"

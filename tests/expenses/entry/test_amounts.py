from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.expenses.entry.amounts import Amounts, DoNotAgree, TooFew, complete

CENTS = st.integers(-10_000_000, 10_000_000).map(lambda cents: Decimal(cents) / 100)
RATES = st.sampled_from([Decimal(rate) for rate in (0, 6, 12, 21)] + [Decimal("5.5")])


def of(net: str = "", rate: str = "", vat: str = "", gross: str = "") -> Amounts:
    given = {"net": net, "vat_rate": rate, "vat": vat, "gross": gross}
    return complete(**{name: Decimal(value) if value else None for name, value in given.items()})


WHOLE = Amounts(Decimal("1000.00"), Decimal("21"), Decimal("210.00"), Decimal("1210.00"))


@pytest.mark.parametrize(
    "typed",
    [
        {"net": "1000", "rate": "21"}, {"gross": "1210", "rate": "21"}, {"vat": "210", "rate": "21"},
        {"net": "1000", "vat": "210"}, {"net": "1000", "gross": "1210"}, {"vat": "210", "gross": "1210"},
        {"net": "1000", "rate": "21", "vat": "210", "gross": "1210"},
    ],
)  # fmt: skip
def test_any_two_give_the_others(typed: dict[str, str]) -> None:
    assert of(**typed) == WHOLE


@pytest.mark.parametrize("typed", [{}, {"rate": "21"}, {"gross": "10"}, {"vat": "0", "rate": "0"}])
def test_too_few_figures_are_told(typed: dict[str, str]) -> None:
    with pytest.raises(TooFew):
        of(**typed)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"net": "1000", "vat": "210", "gross": "1211"}, "sum"),
        ({"net": "1000", "rate": "6", "gross": "1210"}, "rate"),
    ],
)
def test_figures_that_do_not_agree_are_told(typed: dict[str, str], why: str) -> None:
    with pytest.raises(DoNotAgree) as told:
        of(**typed)
    assert told.value.args == (why,)


@given(amount=CENTS, rate=RATES)
def test_one_figure_and_the_rate_make_a_line_that_the_database_takes(amount: Decimal, rate: Decimal) -> None:
    for name in ("net", "gross"):
        found = complete(**{"net": None, "vat": None, "gross": None, "vat_rate": rate} | {name: amount})
        assert getattr(found, name) == amount
        assert found.net + found.vat == found.gross


@pytest.mark.parametrize(
    ("net", "vat", "gross", "rate"),
    [("1", None, "121", None), ("121", None, "100", None), (None, "9999999999.99", None, "0.01")],
)
def test_a_rate_beyond_a_hundred_or_below_zero_is_no_rate(
    net: str | None, vat: str | None, gross: str | None, rate: str | None
) -> None:
    given = {name: Decimal(text) if text else None for name, text in
             [("net", net), ("vat", vat), ("gross", gross), ("vat_rate", rate)]}  # fmt: skip
    with pytest.raises(DoNotAgree):
        complete(**given)

"""Amounts as people type them."""

from decimal import Decimal

import pytest
from django import forms

from koprogo.fields import MoneyField
from koprogo.numbers import money, percent
from koprogo.readers import Invalid


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1 234,56", "1234.56"), ("1\u202f234,56", "1234.56"), ("1.234,56", "1234.56"), ("1,234.56", "1234.56"),
        ("1234.56", "1234.56"), ("1234,5", "1234.50"), ("1.234.567", "1234567.00"), ("1 234,56 €", "1234.56"),
        ("€ 12", "12.00"), ("-0,05", "-0.05"), ("−1.234,56", "-1234.56"),
    ],
)  # fmt: skip
def test_money_is_read_as_people_type_it(typed: str, meant: str) -> None:
    assert money(typed) == Decimal(meant)


@pytest.mark.parametrize("typed", ["1.234", "1,2,3", "12 34,00", "1.23.456,00", "douze", "1e5", "0,001", "12345678901"])
def test_money_that_may_mean_another_amount_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        money(typed)


@pytest.mark.parametrize("typed", ["-1", "101", "33,3333", "x"])
def test_a_percentage_lies_between_0_and_100(typed: str) -> None:
    assert percent(3)("33,333 %") == Decimal("33.333")
    with pytest.raises(Invalid):
        percent(3)(typed)


def test_a_money_field_shows_an_amount_as_it_is_typed() -> None:
    class Sample(forms.Form):
        amount = MoneyField(required=False)

    assert 'value="1234,50"' in str(Sample(initial={"amount": Decimal("1234.5")})["amount"])
    form = Sample({"amount": " "})
    assert form.is_valid()
    assert form.cleaned_data == {"amount": None}

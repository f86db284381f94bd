from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.utils import translation

from koprogo.fields import NumberField
from koprogo.numbers import positive, whole


@pytest.mark.parametrize(
    ("typed", "value"),
    [("12,5", Decimal("12.5")), ("12.500", Decimal("12.5")), ("1 234", Decimal(1234)), ("0", Decimal(0)), (" ", None)],
)
def test_a_number_is_read_with_comma_point_and_spaces(typed: str, value: Any) -> None:
    assert NumberField(reader=positive(3, Decimal(10**9)), required=False).clean(typed) == value


@pytest.mark.parametrize("typed", ["12,3456", "-1", "abc", "1.234.567"])
def test_what_is_no_such_number_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        NumberField(reader=positive(3, Decimal(10**9))).clean(typed)


@pytest.mark.parametrize(("language", "shown"), [("fr", "1234,5"), ("en", "1234.5")])
def test_a_number_is_shown_as_it_can_be_typed_again(language: str, shown: str) -> None:
    with translation.override(language):
        assert NumberField(reader=whole(0)).prepare_value(Decimal("1234.500")) == shown

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from apps.owners.models import HolderMember
from koprogo import formats

LARGE = Decimal("1234567.80")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fr", "1\u202f234\u202f567,80\u00a0€"),
        ("nl", "€\u00a01.234.567,80"),
        ("de", "1.234.567,80\u00a0€"),
        ("en", "€1,234,567.80"),
        ("fr-be", "1\u202f234\u202f567,80\u00a0€"),
    ],
)
def test_euro_follows_the_language(language: str, written: str) -> None:
    with translation.override(language):
        assert formats.euro(LARGE) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [("fr", "-12,00\u00a0€"), ("nl", "€\u00a0-12,00"), ("de", "-12,00\u00a0€"), ("en", "-€12.00")],
)
def test_euro_of_a_credit_note_keeps_its_sign(language: str, written: str) -> None:
    with translation.override(language):
        assert formats.euro(Decimal("-12")) == written


def test_euro_of_a_negative_zero_has_no_sign() -> None:
    with translation.override("fr"):
        assert formats.euro(Decimal("-0.00")) == "0,00\u00a0€"


def test_whole_euro_has_no_cents() -> None:
    with translation.override("fr"):
        assert formats.whole_euro(LARGE) == "1\u202f234\u202f568\u00a0€"


def test_number_keeps_the_decimals_that_it_carries() -> None:
    with translation.override("fr"):
        assert [formats.number(10000), formats.number(Decimal("0.125"))] == ["10\u202f000", "0,125"]


def test_choices_are_said_in_the_language_of_now() -> None:
    with translation.override("nl"):
        assert formats.labels_of(HolderMember.Right)["bare"] == "Blote eigendom"
        assert formats.labels_of(HolderMember.Right, is_capital=False)["bare"] == "blote eigendom"


def test_number_can_be_cut_to_decimals() -> None:
    with translation.override("nl"):
        assert [formats.number(Decimal("1234.5"), 2), formats.number(Decimal("-0.001"), 2)] == ["1.234,50", "0,00"]


def test_percent_is_of_a_fraction_of_one() -> None:
    with translation.override("fr"):
        assert formats.percent(Decimal("0.1254")) == "12,5\u00a0%"


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_day_is_short_and_the_same_in_every_language(language: str) -> None:
    with translation.override(language):
        assert formats.day(date(2025, 3, 1)) == "01/03/2025"


def test_long_day_names_the_month() -> None:
    with translation.override("fr"):
        assert formats.long_day(date(2025, 8, 1)) == "1 août 2025"


def test_moment_is_local_time_in_summer_and_winter() -> None:
    instants = [datetime(2025, 7, 1, 22, 30, tzinfo=UTC), datetime(2025, 12, 31, 23, 30, tzinfo=UTC)]
    assert [formats.moment(instant) for instant in instants] == ["02/07/2025 00:30", "01/01/2026 00:30"]


@pytest.mark.parametrize(
    ("value", "written"),
    [("12.000", "12"), ("100", "100"), ("1E+2", "100"), ("0.250", "0.25"), ("40.500", "40.5"), ("0.000", "0")],
)
def test_needless_zeros_are_left_out(value: str, written: str) -> None:
    assert str(formats.without_zeros(Decimal(value))) == written


@pytest.mark.parametrize(
    ("iban", "written"), [("BE68539007547034", "BE68 •••• •••• 7034"), ("BE685390", "BE685390"), ("", "")]
)
def test_a_masked_iban_names_the_account_without_giving_it(iban: str, written: str) -> None:
    assert formats.masked_iban(iban) == written


@pytest.mark.parametrize("write", formats.filters("fr").values(), ids=formats.filters("fr"))
def test_what_is_open_is_written_as_nothing(write) -> None:
    assert write(None) == ""

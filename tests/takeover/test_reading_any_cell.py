"""Whatever stands in a cell: reading never raises, and says each fault on one line."""

from contextlib import suppress
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.takeover.reading import Unreadable, read_workbook
from apps.takeover.reading.columns import Column
from apps.takeover.reading.faults import shown
from apps.takeover.reading.sheets import SHEETS, Sheet
from apps.takeover.reading.values import filled
from koprogo.readers import Invalid
from koprogo.xlsx import Unusable
from koprogo.xlsx.cells import number
from tests.takeover.files import SOUND, place, raw_sheet, text_row, with_cell

COLUMNS = [(sheet, column) for sheet in SHEETS for column in sheet.columns]

typed_like = st.from_regex(
    r"\A[-+−]?[ 0-9]{0,12}[.,/]?[0-9 ]{0,6}[/]?[0-9]{0,4} ?[%€]?\Z|\A[A-Z]{2}[0-9 ]{4,30}\Z|\A[a-z]+@[a-z]+\.[a-z]+\Z"
)
labels = st.sampled_from([choice for _sheet, column in COLUMNS for choice in column.choices])
cells = (
    st.text(max_size=50)
    | typed_like
    | labels
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.datetimes()
    | st.builds(Unusable, kind=st.sampled_from(["error", "formula", "date"]), text=st.text(max_size=10))
)


@given(st.sampled_from(COLUMNS), cells)
@settings(max_examples=2000)
def test_any_cell_gives_a_value_or_a_sentence(place_, cell):
    column: Column = place_[1]
    with suppress(Invalid):
        content = filled(cell)
        if content is not None:
            column.parse(content)
    assert "\n" not in shown(cell)


writable = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=30
    )
    | typed_like
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.datetimes(datetime(1900, 3, 1), datetime(2300, 1, 1))  # noqa: DTZ001
    | st.sampled_from(["#REF!", "#N/A", "=1+1", "_x0000_", None])
)


@given(st.sampled_from(COLUMNS), writable)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_value_in_a_file_is_read_or_reported(where: tuple[Sheet, Column], value: Any):
    sheet, column = where
    reading = read_workbook(with_cell(sheet.title, column.header, value))
    assert all("\n" not in str(fault) for fault in reading.all_faults())


@given(
    kind=st.sampled_from(["n", "s", "str", "b", "e", "d", "inlineStr", "x", ""]),
    style=st.sampled_from(["0", "1", "99", "", "x", "-1"]),
    text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
    | st.sampled_from(["nan", "inf", "1e999", "9" * 5000, "٣", "1_000", "2025-01-01T00:00:00", "-1", "1e3"]),
    formula=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_markup_of_a_cell_is_read_or_refused(kind: str, style: str, text: str, formula: bool):
    header = text_row(1, *SOUND["Immeubles"][0])
    body = f"{'<f>A1</f>' if formula else ''}<v>{escape(text)}</v>"
    index = place(SOUND, "Immeubles", "Total des quotités") + 1
    cell = f'<c r="{chr(64 + index)}2" t={quoteattr(kind)} s={quoteattr(style)}>{body}</c>'
    with suppress(Unreadable):
        read_workbook(raw_sheet(f'{header}<row r="2">{cell}</row>'))


@given(st.text())
def test_stored_numbers_are_finite_or_text(text):
    value = number(text)
    assert isinstance(value, str) or value == value


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_a_sentence(content):
    with suppress(Unreadable):
        read_workbook(BytesIO(content))

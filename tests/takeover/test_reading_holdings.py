"""Cutting rights with dates of their own into holdings."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.takeover.reading import HoldingPiece, Imbalance, Member, holdings, imbalances

HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)
FIRST = date(2020, 1, 1)


@dataclass(frozen=True)
class Row:
    owner: str
    right: str
    fraction: Fraction
    starts_on: date
    ends_on: date | None


def full(owner: str, start: date, end: date | None = None, fraction: Fraction = Fraction(1)) -> Row:
    return Row(owner, "full", fraction, start, end)


def test_sale_gives_two_holdings():
    sold_on = date(2025, 9, 15)
    pieces = holdings([full("B", sold_on), full("A", FIRST, sold_on)])
    assert pieces == [
        HoldingPiece(FIRST, sold_on, (Member("A", "full", Fraction(1)),)),
        HoldingPiece(sold_on, None, (Member("B", "full", Fraction(1)),)),
    ]


def test_widow_and_children_are_members_of_one_holding():
    rows = [
        Row("WID", "usufruct", HALF, FIRST, None),
        Row("C2", "bare", QUARTER, FIRST, None),
        Row("WID", "full", HALF, FIRST, None),
        Row("C1", "bare", QUARTER, FIRST, None),
    ]
    assert holdings(rows) == [
        HoldingPiece(
            FIRST,
            None,
            (
                Member("C1", "bare", QUARTER),
                Member("C2", "bare", QUARTER),
                Member("WID", "full", HALF),
                Member("WID", "usufruct", HALF),
            ),
        )
    ]
    assert imbalances(rows) == []


def test_owner_who_stays_while_the_other_sells_is_cut_too():
    moment = date(2022, 1, 1)
    rows = [full("A", FIRST, None, HALF), full("B", FIRST, moment, HALF), full("C", moment, None, HALF)]
    assert [(piece.starts_on, [member.owner for member in piece.members]) for piece in holdings(rows)] == [
        (FIRST, ["A", "B"]),
        (moment, ["A", "C"]),
    ]


def test_pieces_with_the_same_members_are_one():
    moment = date(2022, 1, 1)
    rows = [full("A", FIRST, moment), full("A", moment)]
    assert holdings(rows) == [HoldingPiece(FIRST, None, (Member("A", "full", Fraction(1)),))]


def test_two_rows_of_one_right_are_one_member():
    rows = [full("A", FIRST, None, HALF), full("A", FIRST, None, HALF)]
    assert holdings(rows)[0].members == (Member("A", "full", Fraction(1)),)


def test_days_that_nobody_holds_are_an_imbalance_and_no_piece():
    start, end = date(2022, 1, 1), date(2022, 2, 1)
    rows = [full("A", FIRST, start), full("B", end)]
    assert [(piece.starts_on, piece.ends_on) for piece in holdings(rows)] == [(FIRST, start), (end, None)]
    assert imbalances(rows) == [Imbalance(start, end, "all", Fraction(0))]


def test_end_without_successor_is_an_imbalance_without_end():
    end = date(2022, 1, 1)
    assert imbalances([full("A", FIRST, end)]) == [Imbalance(end, None, "all", Fraction(0))]


def test_one_wrong_span_is_reported_once():
    moment = date(2022, 1, 1)
    rows = [full("A", FIRST, moment, HALF), full("B", moment, None, HALF)]
    assert imbalances(rows) == [Imbalance(FIRST, None, "all", HALF)]


days = st.integers(0, 60).map(lambda number: FIRST + timedelta(days=number))
rows_of_a_lot = st.lists(
    st.builds(
        Row,
        owner=st.sampled_from("ABC"),
        right=st.sampled_from(["full", "usufruct", "bare"]),
        fraction=st.sampled_from([QUARTER, HALF, Fraction(1, 3), Fraction(1)]),
        starts_on=days,
        ends_on=st.none() | days,
    ).filter(lambda row: row.ends_on is None or row.starts_on < row.ends_on),
    max_size=8,
)


def members_on(rows: list[Row], day: date) -> dict[tuple[str, str], Fraction]:
    found: dict[tuple[str, str], Fraction] = {}
    for row in rows:
        if row.starts_on <= day and (row.ends_on is None or day < row.ends_on):
            found[row.owner, row.right] = found.get((row.owner, row.right), Fraction()) + row.fraction
    return found


@given(rows_of_a_lot)
def test_on_every_day_the_pieces_say_what_the_rows_say(rows):
    pieces = holdings(rows)
    for offset in range(62):
        day = FIRST + timedelta(days=offset)
        covering = [p for p in pieces if p.starts_on <= day and (p.ends_on is None or day < p.ends_on)]
        assert len(covering) <= 1
        members = {(m.owner, m.right): m.fraction for piece in covering for m in piece.members}
        assert members == members_on(rows, day)


@given(rows_of_a_lot)
def test_pieces_are_in_order_and_as_few_as_can_be(rows):
    pieces = holdings(rows)
    for before, after in pairwise(pieces):
        assert before.ends_on is not None
        assert before.ends_on <= after.starts_on
        assert before.ends_on < after.starts_on or before.members != after.members


@given(rows_of_a_lot)
def test_imbalances_cover_exactly_the_days_that_are_not_whole(rows):
    wrong = imbalances(rows)
    first = min((row.starts_on for row in rows), default=FIRST + timedelta(days=100))
    for offset in range(62):
        day = FIRST + timedelta(days=offset)
        held = members_on(rows, day)
        totals = [
            sum(f for (_, right), f in held.items() if right in ("full", other)) for other in ("usufruct", "bare")
        ]
        reported = any(w.starts_on <= day and (w.ends_on is None or day < w.ends_on) for w in wrong)
        assert reported == (day >= first and totals != [1, 1])


@given(rows_of_a_lot, st.randoms())
def test_order_of_the_rows_does_not_matter(rows, random):
    shuffled = rows.copy()
    random.shuffle(shuffled)
    assert holdings(shuffled) == holdings(rows)

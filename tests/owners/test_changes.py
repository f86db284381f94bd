"""Changes of hands, as numbers: rights that go over, days that follow, and whatever comes in any order."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.owners import changes
from apps.owners.changes import (
    BARE,
    FULL,
    USUFRUCT,
    WHOLE,
    Extent,
    History,
    Right,
    Rights,
    Tenure,
    begun,
    changed_days,
    consolidated,
    corrected,
    extent_of,
    lost_days,
    passed_on,
    shared,
    taken_back,
    transferred,
    whole,
)
from apps.owners.fractions import read_fraction

ANNE, BART, CARL, DORA = 1, 2, 3, 4
HALF, QUARTER, ONE = Fraction(1, 2), Fraction(1, 4), Fraction(1)
START, MARCH, JUNE, DEED = date(2020, 1, 1), date(2025, 3, 1), date(2025, 6, 1), date(2025, 9, 15)


def full(owner_id: int, fraction: Fraction = ONE) -> Right:
    return Right(owner_id, FULL, fraction)


def held(*tenures: tuple[int, date]) -> History:
    """`held((ANNE, START), (BART, JUNE))`: each holds the whole lot from that day on, until the next."""
    ends = [*(starts_on for _, starts_on in tenures[1:]), None]
    return tuple(Tenure(starts_on, end, (full(owner),)) for (owner, starts_on), end in zip(tenures, ends, strict=True))


def sold(history: History, on: date, buyer: int, giver: int = -1) -> History:
    return passed_on(history, history[giver], on, lambda rights: transferred(rights, [full(buyer)]))


# --- Rights ---
def test_a_sale_takes_all_rights_of_the_holder() -> None:
    before = (full(ANNE, HALF), full(BART, HALF))
    assert transferred(before, [full(CARL)]) == (full(CARL),)


def test_one_of_two_sells_and_the_other_stays() -> None:
    before = (full(ANNE, HALF), full(BART, HALF))
    after = transferred(before, [full(CARL, HALF)], givers=[ANNE])
    assert after == (full(BART, HALF), full(CARL, HALF))


def test_a_spouse_inherits_the_use_and_children_the_rest() -> None:
    """Anne and Bart held half each; Anne dies: Bart has the use of her half, two children its bare ownership."""
    before = (full(ANNE, HALF), full(BART, HALF))
    heirs = [Right(BART, USUFRUCT, HALF), Right(CARL, BARE, QUARTER), Right(DORA, BARE, QUARTER)]
    after = transferred(before, heirs, givers=[ANNE])
    assert after == (full(BART, HALF), Right(BART, USUFRUCT, HALF), *sorted(heirs[1:]))
    assert extent_of(after) == WHOLE


def test_use_and_bare_ownership_in_one_hand_are_full_ownership() -> None:
    before = (Right(BART, USUFRUCT, ONE), Right(CARL, BARE, HALF), Right(DORA, BARE, HALF))
    heirs = [Right(CARL, USUFRUCT, HALF), Right(DORA, USUFRUCT, HALF)]
    assert transferred(before, heirs, givers=[BART]) == (full(CARL, HALF), full(DORA, HALF))


def test_who_gives_a_half_away_keeps_the_other() -> None:
    assert shared((full(ANNE),), [full(BART, HALF)]) == (full(ANNE, HALF), full(BART, HALF))


def test_who_gives_the_bare_ownership_away_keeps_the_use() -> None:
    children = [Right(CARL, BARE, HALF), Right(DORA, BARE, HALF)]
    assert shared((full(ANNE),), children) == (Right(ANNE, USUFRUCT, ONE), *children)


def test_a_couple_gives_in_proportion() -> None:
    before = (full(ANNE, Fraction(3, 4)), full(BART, QUARTER))
    after = shared(before, [full(CARL, HALF)])
    assert after == (full(ANNE, Fraction(3, 8)), full(BART, Fraction(1, 8)), full(CARL, HALF))


@pytest.mark.parametrize(
    ("taken", "missing"),
    [
        ([full(BART, HALF)], Extent(HALF, HALF)),
        ([full(BART), full(CARL, QUARTER)], Extent(-QUARTER, -QUARTER)),
        ([Right(BART, USUFRUCT, ONE), Right(CARL, BARE, Fraction(3, 4))], Extent(Fraction(0), QUARTER)),
        ([], WHOLE),
    ],
)
def test_what_does_not_add_up_is_told(taken: list[Right], missing: Extent) -> None:
    with pytest.raises(changes.DoNotAddUp) as refusal:
        transferred((full(ANNE),), taken)
    assert refusal.value.missing == missing


def test_nobody_gives_more_than_he_has() -> None:
    with pytest.raises(changes.DoNotAddUp) as refusal:
        shared((full(ANNE, HALF), full(BART, HALF)), [full(CARL, Fraction(3, 4))], givers=[ANNE])
    assert refusal.value.missing == Extent(-QUARTER, -QUARTER)


def test_fractions_too_fine_to_be_kept_are_refused() -> None:
    fine = Fraction(1, 999_999_937)
    with pytest.raises(changes.TooFine):
        consolidated([full(ANNE, fine), full(BART, fine / 7)])


# --- Days ---
def test_the_day_of_the_deed_is_the_buyers_first() -> None:
    assert sold(held((ANNE, START)), DEED, BART) == held((ANNE, START), (BART, DEED))


def test_late_news_of_a_holder_in_between() -> None:
    """Anne sold to Bart in June, it was noted; it turns out that Carl held the lot from March on."""
    after = sold(held((ANNE, START), (BART, JUNE)), MARCH, CARL, giver=0)
    assert after == held((ANNE, START), (CARL, MARCH), (BART, JUNE))


def test_late_news_of_an_earlier_day_moves_the_day() -> None:
    after = sold(held((ANNE, START), (BART, JUNE)), MARCH, BART, giver=0)
    assert after == held((ANNE, START), (BART, MARCH))


@pytest.mark.parametrize("on", [START - timedelta(days=1), START])
def test_nobody_sells_before_he_held_the_lot(on: date) -> None:
    with pytest.raises(changes.NotYetHeld) as refusal:
        sold(held((ANNE, START)), on, BART)
    assert refusal.value.since == START


@pytest.mark.parametrize("on", [JUNE, DEED])
def test_nobody_sells_once_another_holds_the_lot(on: date) -> None:
    with pytest.raises(changes.NoLongerHeld) as refusal:
        sold(held((ANNE, START), (BART, JUNE)), on, CARL, giver=0)
    assert refusal.value.until == JUNE


def test_to_oneself_nothing_is_sold() -> None:
    with pytest.raises(changes.NothingChanges):
        sold(held((ANNE, START)), DEED, ANNE)


def test_a_lot_without_holder_gets_its_first() -> None:
    assert begun((), START, (full(ANNE),)) == held((ANNE, START))


def test_who_is_gone_is_followed_without_gap() -> None:
    gone = (Tenure(START, JUNE, (full(ANNE),)),)
    assert begun(gone, JUNE, (full(BART),)) == held((ANNE, START), (BART, JUNE))
    assert sold(gone, JUNE, BART) == held((ANNE, START), (BART, JUNE))
    with pytest.raises(changes.LeavesGap) as refusal:
        begun(gone, DEED, (full(BART),))
    assert (refusal.value.first, refusal.value.end) == (JUNE, DEED)


@pytest.mark.parametrize("on", [date(2019, 1, 1), START, DEED])
def test_a_lot_that_is_held_gets_no_first_holder(on: date) -> None:
    with pytest.raises(changes.HeldAlready) as refusal:
        begun(held((ANNE, START)), on, (full(BART),))
    assert refusal.value.since == START


def test_a_wrong_day_is_corrected() -> None:
    before = held((ANNE, START), (BART, JUNE), (CARL, DEED))
    assert corrected(before, before[1], MARCH, (full(BART),)) == held((ANNE, START), (BART, MARCH), (CARL, DEED))


def test_a_wrong_buyer_is_corrected() -> None:
    before = held((ANNE, START), (BART, JUNE), (CARL, DEED))
    assert corrected(before, before[1], JUNE, (full(DORA),)) == held((ANNE, START), (DORA, JUNE), (CARL, DEED))


def test_a_correction_leaves_those_around_a_day() -> None:
    before = held((ANNE, START), (BART, JUNE), (CARL, DEED))
    with pytest.raises(changes.NotYetHeld):
        corrected(before, before[1], START, (full(BART),))
    with pytest.raises(changes.NoLongerHeld):
        corrected(before, before[1], DEED, (full(BART),))
    with pytest.raises(changes.NothingChanges):
        corrected(before, before[1], JUNE, (full(BART),))


def test_the_last_change_is_taken_back() -> None:
    assert taken_back(held((ANNE, START), (BART, JUNE))) == held((ANNE, START))
    assert taken_back(held((ANNE, START))) == ()


def test_the_days_that_change() -> None:
    before = held((ANNE, START), (BART, JUNE))
    after = held((ANNE, START), (CARL, MARCH), (BART, DEED))
    assert changed_days(before, after) == [(MARCH, DEED)]
    assert lost_days(before, after) == [(MARCH, DEED)]
    assert changed_days((), after) == [(START, None)]
    assert lost_days((), after) == []


# --- Fractions as they are typed ---
@pytest.mark.parametrize(
    ("text", "fraction"),
    [("1/2", HALF), ("0,5", HALF), ("0.5", HALF), ("50 %", HALF), ("50%", HALF), (" 1 / 4 ", QUARTER), ("1", ONE),
     ("100 %", ONE), ("12,5 %", Fraction(1, 8))],
)  # fmt: skip
def test_a_typed_fraction_is_read(text: str, fraction: Fraction) -> None:
    assert read_fraction(text) == fraction


@pytest.mark.parametrize("text", ["", "0", "1/0", "0/3", "3/2", "-1/2", "101 %", "deux", "1/2/3", "¼", "٣/٤", "1e0"])
def test_what_is_no_part_is_not_read(text: str) -> None:
    assert read_fraction(text) is None


# --- Whatever comes in any order ---
days = st.integers(0, 400).map(lambda n: START + timedelta(days=n))
people = st.integers(1, 6)


@st.composite
def wholes(draw: st.DrawFn) -> Rights:
    """Rights that make a whole: some in full, the rest with its use apart from its bare ownership."""
    parts = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    rights = []
    for part in parts:
        fraction = Fraction(part, sum(parts))
        if draw(st.booleans()):
            rights.append(full(draw(people), fraction))
        else:
            rights += [Right(draw(people), USUFRUCT, fraction), Right(draw(people), BARE, fraction)]
    return whole(rights)


@st.composite
def change_of(draw: st.DrawFn, history: History) -> History:
    """Any event, at any place, with any day; what is refused leaves the history as it is."""
    on, rights = draw(days), draw(wholes())
    tenure = draw(st.sampled_from(history)) if history else Tenure(START, None, rights)
    givers = draw(st.lists(st.sampled_from([each.owner_id for each in tenure.rights]), max_size=2))
    given = extent_of(each for each in tenure.rights if not givers or each.owner_id in givers)
    scaled = [Right(each.owner_id, each.right, each.fraction * min(given.use, given.bare)) for each in rights]
    scaled = [each for each in scaled if each.fraction]
    event = draw(st.sampled_from(["begin", "sell", "share", "correct", "undo"]))
    try:
        match event:
            case "begin":
                return begun(history, on, rights)
            case "sell":
                return passed_on(history, tenure, on, lambda held: transferred(held, scaled, givers=givers))
            case "share":
                return passed_on(history, tenure, on, lambda held: shared(held, scaled, givers=givers))
            case "correct":
                return corrected(history, tenure, on, rights)
        return taken_back(history)
    except (changes.ChangeRefused, ValueError):
        return history


@given(st.data())
def test_after_any_events_a_lot_is_held_whole_without_overlap_or_gap(data: st.DataObject) -> None:
    history: History = ()
    for _ in range(data.draw(st.integers(1, 8))):
        before, history = history, data.draw(change_of(history))
        assert all(extent_of(each.rights) == WHOLE for each in history)
        assert all(old.ends_on == new.starts_on for old, new in pairwise(history))
        assert all(each.ends_on is None or each.starts_on < each.ends_on for each in history)
        assert all(old.rights != new.rights for old, new in pairwise(history))
        assert (before == history) == (not changed_days(before, history))

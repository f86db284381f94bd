"""What waits together is taken kind by kind; whoever comes later waits for the next round."""

from queue import Empty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koprogo.rounds import Rounds


def rounds(*items: str) -> Rounds[str]:
    """Of items whose first letter is their kind."""
    made = Rounds[str](lambda item: item[0])
    for item in items:
        made.put(item)
    return made


def take(waiting: Rounds[str], number: int) -> list[str | None]:
    return [waiting.get_nowait() for _ in range(number)]


def test_kinds_follow_each_other_and_each_keeps_its_order() -> None:
    assert take(rounds("b1", "a1", "c1", "a2", "b2"), 5) == ["a1", "a2", "b1", "b2", "c1"]


def test_who_comes_in_a_round_waits_for_the_next_which_begins_where_it_ended() -> None:
    waiting = rounds("b1", "a1")
    assert take(waiting, 1) == ["a1"]
    for item in ("a2", "b2", "a3", "b3"):
        waiting.put(item)

    assert take(waiting, 5) == ["b1", "b2", "b3", "a2", "a3"]


def test_nothing_waits() -> None:
    waiting = rounds("a1")
    assert not waiting.empty()
    take(waiting, 1)

    assert waiting.empty()
    with pytest.raises(Empty):
        waiting.get_nowait()


def test_who_is_sent_home_goes_after_all_that_waited() -> None:
    waiting = rounds("b1", "a1")
    waiting.send_home()

    assert [waiting.get() for _ in range(3)] == ["a1", "b1", None]


@given(st.lists(st.sampled_from(["put a", "put b", "put c", "take"]), max_size=60))
def test_each_is_taken_once_and_within_its_kind_in_order(steps: list[str]) -> None:
    waiting, put, taken = rounds(), list[str](), list[str]()
    for step in steps:
        if step == "take":
            if len(taken) < len(put):
                taken.append(waiting.get_nowait() or "")
        else:
            put.append(f"{step[-1]}{len(put)}")
            waiting.put(put[-1])
    unserved = len(put) - len(taken)
    taken += [waiting.get_nowait() or "" for _ in range(unserved)]

    assert sorted(taken) == sorted(put)
    for kind in "abc":
        assert [item for item in taken if item[0] == kind] == [item for item in put if item[0] == kind]

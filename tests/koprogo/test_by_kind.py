"""What is of one kind is taken together; nobody is passed over twice."""

from queue import Empty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koprogo.by_kind import ByKind


def waiting(*items: str) -> ByKind[str]:
    """Items whose first letter is their kind."""
    made = ByKind[str](lambda item: item[0])
    for item in items:
        made.put(item)
    return made


def take(queue: ByKind[str], number: int) -> list[str | None]:
    return [queue.get_nowait() for _ in range(number)]


def test_the_kind_that_waits_longest_goes_first_with_all_of_it_as_they_came() -> None:
    queue = waiting("c1", "b1", "a1", "b2", "a2", "b3")

    assert take(queue, 6) == ["c1", "b1", "b2", "b3", "a1", "a2"]


def test_who_comes_while_their_kind_is_served_waits_for_its_next_turn() -> None:
    queue = waiting("a1", "a2", "b1", "b2")
    assert take(queue, 1) == ["a1"]
    queue.put("a3")

    assert take(queue, 4) == ["a2", "b1", "b2", "a3"]


def test_one_alone_of_a_kind_is_passed_over_once_however_many_others_come() -> None:
    queue = waiting("a1", "a2", "b1")
    assert take(queue, 1) == ["a1"]
    for item in ("a3", "a4", "a5"):
        queue.put(item)

    assert take(queue, 5) == ["a2", "b1", "a3", "a4", "a5"]


def test_nothing_waits() -> None:
    queue = waiting("a1")
    assert not queue.empty()
    take(queue, 1)

    assert queue.empty()
    with pytest.raises(Empty):
        queue.get_nowait()


def test_who_is_sent_home_goes_after_all_that_waited() -> None:
    queue = waiting("b1", "a1")
    queue.send_home()

    assert [queue.get() for _ in range(3)] == ["b1", "a1", None]


@given(st.lists(st.sampled_from(["put a", "put b", "put c", "take"]), max_size=60))
def test_each_is_taken_once_and_within_its_kind_in_order(steps: list[str]) -> None:
    queue, put, taken = waiting(), list[str](), list[str]()
    for step in steps:
        if step == "take":
            if len(taken) < len(put):
                taken.append(queue.get_nowait() or "")
        else:
            put.append(f"{step[-1]}{len(put)}")
            queue.put(put[-1])
    unserved = len(put) - len(taken)
    taken += [queue.get_nowait() or "" for _ in range(unserved)]

    assert sorted(taken) == sorted(put)
    for kind in "abc":
        assert [item for item in taken if item[0] == kind] == [item for item in put if item[0] == kind]

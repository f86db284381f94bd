"""Who holds a lot after a change of hands. Numbers in, numbers out.

A lot's history is its tenures in order of time, without overlap and without gap; days are half-open, an open end is
None. The day of a change is the first of the new holder. Source: DESIGN.md, "Who holds a lot"; DOMAIN.md §4.5.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

FULL, USUFRUCT, BARE = "full", "usufruct", "bare"
FINEST = 2**31 - 1  # the largest denominator that is kept
ZERO, ONE = Fraction(0), Fraction(1)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One owner's right in a lot. Owners who are not recorded yet have numbers below zero."""

    owner_id: int
    right: str
    fraction: Fraction


Rights = tuple[Right, ...]


@dataclass(frozen=True, slots=True)
class Tenure:
    """These rights hold the lot on [starts_on, ends_on)."""

    starts_on: date
    ends_on: date | None
    rights: Rights

    @property
    def last_on(self) -> date | None:
        """The last day, as a person reads it."""
        return self.ends_on - ONE_DAY if self.ends_on else None


History = tuple[Tenure, ...]
Days = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a lot rights cover: its use (full + usufruct) and its bare ownership (full + bare)."""

    use: Fraction
    bare: Fraction

    def __sub__(self, other: "Extent") -> "Extent":
        return Extent(self.use - other.use, self.bare - other.bare)


WHOLE = Extent(ONE, ONE)


class ChangeRefused(Exception):
    """A change that does not fit what is recorded."""


@dataclass
class DoNotAddUp(ChangeRefused):
    """The new rights are not what is given: above zero something is missing, below there is too much."""

    missing: Extent


class TooFine(ChangeRefused):
    """Fractions of fractions beyond what is kept."""


class NothingChanges(ChangeRefused):
    """The same owners have the same rights afterwards."""


class NobodyHolds(ChangeRefused):
    """The lot has no holder at all yet."""


@dataclass
class NotYetHeld(ChangeRefused):
    """Who gives holds the lot only from this day on."""

    since: date


@dataclass
class NoLongerHeld(ChangeRefused):
    """Who gives held the lot until the eve of this day."""

    until: date


@dataclass
class HeldAlready(ChangeRefused):
    """The lot has a holder from this day on."""

    since: date


@dataclass
class LeavesGap(ChangeRefused):
    """Nobody would hold the lot on these days, [first, end)."""

    first: date
    end: date


def extent_of(rights: Iterable[Right]) -> Extent:
    use = bare = ZERO
    for each in rights:
        use += each.fraction if each.right != BARE else ZERO
        bare += each.fraction if each.right != USUFRUCT else ZERO
    return Extent(use, bare)


def consolidated(rights: Iterable[Right]) -> Rights:
    """At most one full ownership and one other right each: usufruct and bare ownership in one hand are full ownership.

    Raises TooFine.
    """
    of_owner: dict[int, list[Right]] = defaultdict(list)
    for each in rights:
        of_owner[each.owner_id].append(each)
    found: list[Right] = []
    for owner_id, own in of_owner.items():
        extent = extent_of(own)
        full = min(extent.use, extent.bare)
        parts = [(FULL, full), (USUFRUCT, extent.use - full), (BARE, extent.bare - full)]
        found += [Right(owner_id, right, fraction) for right, fraction in parts if fraction]
    if any(each.fraction.denominator > FINEST for each in found):
        raise TooFine
    return tuple(sorted(found))


def whole(taken: Iterable[Right]) -> Rights:
    """These rights as those of the whole lot. Raises DoNotAddUp, TooFine."""
    rights = consolidated(taken)
    _require(extent_of(rights), WHOLE)
    return rights


def transferred(before: Rights, taken: Iterable[Right], *, givers: Collection[int] = ()) -> Rights:
    """All rights of the givers (of all members when none is named) go over as `taken`. Raises DoNotAddUp, TooFine."""
    taken = tuple(taken)
    given = [each for each in before if not givers or each.owner_id in givers]
    _require(extent_of(taken), extent_of(given))
    return consolidated([*(each for each in before if each not in given), *taken])


def shared(before: Rights, taken: Iterable[Right], *, givers: Collection[int] = ()) -> Rights:
    """The givers hand over `taken` and keep the rest, each in proportion. Raises DoNotAddUp, TooFine.

    Who gives bare ownership away keeps the usufruct.
    """
    taken = tuple(taken)
    given = [each for each in before if not givers or each.owner_id in givers]
    has, goes = extent_of(given), extent_of(taken)
    if goes.use > has.use or goes.bare > has.bare:
        raise DoNotAddUp(Extent(min(has.use - goes.use, ZERO), min(has.bare - goes.bare, ZERO)))
    kept = [part for each in given for part in _kept(each, has, goes)]
    return consolidated([*(each for each in before if each not in given), *kept, *taken])


def _kept(right: Right, has: Extent, goes: Extent) -> Iterable[Right]:
    if right.right != BARE:
        yield replace(right, right=USUFRUCT, fraction=right.fraction * (1 - goes.use / has.use))
    if right.right != USUFRUCT:
        yield replace(right, right=BARE, fraction=right.fraction * (1 - goes.bare / has.bare))


def _require(found: Extent, wanted: Extent) -> None:
    if found != wanted:
        raise DoNotAddUp(wanted - found)


def begun(history: History, on: date, rights: Rights) -> History:
    """A lot that nobody holds, or whose last holder is gone, gets its holder. Raises HeldAlready, LeavesGap."""
    if not history:
        return (Tenure(on, None, rights),)
    last = history[-1]
    if last.ends_on is None or on < last.ends_on:
        raise HeldAlready(next((each.starts_on for each in history if _lasts(each, on)), history[0].starts_on))
    if on > last.ends_on:
        raise LeavesGap(last.ends_on, on)
    return _joined([*history, Tenure(on, None, rights)])


def passed_on(history: History, giver: Tenure, on: date, change: Callable[[Rights], Rights]) -> History:
    """From `on` the lot is held by what `change` makes of the giver's rights, until the giver's days end.

    News of an earlier day are welcome: the days until the next change that is recorded are the new holder's. The
    same holder as after that change takes over earlier. Raises NotYetHeld, NoLongerHeld, NothingChanges and what
    `change` raises.
    """
    if on <= giver.starts_on:
        raise NotYetHeld(giver.starts_on)
    place = history.index(giver)
    is_last = place == len(history) - 1
    if giver.ends_on and (on > giver.ends_on or (on == giver.ends_on and not is_last)):
        raise NoLongerHeld(giver.ends_on)
    rights = change(giver.rights)
    if rights == giver.rights:
        raise NothingChanges
    ends_on = None if on == giver.ends_on else giver.ends_on
    pieces = [replace(giver, ends_on=on), Tenure(on, ends_on, rights)]
    return _joined([*history[:place], *pieces, *history[place + 1 :]])


def corrected(history: History, tenure: Tenure, on: date, rights: Rights) -> History:
    """The change with which a tenure began was on another day, or made others its holders.

    Raises NotYetHeld when who held the lot before would have no day left, NoLongerHeld when the tenure itself would,
    NothingChanges.
    """
    place = history.index(tenure)
    if place and on <= history[place - 1].starts_on:
        raise NotYetHeld(history[place - 1].starts_on)
    if tenure.ends_on and on >= tenure.ends_on:
        raise NoLongerHeld(tenure.ends_on)
    before = [replace(history[place - 1], ends_on=on)] if place else []
    after = _joined([*history[: max(place - 1, 0)], *before, Tenure(on, tenure.ends_on, rights), *history[place + 1 :]])
    if after == history:
        raise NothingChanges
    return after


def taken_back(history: History) -> History:
    """The last change of hands never was: who held the lot before holds it still; nobody, when it was the first.

    Raises NobodyHolds.
    """
    if not history:
        raise NobodyHolds
    *before, last = history
    return _joined([*before[:-1], replace(before[-1], ends_on=last.ends_on)]) if before else ()


def changed_days(before: History, after: History) -> list[Days]:
    """The days on which others hold the lot than before, in order, as few spans as possible."""
    return _days(before, after, lambda old, new: old != new)


def lost_days(before: History, after: History) -> list[Days]:
    """The days on which who held the lot holds it no longer."""
    return _days(before, after, lambda old, new: bool(old) and old != new)


def _days(before: History, after: History, counts: Callable[[Rights, Rights], bool]) -> list[Days]:
    edges = sorted({day for each in [*before, *after] for day in (each.starts_on, each.ends_on) if day})
    found: list[Days] = []
    for start, end in pairwise([*edges, None]):
        assert start is not None
        if counts(_rights_on(before, start), _rights_on(after, start)):
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
    return found


def tenure_on(history: History, day: date) -> Tenure | None:
    return next((each for each in history if _lasts(each, day)), None)


def _rights_on(history: History, day: date) -> Rights:
    tenure = tenure_on(history, day)
    return tenure.rights if tenure else ()


def _lasts(tenure: Tenure, day: date) -> bool:
    return tenure.starts_on <= day and (tenure.ends_on is None or day < tenure.ends_on)


def _joined(tenures: Sequence[Tenure]) -> History:
    """Neighbours with the same rights are one."""
    found: list[Tenure] = []
    for each in tenures:
        if found and found[-1].rights == each.rights and found[-1].ends_on == each.starts_on:
            found[-1] = replace(found[-1], ends_on=each.ends_on)
        else:
            found.append(each)
    return tuple(found)

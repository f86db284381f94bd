"""From owners' rights, each with dates of its own, to who holds a lot in each period (DESIGN.md, "Who holds a lot")."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Literal, Protocol

RIGHTS = ("full", "usufruct", "bare")


class Right(Protocol):
    """An owner's right on a lot in a half-open period, as a row of the workbook or of the database has it."""

    @property
    def owner(self) -> str: ...
    @property
    def right(self) -> str: ...
    @property
    def fraction(self) -> Fraction: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Member:
    owner: str
    right: str
    fraction: Fraction


@dataclass(frozen=True, slots=True)
class HoldingPiece:
    """Who holds a lot in [starts_on, ends_on), members in the order of their codes."""

    starts_on: date
    ends_on: date | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Days of [starts_on, ends_on) on which rights do not make one whole lot.

    rights: "usufruct" for full + usufruct, "bare" for full + bare, "all" when both make the same wrong total.
    """

    starts_on: date
    ends_on: date | None
    rights: Literal["all", "usufruct", "bare"]
    total: Fraction


def holdings(rows: Iterable[Right]) -> list[HoldingPiece]:
    """Cut one lot's rows at every beginning and every end; each piece is one holding.

    Neighbouring pieces with the same members are one; days that nobody holds belong to no piece.
    """
    pieces: list[HoldingPiece] = []
    for start, end, active in _spans(rows):
        members = _members(active)
        last = pieces[-1] if pieces else None
        if last and last.ends_on == start and last.members == members:
            pieces[-1] = HoldingPiece(last.starts_on, end, members)
        elif members:
            pieces.append(HoldingPiece(start, end, members))
    return pieces


def imbalances(rows: Iterable[Right]) -> list[Imbalance]:
    """Every span, from the first day on and without end, on which one lot's rights do not make a whole."""
    found: list[Imbalance] = []
    previous: list[Imbalance] = []
    for start, end, active in _spans(rows):
        current = list(_wrong(start, end, active))
        same = [(wrong.rights, wrong.total) for wrong in current] == [(wrong.rights, wrong.total) for wrong in previous]
        if same and current:
            current = [Imbalance(old.starts_on, end, old.rights, old.total) for old in previous]
            found[-len(current) :] = current
        else:
            found += current
        previous = current
    return found


def _spans(rows: Iterable[Right]) -> Iterator[tuple[date, date | None, Sequence[Right]]]:
    """The spans between beginnings and ends, each with the rows that hold in it; the last one has no end."""
    rows = [row for row in rows if row.ends_on is None or row.starts_on < row.ends_on]
    beginning, ending = defaultdict(list), defaultdict(list)
    for row in rows:
        beginning[row.starts_on].append(row)
        if row.ends_on:
            ending[row.ends_on].append(row)
    moments: list[date | None] = [*sorted({*beginning, *ending})]
    active: dict[int, Right] = {}
    for start, end in pairwise([*moments, None]):
        assert start is not None
        for row in ending[start]:
            del active[id(row)]
        active.update({id(row): row for row in beginning[start]})
        yield start, end, tuple(active.values())


def _members(active: Iterable[Right]) -> tuple[Member, ...]:
    fractions: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for row in active:
        fractions[row.owner, row.right] += row.fraction
    ordered = sorted(fractions.items(), key=lambda item: (item[0][0], RIGHTS.index(item[0][1])))
    return tuple(Member(owner, right, fraction) for (owner, right), fraction in ordered)


def _wrong(start: date, end: date | None, active: Sequence[Right]) -> Iterator[Imbalance]:
    totals = {name: sum((row.fraction for row in active if row.right == name), Fraction()) for name in RIGHTS}
    usufruct, bare = totals["full"] + totals["usufruct"], totals["full"] + totals["bare"]
    if usufruct == bare:
        if usufruct != 1:
            yield Imbalance(start, end, "all", usufruct)
        return
    if usufruct != 1:
        yield Imbalance(start, end, "usufruct", usufruct)
    if bare != 1:
        yield Imbalance(start, end, "bare", bare)

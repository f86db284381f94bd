"""What a change of hands would do, to the cent; nothing is written."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from apps.desk.change_forms import ChangeForm
from apps.desk.change_kinds import after, same_start
from apps.desk.change_words import sentence
from apps.expenses.basis import LotWithoutHolder
from apps.expenses.moves import ChargeMoves, DaysAreIssued, load_moves
from apps.owners.changes import ChangeRefused, Tenure, changed_days, tenure_on
from apps.owners.holdings import Hands, LotChange, Party, next_codes
from apps.owners.models import HolderMember
from apps.owners.queries import ONE_DAY
from apps.units.models import Unit
from koprogo.formats import labels_of


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of a lot, both included, with who holds it before and after the change."""

    first: date
    last: date | None
    before: list[tuple[str, str]]  # name, right in words
    after: list[tuple[str, str]]
    is_changed: bool


@dataclass(frozen=True)
class Preview:
    lots: list[tuple[Unit, list[Stretch]]]
    changes: list[LotChange]
    moves: ChargeMoves
    state: str  # digest of all that is shown


def preview_of(form: ChangeForm) -> Preview | None:
    """What the form asks for; None, with the errors in the form, when it cannot be."""
    if not form.is_valid():
        return None
    start, hands = form.start, form.start.hands
    _hand_out_codes(form)
    hands.parties |= form.parties
    unit = start.unit
    try:
        changes = []
        for unit in form.units:
            history = hands.history(unit)
            tenure = start.tenure if unit == start.unit else same_start(
                start.kind, history, start.tenure, hands.history(start.unit)
            )  # fmt: skip
            changes.append(LotChange(unit, history, after(start.kind, history, tenure, form.wanted)))
        moves = load_moves(start.unit.building, hands, changes)
    except (ChangeRefused, DaysAreIssued, LotWithoutHolder) as refusal:
        field, text = sentence(refusal, unit, start.kind)
        form.add_error(field if field in form.fields else None, text)
        return None
    lots = [(each.unit, _stretches(each, hands)) for each in changes]
    return Preview(lots, changes, moves, _digest([str(lots), str(form.parties), *_figures(moves)]))


def _hand_out_codes(form: ChangeForm) -> None:
    if form.newcomers:
        codes = next_codes(form.organization, len(form.newcomers))
        for number, code in zip(form.newcomers, codes, strict=True):
            form.parties[number] = replace(form.parties[number], code=code)


def _figures(moves: ChargeMoves) -> list[str]:
    return [
        f"{each.expense.pk} {row.code} {row.name} {row.before} {row.after}"
        for each in moves.expenses
        for row in each.rows
    ]


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _stretches(change: LotChange, hands: Hands) -> list[Stretch]:
    """The lot's days cut where anybody begins or ends, with who holds it before and after."""
    days = changed_days(change.before, change.after)
    edges = {day for each in [*change.before, *change.after] for day in (each.starts_on, each.ends_on) if day}
    found = []
    for first, end in pairwise([*sorted(edges), None]):
        assert first is not None
        is_changed = any(start <= first and (stop is None or first < stop) for start, stop in days)
        old, new = (names_of(tenure_on(history, first), hands) for history in (change.before, change.after))
        if old or new:
            found.append(Stretch(first, end - ONE_DAY if end else None, old, new, is_changed))
    return found


def names_of(tenure: Tenure | None, hands: Hands) -> list[tuple[str, str]]:
    rights = labels_of(HolderMember.Right, is_capital=False)
    members: list[tuple[Party, str]] = []
    for each in tenure.rights if tenure else ():
        fraction = "" if each.fraction == 1 else f", {each.fraction}"
        members.append((hands.parties[each.owner_id], f"{rights[each.right]}{fraction}"))
    return [(party.name, right) for party, right in sorted(members, key=lambda member: (member[0].code, member[1]))]

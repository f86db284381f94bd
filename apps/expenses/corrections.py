"""What was approved by mistake: withdrawn while nothing is issued on it, afterwards corrected by another record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count

from django.db import models, transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.expenses.drafts import Head, LineEntry, are_same, change_expense, create_expense, entry_of
from apps.expenses.models import Expense, ExpenseLine, Withdrawal
from apps.expenses.queries import approval_in_force, closed_span_on, lines_in_force, lines_to_split
from apps.expenses.services import SpanIsClosed, Status, lock_buildings, locked_expense, require_open, waiting_at_most

LONGEST_NUMBER = 40


class IsCorrected(Exception):
    """A correction rests on this approval: `args[0]`, the correction, goes first."""


class IsCredited(Exception):
    """An approved credit note rests on this invoice: `args[0]`, the credit note, goes first."""


class IsNotIssued(Exception):
    """Nothing is issued on the expense yet: its approval is withdrawn instead."""


class ChangesNothing(Exception):
    """The correction gives the lines that are there already."""


@transaction.atomic
def withdraw_approval(*, expense: Expense, reason: str, by: User, on: date) -> Withdrawal:
    """Take an approval back: its parts count no longer, the expense is a draft again.

    Raises BuildingIsBusy, WrongStatus (of what is paid the payment is taken back first), SpanIsClosed, IsCorrected,
    IsCredited.
    """
    with waiting_at_most("2s"):
        lock_buildings([expense.building_id])
    locked = locked_expense(expense, Status.APPROVED)
    require_open(locked)
    approval = approval_in_force(locked)
    assert approval is not None  # the database keeps status and approval together
    taken = ExpenseLine.objects.filter(takes_back__expense=locked, is_current=True).select_related("expense").first()
    if taken is not None:
        raise IsCorrected(taken.expense)
    notes = Expense.objects.for_organization(locked.organization_id).filter(refers_to=locked, is_correction=False)
    if note := notes.filter(status__in=Expense.APPROVED_STATUSES).first():
        raise IsCredited(note)
    withdrawal = Withdrawal.objects.create(
        organization_id=locked.organization_id, approval=approval, reason=reason, withdrawn_by=by,
        withdrawn_on=on,
    )  # fmt: skip
    locked.status = Status.DRAFT
    locked.save(update_fields=["status"])
    record("approval_withdrawn", organization_id=locked.organization_id, on=locked, reason=reason)
    return withdrawal


@transaction.atomic
def correct_expense(
    *, expense: Expense, lines: Sequence[LineEntry], on: date, reason: str, draft: Expense | None = None
) -> Expense:
    """A draft that takes back the lines of an issued expense which are wrong, and gives those of `lines` instead.

    `lines` is the whole expense as it should be; what stays the same is left alone. `on` lies outside closed spans.
    `draft`: a correction that is not handed in yet, written anew. Raises BuildingIsBusy, SpanIsClosed, IsNotIssued,
    IsCorrected (another correction waits), ChangesNothing, WrongStatus, PortionsDoNotAddUp. Source: DOMAIN.md ST-05.
    """
    first = expense.refers_to if expense.is_correction and expense.refers_to else expense
    with waiting_at_most("2s"):
        lock_buildings([first.building_id])
    require_correctable(first, draft)
    if span := closed_span_on(first.building, on):
        raise SpanIsClosed(span)
    wrong, right = _differing(lines_in_force(first, draft), [_dated(line, first.date) for line in lines])
    if not wrong and not right:
        raise ChangesNothing
    number = draft.number if draft else next_number(first)
    head = Head(first.building, first.supplier, number, on, None, reason)
    entries = [*map(take_back, wrong), *right]
    if draft is not None:
        return change_expense(expense=draft, head=head, lines=entries)
    return create_expense(head=head, lines=entries, refers_to=first, is_correction=True)


@transaction.atomic
def give_up_correction(*, expense: Expense, reason: str) -> None:
    """Turn a correction down for good: what it took back is free again. Raises WrongStatus.

    For one that was approved once, and so cannot be deleted.
    """
    locked = locked_expense(expense, Status.DRAFT, Status.REJECTED)
    locked.lines.filter(is_current=True).update(is_current=False)
    locked.status, locked.rejection, locked.amount = Status.REJECTED, reason, Decimal(0)
    locked.save(update_fields=["status", "rejection", "amount"])
    record("correction_given_up", organization_id=locked.organization_id, on=locked, reason=reason)


def require_correctable(first: Expense, draft: Expense | None = None) -> None:
    """Raises IsNotIssued, IsCorrected (another correction than `draft` waits)."""
    if not first.is_approved or closed_span_on(first.building, first.date) is None:
        raise IsNotIssued
    waiting = _corrections(first).filter(lines__is_current=True).exclude(status__in=Expense.APPROVED_STATUSES)
    waiting = waiting.exclude(pk=draft.pk if draft else 0)
    if found := waiting.first():
        raise IsCorrected(found)


def next_number(first: Expense) -> str:
    """The first of `F-12 C1`, `F-12 C2` … that the supplier has not in this building."""
    others = Expense.objects.for_organization(first.organization_id).filter(
        building=first.building, supplier=first.supplier
    )
    taken = set(others.values_list("number", flat=True))
    suffixes = (f" C{nth}" for nth in count(1))
    numbers = (first.number[: LONGEST_NUMBER - len(suffix)] + suffix for suffix in suffixes)
    return next(number for number in numbers if number not in taken)


def _corrections(first: Expense) -> models.QuerySet[Expense]:
    return Expense.objects.for_organization(first.organization_id).filter(refers_to=first, is_correction=True)


def take_back(line: ExpenseLine) -> LineEntry:
    """A line's mirror: the same days and holders, the other sign."""
    is_by_date = line.day_rule == ExpenseLine.DayRule.DATE
    return LineEntry(
        description=line.description, account=line.account, net=-line.net, vat_rate=line.vat_rate, vat=-line.vat,
        gross=-line.gross, period_start=line.period_start, period_end=line.period_end, day_rule=line.day_rule,
        reference_on=line.reference_on or (line.expense.date if is_by_date else None),
        tenant_percent=line.tenant_percent, takes_back=line,
    )  # fmt: skip


def negated(entry: LineEntry) -> LineEntry:
    """A line of an invoice as its supplier's credit note would give it back."""
    portions = tuple(replace(each, amount=None if each.amount is None else -each.amount) for each in entry.portions)
    return replace(
        entry, net=-entry.net, vat=-entry.vat, gross=-entry.gross, portions=portions,
        lot_amounts={place: -amount for place, amount in entry.lot_amounts.items()},
    )  # fmt: skip


def entries_in_force(first: Expense, draft: Expense | None = None) -> list[LineEntry]:
    """What an expense and its corrections give by now, as it would be typed: where a correction starts from."""
    return [_dated(entry_of(line), line.expense.date) for line in lines_in_force(first, draft)]


def corrected_entries(first: Expense, draft: Expense | None) -> list[LineEntry]:
    """The expense as a draft correction would leave it; without one, as it is."""
    if draft is None:
        return entries_in_force(first)
    lines = lines_to_split(draft)
    taken = {line.takes_back_id for line in lines}
    kept = [line for line in lines_in_force(first, draft) if line.pk not in taken]
    return [_dated(entry_of(line), line.expense.date) for line in kept] + [
        entry_of(line) for line in lines if line.takes_back_id is None
    ]


def _differing(stored: Sequence[ExpenseLine], lines: Sequence[LineEntry]) -> tuple[list[ExpenseLine], list[LineEntry]]:
    """The stored lines that none of the new ones equals, and the new ones that none stored equals."""
    wrong, right = list(stored), []
    for entry in lines:
        same = next((line for line in wrong if are_same(_dated(entry_of(line), line.expense.date), entry)), None)
        if same is None:
            right.append(entry)
        else:
            wrong.remove(same)
    return wrong, right


def _dated(entry: LineEntry, day: date) -> LineEntry:
    """With the invoice's date told: a correction has another one."""
    if entry.day_rule == ExpenseLine.DayRule.DATE and entry.reference_on is None:
        return replace(entry, reference_on=day)
    return entry

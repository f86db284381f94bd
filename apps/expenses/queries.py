"""Expenses with what belongs to them: which a person sees, their lines, their approvals."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models

from apps.accounts.models import Membership
from apps.buildings.models import Building, visible_buildings
from apps.expenses.days import ONE_DAY, Span
from apps.expenses.models import Approval, ClosedSpan, Expense, ExpenseLine, LinePortion, LotPart, Withdrawal
from koprogo.prepared import Question, instances


def visible_expenses(membership: Membership) -> models.QuerySet[Expense]:
    expenses = Expense.objects.for_organization(membership.organization)
    if membership.sees_all_buildings:
        return expenses
    return expenses.filter(building__in=visible_buildings(membership))


def overdue_on(today: date) -> models.Q:
    """Approved, not paid, and past the day when it was due; what the previous syndic settled is not ours to pay."""
    settled = Approval.objects.filter(expense=models.OuterRef("pk"), settled_by_predecessor=True, withdrawals=None)
    return models.Q(~models.Exists(settled), status=Expense.Status.APPROVED, due_on__lt=today)


def span_of(line: ExpenseLine, expense: Expense) -> Span:
    """The days that count for a line: its period, or its day of reference, or the invoice's date."""
    if line.day_rule == ExpenseLine.DayRule.DAYS:
        return Span(line.period_start, line.period_end)
    day = line.reference_on or expense.date
    return Span(day, day + ONE_DAY)


def lines_of(expenses: Sequence[Expense] | models.QuerySet[Expense]) -> list[ExpenseLine]:
    """Their lines that count, with key and lot, in order."""
    return list(_lines(expenses))


def lines_to_split(expense: Expense) -> list[ExpenseLine]:
    """The same with all that splits them: portions and amounts of lots. Three statements."""
    return list(_with_split(_lines([expense])))


def lines_in_force(first: Expense, draft: Expense | None = None) -> list[ExpenseLine]:
    """What an expense and its corrections give by now: no line that was taken back, none that takes one back.

    `draft`: a correction whose own lines take nothing back yet.
    """
    approved = Expense.objects.filter(models.Q(pk=first.pk) | models.Q(refers_to=first, is_correction=True)).filter(
        organization=first.organization_id, status__in=Expense.APPROVED_STATUSES
    )
    takers = ExpenseLine.objects.filter(takes_back=models.OuterRef("pk"), is_current=True)
    if draft is not None:
        takers = takers.exclude(expense=draft)
    found = _lines(approved).filter(~models.Exists(takers), takes_back=None).select_related("key", "unit", "expense")
    return list(_with_split(found))


def _with_split(lines: models.QuerySet[ExpenseLine]) -> models.QuerySet[ExpenseLine]:
    portions = models.Prefetch("portions", LinePortion.objects.select_related("key").order_by("position", "id"))
    return lines.prefetch_related(portions, "lot_amounts")


def _lines(expenses: Sequence[Expense] | models.QuerySet[Expense]) -> models.QuerySet[ExpenseLine]:
    found = ExpenseLine.objects.filter(expense__in=expenses, is_current=True)
    return found.select_related("key", "unit").order_by("expense_id", "position", "id")


def approved_between(building: Building, first: date, last: date) -> models.QuerySet[Expense]:
    """Approved expenses whose date lies in the span, both days included."""
    return (
        Expense.objects.for_organization(building.organization_id)
        .filter(building=building, date__range=(first, last),
                status__in=Expense.APPROVED_STATUSES)
        .select_related("supplier")
        .order_by("date", "id")
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """What is dated in a span of days (EUR)."""

    approved: int
    approved_amount: Decimal
    unfinished: int
    unfinished_amount: Decimal


def content_of(building: Building, first: date, last: date) -> Content:
    """What is dated from `first` to `last`, both included. One statement."""
    is_approved = models.Q(status__in=Expense.APPROVED_STATUSES)
    found = Expense.objects.for_organization(building.organization_id).filter(building=building)
    return Content(
        **found.filter(date__range=(first, last)).aggregate(
            approved=models.Count("pk", filter=is_approved),
            approved_amount=models.Sum("amount", filter=is_approved, default=Decimal(0)),
            unfinished=models.Count("pk", filter=~is_approved),
            unfinished_amount=models.Sum("amount", filter=~is_approved, default=Decimal(0)),
        )
    )


def parts_hash(parts: Iterable[LotPart]) -> str:
    """SHA-256 over `line[/portion] unit weight amount` of each part, in order."""
    text = "\n".join(
        f"{part.line_id}{f'/{part.portion_id}' if part.portion_id else ''} {part.unit_id} "
        f"{part.weight:.3f} {part.amount:.2f}"
        for part in parts
    )
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(approval: Approval) -> bool:
    """Whether the parts are still those that the approval froze: their number, sum and hash."""
    parts = list(LotPart.objects.for_organization(approval.organization_id).filter(approval=approval).order_by("id"))
    seal = (len(parts), sum(part.amount for part in parts), parts_hash(parts))
    return seal == (approval.part_count, approval.part_sum, approval.part_hash)


def approval_in_force(expense: Expense) -> Approval | None:
    found = Approval.objects.for_organization(expense.organization_id).filter(expense=expense, withdrawals=None)
    return found.select_related("approved_by").first()


def referring_to(expense: Expense) -> models.QuerySet[Expense]:
    """Credit notes and corrections of an expense, in order of time."""
    found = Expense.objects.for_organization(expense.organization_id).filter(refers_to=expense)
    return found.select_related("supplier").order_by("date", "id")


@dataclass(frozen=True, slots=True)
class PastApproval:
    """An approval, and its end if it was withdrawn."""

    approval: Approval
    withdrawal: Withdrawal | None


def approvals_of(expense: Expense) -> list[PastApproval]:
    """The latest first. Two statements."""
    found = Approval.objects.for_organization(expense.organization_id).filter(expense=expense)
    withdrawals = models.Prefetch("withdrawals", Withdrawal.objects.select_related("withdrawn_by"))
    rows = found.select_related("approved_by").prefetch_related(withdrawals).order_by("-sequence")
    return [PastApproval(row, next(iter(row.withdrawals.all()), None)) for row in rows]


def closed_span_on(building: Building, day: date) -> ClosedSpan | None:
    """The closed span in which a day lies."""
    rows = CLOSED_SPANS.ask(organization=building.organization_id, building=building.pk, day=day)
    return next(iter(instances(ClosedSpan, rows)), None)


def closed_spans(*, organization: int, building: int, day: date) -> models.QuerySet[ClosedSpan]:
    spans = ClosedSpan.objects.for_organization(organization).filter(building=building)
    return spans.filter(starts_on__lte=day, ends_on__gt=day).order_by("pk")[:1]


CLOSED_SPANS = Question(closed_spans)

"""From draft to paid: every step of an expense, and the freezing of its parts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from apps.accounts.models import Membership, User
from apps.accounts.permissions import roles_that_may
from apps.audit.services import record
from apps.buildings.models import Building
from apps.expenses.basis import Basis, Slice, load_basis, lots_of, slices_of, taken_back_parts
from apps.expenses.models import Approval, ClosedSpan, Expense, ExpenseLine, LotPart
from apps.expenses.queries import closed_span_on, lines_to_split, parts_hash, span_of
from koprogo.money import split

Status = Expense.Status


class WrongStatus(Exception):
    """The expense is not in a state from which this step leads; `args[0]` is the state in which it is."""


class BuildingIsBusy(Exception):
    """Somebody else writes in this building right now: a takeover, say. Nobody is kept waiting for its end."""


class SameApprover(Exception):
    """Who submitted an expense does not approve it while somebody else in the office may."""


@dataclass
class SpanIsClosed(Exception):
    """The expense's date lies in a closed span of dates: nothing in it is approved or withdrawn any more."""

    span: ClosedSpan


@dataclass
class AlreadyTakenBack(Exception):
    """What a correction takes back is not in force any more: another one took it back, or it was withdrawn."""

    line: ExpenseLine


@transaction.atomic
def submit_expense(*, expense: Expense, by: User, at: datetime) -> None:
    """Hand an expense in for approval; a rejected one may be handed in again. Raises WrongStatus."""
    locked = locked_expense(expense, Status.DRAFT, Status.REJECTED)
    locked.status, locked.submitted_by, locked.submitted_at, locked.rejection = Status.SUBMITTED, by, at, ""
    locked.save(update_fields=["status", "submitted_by", "submitted_at", "rejection"])


@transaction.atomic
def take_back_expense(*, expense: Expense) -> None:
    """Make a submitted expense a draft again; who handed it in last stays known. Raises WrongStatus."""
    locked = locked_expense(expense, Status.SUBMITTED)
    locked.status = Status.DRAFT
    locked.save(update_fields=["status"])


@transaction.atomic
def reject_expense(*, expense: Expense, reason: str) -> None:
    """Turn a submitted expense down, saying why. Raises WrongStatus."""
    locked = locked_expense(expense, Status.SUBMITTED)
    locked.status, locked.rejection = Status.REJECTED, reason
    locked.save(update_fields=["status", "rejection"])
    record("expense_rejected", organization_id=locked.organization_id, on=locked, reason=reason)


@transaction.atomic
def approve_expense(*, expense: Expense, by: User, on: date) -> Approval:
    """Approve a submitted expense (dépense) and freeze each lot's part of each line (EUR, exact to the cent).

    Raises BuildingIsBusy, WrongStatus, SameApprover, SpanIsClosed, AlreadyTakenBack and what refuses a split
    (basis). Source: DOMAIN.md §4.1.
    """
    with waiting_at_most("2s"):
        lock_buildings([expense.building_id])
    locked = locked_expense(expense, Status.SUBMITTED)
    by_submitter = locked.submitted_by_id == by.pk
    if by_submitter and _others_may_approve(locked, by):
        raise SameApprover
    approval = Approval(expense=locked, approved_on=on, approved_by=by, by_submitter=by_submitter)
    return _freeze(approval, locked, lines_to_split(locked), load_basis(locked.building))


@transaction.atomic
def approve_at_takeover(
    *, expense: Expense, lines: list[ExpenseLine], basis: Basis, by: User | None, settled_by_predecessor: bool
) -> Approval:
    """Approve a draft that the previous syndic had approved, on the invoice's date; `by` None: the command line.

    Raises WrongStatus, SpanIsClosed and what refuses a split (basis). Source: WORKBOOK.md, "Approved at takeover".
    """
    expense = locked_expense(expense, Status.DRAFT)
    approval = Approval(
        expense=expense, approved_on=expense.date, approved_by=by, at_takeover=True,
        settled_by_predecessor=settled_by_predecessor,
    )  # fmt: skip
    return _freeze(approval, expense, lines, basis)


@transaction.atomic
def pay_expense(*, expense: Expense, on: date) -> None:
    """Note the day on which an approved expense was paid. Raises WrongStatus."""
    locked = locked_expense(expense, Status.APPROVED)
    locked.status, locked.paid_on = Status.PAID, on
    locked.save(update_fields=["status", "paid_on"])


@transaction.atomic
def unpay_expense(*, expense: Expense) -> None:
    """Take back a payment noted by mistake. Raises WrongStatus."""
    locked = locked_expense(expense, Status.PAID)
    locked.status, locked.paid_on = Status.APPROVED, None
    locked.save(update_fields=["status", "paid_on"])


def lock_buildings(building_ids: Iterable[int]) -> None:
    """Until this transaction ends nobody else approves in these buildings, or changes what approvals rest on.

    Waits as long as `lock_timeout` says.
    """
    list(Building.objects.select_for_update(no_key=True).filter(pk__in=building_ids).order_by("pk").values_list("pk"))


@contextmanager
def waiting_at_most(time: str) -> Iterator[None]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{time}'")
            yield
            cursor.execute("SET LOCAL lock_timeout = 0")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise BuildingIsBusy from error
        raise


def locked_expense(expense: Expense, *statuses: Status) -> Expense:
    found = Expense.objects.select_for_update(of=("self",)).select_related("building").get(pk=expense.pk)
    if found.status not in statuses:
        raise WrongStatus(found.get_status_display())
    return found


def _others_may_approve(expense: Expense, by: User) -> bool:
    """In an office of one nobody else can: there the approval is allowed, and marked."""
    return (
        Membership.objects.filter(
            organization_id=expense.organization_id, is_active=True, user__is_active=True,
            role__in=roles_that_may("approve"),
        )
        .exclude(user=by)
        .exists()
    )  # fmt: skip


def require_open(expense: Expense) -> None:
    """Raises SpanIsClosed."""
    if span := closed_span_on(expense.building, expense.date):
        raise SpanIsClosed(span)


def _freeze(approval: Approval, expense: Expense, lines: list[ExpenseLine], basis: Basis) -> Approval:
    require_open(expense)
    basis.require_whole_shares()
    parts = [part for line in lines for part in _lot_parts(line, expense, basis)]
    approval.organization_id = expense.organization_id
    approval.sequence = Approval.objects.for_organization(expense.organization_id).filter(expense=expense).count() + 1
    approval.part_count = len(parts)
    approval.part_sum = sum((part.amount for part in parts), Decimal(0))
    approval.part_hash = parts_hash(parts)
    approval.save(force_insert=True)
    for part in parts:
        part.approval = approval
    LotPart.objects.bulk_create(parts)
    expense.status = Status.APPROVED
    expense.save(update_fields=["status"])
    record("expense_approved", organization_id=expense.organization_id, on=expense)
    return approval


def _lot_parts(line: ExpenseLine, expense: Expense, basis: Basis) -> list[LotPart]:
    """A line's parts, held by somebody on each of its days."""
    span = span_of(line, expense)
    if line.takes_back_id is not None:
        parts = _mirrored(line)
    else:
        basis.require_whole_shares(span.start)
        parts = [part for each in slices_of(line) for part in _split(each, expense, basis)]
    for part in parts:
        basis.holders_of(part.unit_id, part.amount, span)
    return parts


def _split(each: Slice, expense: Expense, basis: Basis) -> list[LotPart]:
    weights = lots_of(each, expense, basis)
    return [
        LotPart(organization_id=expense.organization_id, line=each.line, portion=each.portion, unit=unit,
                weight=weight, amount=part.amount)
        for (unit, weight), part in zip(weights, split(each.amount, [weight for _, weight in weights]), strict=True)
    ]  # fmt: skip


def _mirrored(line: ExpenseLine) -> list[LotPart]:
    """The parts in force of the line that is taken back, with the other sign. Raises AlreadyTakenBack."""
    taken = taken_back_parts(line)
    if not taken:
        raise AlreadyTakenBack(line)
    return [
        LotPart(organization_id=line.organization_id, line=line, portion=part.portion, unit=part.unit,
                weight=part.weight, amount=-part.amount)
        for part in taken
    ]  # fmt: skip

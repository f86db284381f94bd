"""From draft to paid: every step of an expense, and the freezing of its parts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from apps.accounts.models import Membership, User
from apps.accounts.permissions import roles_that_may
from apps.audit.services import record
from apps.buildings.models import Building
from apps.expenses.models import Approval, Expense, ExpenseLine, LotPart
from apps.expenses.queries import Basis, lines_of, load_basis, parts_hash, span_of
from koprogo.money import split

Status = Expense.Status


class WrongStatus(Exception):
    """The expense is not in a state from which this step leads; `args[0]` is the state in which it is."""


class BuildingIsBusy(Exception):
    """Somebody else writes in this building right now: a takeover, say. Nobody is kept waiting for its end."""


class SameApprover(Exception):
    """Who submitted an expense does not approve it while somebody else in the office may."""


@dataclass
class SharesDoNotAddUp(Exception):
    """The lots' shares differ from the building's total: nothing can be approved (DOMAIN.md BE-02)."""

    share_sum: int
    total_shares: int

    @property
    def difference(self) -> int:
        return self.share_sum - self.total_shares


@dataclass
class NoWeights(Exception):
    """The line's key gives no lot a weight."""

    line: ExpenseLine


@transaction.atomic
def submit_expense(*, expense: Expense, by: User, at: datetime) -> None:
    """Hand an expense in for approval; a rejected one may be handed in again. Raises WrongStatus."""
    locked = _locked(expense, Status.DRAFT, Status.REJECTED)
    locked.status, locked.submitted_by, locked.submitted_at, locked.rejection = Status.SUBMITTED, by, at, ""
    locked.save(update_fields=["status", "submitted_by", "submitted_at", "rejection"])


@transaction.atomic
def take_back_expense(*, expense: Expense) -> None:
    """Make a submitted expense a draft again; who handed it in last stays known. Raises WrongStatus."""
    locked = _locked(expense, Status.SUBMITTED)
    locked.status = Status.DRAFT
    locked.save(update_fields=["status"])


@transaction.atomic
def reject_expense(*, expense: Expense, reason: str) -> None:
    """Turn a submitted expense down, saying why. Raises WrongStatus."""
    locked = _locked(expense, Status.SUBMITTED)
    locked.status, locked.rejection = Status.REJECTED, reason
    locked.save(update_fields=["status", "rejection"])
    record("expense_rejected", organization_id=locked.organization_id, on=locked, reason=reason)


@transaction.atomic
def approve_expense(*, expense: Expense, by: User, on: date) -> Approval:
    """Approve a submitted expense (dépense) and freeze each lot's part of each line (EUR, exact to the cent).

    Raises BuildingIsBusy, WrongStatus, SameApprover, SharesDoNotAddUp, NoWeights, LotWithoutHolder.
    Source: DOMAIN.md §4.1.
    """
    with _waiting_at_most("2s"):
        lock_buildings([expense.building_id])
    locked = _locked(expense, Status.SUBMITTED)
    by_submitter = locked.submitted_by_id == by.pk
    if by_submitter and _others_may_approve(locked, by):
        raise SameApprover
    approval = Approval(expense=locked, approved_on=on, approved_by=by, by_submitter=by_submitter)
    return _freeze(approval, locked, lines_of([locked]), load_basis(locked.building))


@transaction.atomic
def approve_at_takeover(
    *, expense: Expense, lines: list[ExpenseLine], basis: Basis, by: User | None, settled_by_predecessor: bool
) -> Approval:
    """Approve a draft that the previous syndic had approved, on the invoice's date; `by` None: the command line.

    Raises WrongStatus, SharesDoNotAddUp, NoWeights, LotWithoutHolder. Source: WORKBOOK.md, "Approved at takeover".
    """
    expense = _locked(expense, Status.DRAFT)
    approval = Approval(
        expense=expense, approved_on=expense.date, approved_by=by, at_takeover=True,
        settled_by_predecessor=settled_by_predecessor,
    )  # fmt: skip
    return _freeze(approval, expense, lines, basis)


@transaction.atomic
def pay_expense(*, expense: Expense, on: date) -> None:
    """Note the day on which an approved expense was paid. Raises WrongStatus."""
    locked = _locked(expense, Status.APPROVED)
    locked.status, locked.paid_on = Status.PAID, on
    locked.save(update_fields=["status", "paid_on"])


@transaction.atomic
def unpay_expense(*, expense: Expense) -> None:
    """Take back a payment noted by mistake. Raises WrongStatus."""
    locked = _locked(expense, Status.PAID)
    locked.status, locked.paid_on = Status.APPROVED, None
    locked.save(update_fields=["status", "paid_on"])


def lock_buildings(building_ids: Iterable[int]) -> None:
    """Until this transaction ends nobody else approves in these buildings, or changes what approvals rest on.

    Waits as long as `lock_timeout` says.
    """
    list(Building.objects.select_for_update(no_key=True).filter(pk__in=building_ids).order_by("pk").values_list("pk"))


@contextmanager
def _waiting_at_most(time: str) -> Iterator[None]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{time}'")
            yield
            cursor.execute("SET LOCAL lock_timeout = 0")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise BuildingIsBusy from error
        raise


def _locked(expense: Expense, *statuses: Status) -> Expense:
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


def _freeze(approval: Approval, expense: Expense, lines: list[ExpenseLine], basis: Basis) -> Approval:
    if basis.share_sum != basis.building.total_shares:
        raise SharesDoNotAddUp(basis.share_sum, basis.building.total_shares)
    parts = [part for line in lines for part in _lot_parts(line, expense, basis)]
    approval.organization_id = expense.organization_id
    approval.part_count = len(parts)
    approval.part_sum = sum(part.amount for part in parts)
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
    weights = basis.weights(line)
    if not weights:
        raise NoWeights(line)
    split_parts = split(line.gross, [weight for _, weight in weights])
    for (unit, _), part in zip(weights, split_parts, strict=True):
        basis.holders_of(unit.pk, part.amount, span_of(line, expense))
    return [
        LotPart(organization_id=expense.organization_id, line=line, unit=unit, weight=weight, amount=part.amount)
        for (unit, weight), part in zip(weights, split_parts, strict=True)
    ]

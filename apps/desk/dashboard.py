"""What waits for somebody, over all the buildings that a person sees or in one of them."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.buildings.models import Building
from apps.buildings.queries import BUILDING_FIELDS, BuildingRow, with_totals
from apps.expenses.models import Expense
from apps.expenses.queries import overdue_on

Status = Expense.Status
UNFINISHED = [Status.DRAFT, Status.SUBMITTED, Status.REJECTED]
LATEST = 8
AT_A_GLANCE = 8


@dataclass(frozen=True, slots=True)
class Pile:
    """Some expenses together (EUR)."""

    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not finished, by what it waits for."""

    submitted: Pile
    draft: Pile
    rejected: Pile
    overdue: Pile  # approved, unpaid, past the day when it was due

    def __bool__(self) -> bool:
        return any(pile.count for pile in (self.submitted, self.draft, self.rejected, self.overdue))


def waiting(expenses: models.QuerySet[Expense], today: datetime.date) -> Waiting:
    """One statement."""
    piles = {status.value: Q(status=status) for status in UNFINISHED} | {"overdue": overdue_on(today)}
    sums: dict[str, Any] = {}
    for name, condition in piles.items():
        sums[f"{name}_count"] = Count("pk", filter=condition)
        sums[f"{name}_amount"] = Sum("amount", filter=condition, default=Decimal(0))
    found = expenses.filter(Q(status__in=UNFINISHED) | overdue_on(today)).aggregate(**sums)
    return Waiting(**{name: Pile(found[f"{name}_count"], found[f"{name}_amount"]) for name in piles})


@dataclass(slots=True)
class ExpenseRow:
    """One expense in a short list of the desk."""

    id: int
    date: datetime.date
    due_on: datetime.date | None
    supplier: str
    description: str
    building_id: int
    building: str
    status: str
    amount: Decimal


EXPENSE_FIELDS = [
    "id", "date", "due_on", "supplier__name", "description", "building_id", "building__name", "status", "amount",
]  # fmt: skip


def expense_rows(expenses: models.QuerySet[Expense], *order: str, size: int = LATEST) -> list[ExpenseRow]:
    """The first of them in this order."""
    return [ExpenseRow(*values) for values in expenses.order_by(*order).values_list(*EXPENSE_FIELDS)[:size]]


@dataclass(slots=True)
class GlanceRow(BuildingRow):
    """A building with the number of its expenses that are not finished."""

    unfinished: int


def at_a_glance(buildings: models.QuerySet[Building]) -> list[GlanceRow]:
    """The first buildings in order of name."""
    unfinished = (
        Expense.objects.filter(building=OuterRef("pk"), status__in=UNFINISHED)
        .order_by()
        .values("building")
        .annotate(count=Count("pk"))
        .values("count")
    )
    found = with_totals(buildings).annotate(unfinished=Coalesce(Subquery(unfinished), 0)).order_by("search", "id")
    return [GlanceRow(*values) for values in found.values_list(*BUILDING_FIELDS, "unfinished")[:AT_A_GLANCE]]

"""Closing a span of dates of a building, and opening it again."""

from datetime import date

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.buildings.models import Building
from apps.expenses.days import ONE_DAY
from apps.expenses.models import ClosedSpan
from apps.expenses.services import lock_buildings, waiting_at_most


class SpansOverlap(Exception):
    """Some of the days are closed already: `args[0]` is that span."""


@transaction.atomic
def close_span(*, building: Building, first: date, last: date, by: User, on: date) -> ClosedSpan:
    """From now on nothing dated from `first` to `last` (both included) is approved or withdrawn.

    Raises BuildingIsBusy, SpansOverlap.
    """
    with waiting_at_most("2s"):
        lock_buildings([building.pk])
    spans = ClosedSpan.objects.for_organization(building.organization_id).filter(building=building)
    if closed := spans.filter(starts_on__lte=last, ends_on__gt=first).order_by("starts_on").first():
        raise SpansOverlap(closed)
    span = ClosedSpan.objects.create(
        organization_id=building.organization_id, building=building, starts_on=first, ends_on=last + ONE_DAY,
        closed_by=by, closed_on=on,
    )  # fmt: skip
    record("span_closed", organization_id=building.organization_id, on=building,
           changes={"first": [None, first.isoformat()], "last": [None, last.isoformat()]})  # fmt: skip
    return span


@transaction.atomic
def reopen_span(*, span: ClosedSpan, reason: str) -> None:
    """Let a closed span be worked in again, saying why. Raises BuildingIsBusy."""
    with waiting_at_most("2s"):
        lock_buildings([span.building_id])
    record(
        "span_reopened", organization_id=span.organization_id, on=span.building, reason=reason,
        changes={"first": [span.starts_on.isoformat(), None], "last": [span.last_on.isoformat(), None]},
    )  # fmt: skip
    span.delete()

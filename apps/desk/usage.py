"""What approvals in force have used of a building's lots and keys: it changes by a new version only."""

from datetime import date

from django.db.models import Exists, OuterRef, Q

from apps.buildings.models import Building
from apps.expenses.basis import Basis, load_basis, slices_of
from apps.expenses.models import Expense, ExpenseLine, LinePortion, LotPart
from apps.expenses.queries import span_of
from apps.units.models import DistributionKey, Revision
from apps.units.versions import Weights

Kind = DistributionKey.Kind
Starts = dict[int | None, date]  # key, None for the shares → the first day of its earliest version
Place = tuple[int, int | None]  # line, portion


def shares_are_used(building: Building) -> bool:
    parts = LotPart.objects.for_organization(building.organization_id).in_force()
    return parts.filter(line__building=building).exists()


def used_keys(building: Building) -> set[int]:
    """Two statements."""
    parts = LotPart.objects.for_organization(building.organization_id).in_force()
    lines = ExpenseLine.objects.for_organization(building.organization_id).filter(
        Exists(parts.filter(line=OuterRef("pk"))), building=building, key__isnull=False
    )
    portions = LinePortion.objects.for_organization(building.organization_id).filter(
        Exists(parts.filter(portion=OuterRef("pk"))), line__building=building
    )
    return {
        *lines.values_list("key_id", flat=True).distinct(),
        *portions.values_list("key_id", flat=True).distinct(),
    }


def used_periods(key: DistributionKey) -> set[tuple[date, date]]:
    """The periods of lines, [first, end), that readings of this key have split. One statement."""
    parts = LotPart.objects.for_organization(key.organization_id).in_force()
    lines = ExpenseLine.objects.for_organization(key.organization_id).filter(
        Exists(parts.filter(line=OuterRef("pk"))), Q(key=key) | Q(portions__key=key)
    )
    return set(lines.values_list("period_start", "period_end"))


def outdated_expenses(building: Building) -> list[Expense]:
    """Approved expenses of days from a version on whose parts were split by the values before it, latest first.

    One statement; eight when something was ever revised.
    """
    starts: Starts = {}
    revisions = Revision.objects.for_organization(building.organization_id).filter(building=building)
    for key_id, starts_on in revisions.values_list("key_id", "starts_on"):
        starts[key_id] = min(starts.get(key_id, starts_on), starts_on)
    if not starts:
        return []
    basis = load_basis(building)
    lines = _approved_lines(building, min(starts.values()))
    frozen = _frozen_weights(lines)
    found = {line.expense for line in lines if _is_outdated(line, basis, starts, frozen)}
    return sorted(found, key=lambda expense: (expense.date, expense.pk), reverse=True)


def _approved_lines(building: Building, since: date) -> list[ExpenseLine]:
    lines = ExpenseLine.objects.for_organization(building.organization_id).filter(
        Q(period_end__gt=since) | Q(day_rule=ExpenseLine.DayRule.DATE),
        building=building, expense__status__in=Expense.APPROVED_STATUSES, is_current=True, takes_back=None,
    )  # fmt: skip
    found = lines.select_related("expense__supplier", "key").prefetch_related("portions__key")
    return list(found.order_by("pk"))


def _frozen_weights(lines: list[ExpenseLine]) -> dict[Place, Weights]:
    found: dict[Place, Weights] = {}
    if lines:
        parts = LotPart.objects.for_organization(lines[0].organization_id).in_force().filter(line__in=lines)
        for line_id, portion_id, unit_id, weight in parts.values_list("line_id", "portion_id", "unit_id", "weight"):
            found.setdefault((line_id, portion_id), {})[unit_id] = weight
    return found


def _is_outdated(line: ExpenseLine, basis: Basis, starts: Starts, frozen: dict[Place, Weights]) -> bool:
    span = span_of(line, line.expense)
    for part in slices_of(line):
        if part.key is None:
            continue
        starts_on = starts.get(None if part.key.kind == Kind.SHARES else part.key.pk)
        if starts_on is None or span.start < starts_on:
            continue
        now = {unit.pk: weight for unit, weight in basis.weights(part, span)}
        if now != frozen.get((line.pk, part.portion.pk if part.portion else None)):
            return True
    return False

"""The versions of a building's shares and keys, as pages list them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from apps.buildings.models import Building
from apps.units.models import DistributionKey, FormerWeight, Revision, Unit
from apps.units.queries import KeyColumn
from apps.units.versions import Weights
from koprogo.formats import without_zeros


@dataclass(frozen=True, slots=True)
class Step:
    """A lot's value before and after; 0: it bore nothing."""

    unit: Unit
    before: Decimal
    after: Decimal


@dataclass(slots=True)
class Version:
    """What began on a day. `key` None: the shares, with the building's total before and after."""

    key: DistributionKey | None
    starts_on: date
    reason: str
    by: str
    at: datetime
    total_before: int | None
    total_after: int | None
    steps: list[Step]


def versions_of(building: Building, units: list[Unit], columns: list[KeyColumn]) -> list[Version]:
    """The latest first; `columns` are the keys with their weights of today. Two statements."""
    revisions = Revision.objects.for_organization(building.organization_id).filter(building=building)
    rows = list(revisions.select_related("key", "made_by").order_by("-starts_on", "-id"))
    former: dict[int, Weights] = {row.pk: {} for row in rows}
    weights = FormerWeight.objects.for_organization(building.organization_id).filter(revision__in=former)
    for revision_id, unit_id, weight in weights.values_list("revision_id", "unit_id", "weight"):
        former[revision_id][unit_id] = weight
    shares = {unit.pk: Decimal(unit.share) for unit in units}
    after: dict[int | None, tuple[Weights, int | None]] = {None: (shares, building.total_shares)}
    for column in columns:
        weights_of_key = zip(units, column.weights, strict=True)
        after[column.key.pk] = {unit.pk: weight for unit, weight in weights_of_key if weight}, None
    found = []
    for row in rows:
        values, total = after[row.key_id]
        found.append(
            Version(
                row.key, row.starts_on, row.reason, str(row.made_by or ""), row.made_at, row.total_before, total,
                steps_between(units, former[row.pk], values),
            )
        )  # fmt: skip
        after[row.key_id] = former[row.pk], row.total_before
    return found


def steps_between(units: list[Unit], before: Weights, after: Weights) -> list[Step]:
    """The lots whose value changes."""
    steps = (
        Step(unit, without_zeros(before.get(unit.pk, Decimal(0))), without_zeros(after.get(unit.pk, Decimal(0))))
        for unit in units
    )
    return [step for step in steps if step.before != step.after]

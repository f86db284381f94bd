"""The shares of a building and the weights of its keys as they were on any day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.buildings.models import Building
from apps.units.models import FormerWeight, Reading, Revision

Weights = dict[int, Decimal]  # by lot


@dataclass(slots=True)
class Former:
    """What held until the day before `starts_on`."""

    starts_on: date  # of what came after
    total_shares: int | None  # of shares alone
    weights: Weights = field(default_factory=dict)


class Formers(dict[int | None, list[Former]]):
    """By key, None for the shares of all lots; the earliest first."""

    def on(self, key_id: int | None, day: date) -> Former | None:
        """What held on a day; None: what holds today."""
        return next((former for former in self.get(key_id, []) if day < former.starts_on), None)


def load_formers(building: Building) -> Formers:
    """One statement, two when something was ever revised."""
    found: dict[int, Former] = {}
    formers = Formers()
    revisions = Revision.objects.for_organization(building.organization_id).filter(building=building)
    for pk, key_id, starts_on, total in revisions.order_by("starts_on", "id").values_list(
        "pk", "key_id", "starts_on", "total_before"
    ):
        found[pk] = Former(starts_on, total)
        formers.setdefault(key_id, []).append(found[pk])
    if found:
        weights = FormerWeight.objects.for_organization(building.organization_id).filter(revision__in=found)
        for revision_id, unit_id, weight in weights.values_list("revision_id", "unit_id", "weight"):
            found[revision_id].weights[unit_id] = weight
    return formers


@dataclass(slots=True)
class ReadingPeriod:
    """What the lots used in the days [starts_on, ends_on)."""

    starts_on: date
    ends_on: date
    quantities: Weights = field(default_factory=dict)
    estimated: set[int] = field(default_factory=set)  # lots


def load_readings(building: Building) -> dict[int, list[ReadingPeriod]]:
    """The readings of each consumption key in order of time. One statement."""
    found: dict[tuple[int, date, date], ReadingPeriod] = {}
    of_key: dict[int, list[ReadingPeriod]] = defaultdict(list)
    rows = Reading.objects.for_organization(building.organization_id).filter(building=building)
    for key_id, starts_on, ends_on, unit_id, quantity, is_estimated in rows.order_by("starts_on", "id").values_list(
        "key_id", "starts_on", "ends_on", "unit_id", "quantity", "is_estimated"
    ):
        place = key_id, starts_on, ends_on
        if place not in found:
            found[place] = ReadingPeriod(starts_on, ends_on)
            of_key[key_id].append(found[place])
        found[place].quantities[unit_id] = quantity
        if is_estimated:
            found[place].estimated.add(unit_id)
    return of_key


def quantities_over(periods: list[ReadingPeriod], start: date, end: date) -> Weights | None:
    """The sums of the readings that together make the days [start, end) exactly; None: they do not."""
    within = [period for period in periods if start <= period.starts_on and period.ends_on <= end]
    day = start
    sums: Weights = defaultdict(Decimal)
    for period in within:
        if period.starts_on != day:
            return None
        day = period.ends_on
        for unit_id, quantity in period.quantities.items():
            sums[unit_id] += quantity
    return dict(sums) if day == end and within else None

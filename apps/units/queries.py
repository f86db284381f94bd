"""Lots as pages show them, and the weights that the keys give them."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Max, Q, Sum

from apps.accounts.models import Membership, Organization
from apps.buildings.models import Building, visible_buildings
from apps.units.models import DistributionKey, KeyWeight, Unit
from koprogo.formats import without_zeros
from koprogo.prepared import Question, instances


def visible_units(membership: Membership) -> models.QuerySet[Unit]:
    """All lots of the organization for the office; for a reader, those of visible buildings."""
    units = Unit.objects.for_organization(membership.organization)
    if membership.sees_all_buildings:
        return units
    return units.filter(building__in=visible_buildings(membership))


def visible_keys(membership: Membership) -> models.QuerySet[DistributionKey]:
    """The keys of the buildings that this person sees."""
    keys = DistributionKey.objects.for_organization(membership.organization)
    return keys.filter(building__in=visible_buildings(membership))


def units_of(building: Building) -> models.QuerySet[Unit]:
    """The lots of a building in their order."""
    found = Unit.objects.for_organization(building.organization_id).filter(building=building)
    return found.order_by("position", "id")


def units_in_use(building: Building) -> list[Unit]:
    return list(units_of(building).filter(archived_on=None))


def keys_of(building: Building) -> models.QuerySet[DistributionKey]:
    """The keys of a building that can be chosen."""
    keys = DistributionKey.objects.for_organization(building.organization_id).in_use().filter(building=building)
    return keys.order_by("code", "id")


def weighted_keys(building: Building) -> models.QuerySet[DistributionKey]:
    return keys_of(building).filter(kind__in=DistributionKey.WEIGHTED_KINDS).select_related("building")


def subset_keys(building: Building) -> models.QuerySet[DistributionKey]:
    return keys_of(building).filter(kind=DistributionKey.Kind.SUBSET)


def weights_of_keys(building: Building) -> dict[int, dict[int, Decimal]]:
    """Key → lot → weight. One statement."""
    weights: dict[int, dict[int, Decimal]] = defaultdict(dict)
    rows = KeyWeight.objects.for_organization(building.organization_id).filter(building=building)
    for key_id, unit_id, weight in rows.values_list("key_id", "unit_id", "weight"):
        weights[key_id][unit_id] = weight
    return weights


def successor_of(unit: Unit) -> int | None:
    """The id of the lot behind this one in their building's order."""
    return units_of(unit.building).filter(position__gt=unit.position).values_list("pk", flat=True).first()


def _standing(*, organization: int, building: int, number: str) -> models.QuerySet[Any, Any]:
    """Of the lots of a building: the last position, the sum of their shares, how many have the number."""
    units = Unit.objects.for_organization(organization).filter(building=building).values("building")
    found = units.annotate(last=Max("position"), shared=Sum("share"), namesakes=Count("pk", filter=Q(number=number)))
    return found.values_list("last", "shared", "namesakes")


def _locked_building(role: str, *, membership: int, organization: int, building: int) -> models.QuerySet[Building]:
    member = Membership(pk=membership, organization=Organization(pk=organization), role=role)
    return visible_buildings(member).filter(pk=building).select_for_update(no_key=True, of=("self",))


STANDING, LOCKED_BUILDING = Question(_standing), Question(_locked_building)
LAST_ID = 2**63 - 1  # PostgreSQL's


def locked_building(membership: Membership, pk: int) -> Building | None:
    """A building that this person sees, locked until the transaction ends."""
    if pk > LAST_ID:
        return None
    who = {"membership": membership.pk, "organization": membership.organization_id}
    return next(iter(instances(Building, LOCKED_BUILDING.ask(membership.role, **who, building=pk))), None)


@dataclass(frozen=True, slots=True)
class LotCount:
    """How many lots a building has, and what their shares make."""

    lots: int
    legal_lots: int  # without cellars, garages, parkings, attics (DOMAIN.md BE-05)
    share_sum: int


def count_lots(building: Building) -> LotCount:
    found = units_of(building).aggregate(
        lots=Count("pk", filter=Q(archived_on=None)),
        legal_lots=Count("pk", filter=Q(archived_on=None) & ~Q(kind__in=Unit.ACCESSORY_KINDS)),
        share_sum=Sum("share", default=0),
    )
    return LotCount(**found)


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One key with the weight of each lot, in the order of the lots; None: the lot does not bear."""

    key: DistributionKey
    weights: list[Decimal | None]

    @property
    def bearing(self) -> int:
        """How many lots bear."""
        return sum(weight is not None for weight in self.weights)

    @property
    def total(self) -> Decimal:
        return without_zeros(sum((weight for weight in self.weights if weight is not None), Decimal(0)))


def key_columns(building: Building, units: list[Unit]) -> list[KeyColumn]:
    """The keys of a building, those of all lots' shares first, then in order of their codes. Two statements."""
    weights = weights_of_keys(building)
    keys = DistributionKey.objects.for_organization(building.organization_id).filter(building=building)
    columns = [KeyColumn(key, _weights_in(key, weights.get(key.pk, {}), units)) for key in keys.order_by("code", "id")]
    return sorted(columns, key=lambda column: column.key.kind != DistributionKey.Kind.SHARES)


def is_stale(column: KeyColumn, units: list[Unit]) -> bool:
    """A subset in use whose weights are no longer its lots' shares."""
    if column.key.is_archived or column.key.kind != DistributionKey.Kind.SUBSET:
        return False
    return any(weight not in (None, unit.share) for weight, unit in zip(column.weights, units, strict=True))


def weights_of(unit: Unit) -> list[tuple[DistributionKey, Decimal]]:
    """The keys in which a lot bears, with its weight. Two statements."""
    return [
        (column.key, column.weights[0])
        for column in key_columns(unit.building, [unit])
        if column.weights[0] is not None and not column.key.is_archived
    ]


def _weights_in(key: DistributionKey, weights: dict[int, Decimal], units: list[Unit]) -> list[Decimal | None]:
    if key.kind == DistributionKey.Kind.SHARES:
        return [Decimal(unit.share) or None for unit in units]
    return [without_zeros(weights[unit.pk]) if weights.get(unit.pk) else None for unit in units]

"""Writing lots, keys and the values of today; what begins on a date is in `revisions`, what meters say in `readings`.

What an approval in force has used PostgreSQL refuses here, by `…_of_approved_parts_is_frozen`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.buildings.models import Building
from apps.units.models import DistributionKey, KeyWeight, Reading, Unit
from apps.units.queries import STANDING, successor_of, units_of
from apps.units.versions import Weights
from koprogo.inserting import insert

Kind = DistributionKey.Kind
ONE = Decimal(1)


@dataclass
class ShareExceedsTotal(Exception):
    """The building's total leaves less for a new lot."""

    left: int


class UnitNumberTaken(Exception):
    """Another lot of the building has the number."""


class UnitStillBears(Exception):
    """The lot has a share, or a weight in a key."""


class KeyHasReadings(Exception):
    """The kind of a key whose meters were read stays."""


def lock_building(building: Building) -> Building:
    """Until this transaction ends nobody else approves in this building, or writes its lots and keys."""
    found = Building.objects.for_organization(building.organization_id).select_for_update(no_key=True)
    return found.get(pk=building.pk)


# --- Lots ---
def create_unit(*, building: Building, before: int | None, identity: Mapping[str, Any]) -> Unit:
    """A new lot in front of the one with the id `before` (None: the last). Raises UnitNumberTaken, ShareExceedsTotal.

    Under the building's lock: `building` was read with it.
    """
    found = STANDING.ask(organization=building.organization_id, building=building.pk, number=identity["number"])
    last, shared, namesakes = found[0] if found else (0, 0, 0)
    if namesakes:
        raise UnitNumberTaken
    left = max(building.total_shares - shared, 0)
    if identity["share"] > left:
        raise ShareExceedsTotal(left)
    unit = insert(Unit(organization_id=building.organization_id, building=building, position=last + 1, **identity))
    if before:
        _place(unit, before)
    return unit


@transaction.atomic
def update_unit(*, unit: Unit, before: int | None, identity: Mapping[str, Any]) -> None:
    """Change a lot and put it in front of the one with the id `before` (None: the last)."""
    lock_building(unit.building)
    for name, value in identity.items():
        setattr(unit, name, value)
    unit.save(update_fields=list(identity))
    if successor_of(unit) != before:
        _place(unit, before)


def _place(unit: Unit, before: int | None) -> None:
    """Put a lot in front of another of its building's; those behind it make room as far as they must."""
    others = list(units_of(unit.building).exclude(pk=unit.pk))
    place = [other.pk for other in others].index(before) if before else len(others)
    moved, last = [], 0
    for each in [*others[:place], unit, *others[place:]]:
        if each is unit or (each.position <= last and each in others[place:]):
            each.position = last + 1
            moved.append(each)
        last = each.position
    Unit.objects.bulk_update(moved, ["position"])


@transaction.atomic
def archive_unit(*, unit: Unit, on: date) -> None:
    """Raises UnitStillBears."""
    lock_building(unit.building)
    unit.refresh_from_db(fields=["share"])
    weights = KeyWeight.objects.for_organization(unit.organization_id).filter(unit=unit, weight__gt=0)
    if unit.share or weights.exists():
        raise UnitStillBears
    unit.archived_on = on
    unit.save(update_fields=["archived_on"])


@transaction.atomic
def restore_unit(*, unit: Unit) -> None:
    lock_building(unit.building)
    unit.archived_on = None
    unit.save(update_fields=["archived_on"])


# --- Keys ---
@transaction.atomic
def create_key(*, building: Building, code: str, name: str, kind: str) -> DistributionKey:
    lock_building(building)
    return DistributionKey.objects.create(
        organization_id=building.organization_id, building=building, code=code, name=name, kind=kind
    )


@transaction.atomic
def update_key(*, key: DistributionKey, code: str, name: str, kind: str) -> None:
    """Another kind keeps which lots bear, where it can. Raises KeyHasReadings."""
    lock_building(key.building)
    is_other_kind, key.code, key.name, key.kind = kind != key.kind, code, name, kind
    if is_other_kind and Reading.objects.for_organization(key.organization_id).filter(key=key).exists():
        raise KeyHasReadings
    key.save(update_fields=["code", "name", "kind"])
    if is_other_kind:
        write_weights(key, weights_now(key) if kind in DistributionKey.WEIGHTED_KINDS else {})


@transaction.atomic
def archive_key(*, key: DistributionKey, on: date) -> None:
    lock_building(key.building)
    key.archived_on = on
    key.save(update_fields=["archived_on"])


@transaction.atomic
def restore_key(*, key: DistributionKey) -> None:
    lock_building(key.building)
    key.archived_on = None
    key.save(update_fields=["archived_on"])


# --- Values of today ---
@transaction.atomic
def correct_shares(
    *, building: Building, total: int, shares: Mapping[int, int], following: Collection[DistributionKey] = ()
) -> None:
    """Write shares that no approval in force has used; the keys of `following` take them as their lots' weights."""
    lock_building(building)
    write_shares(building, total, shares)
    for key in following:
        write_weights(key, weights_now(key))


@transaction.atomic
def correct_weights(*, building: Building, weights: Mapping[DistributionKey, Weights]) -> None:
    """Write weights that no approval in force has used, a lot without one bears nothing."""
    lock_building(building)
    for key, wanted in weights.items():
        write_weights(key, wanted)


def write_shares(building: Building, total: int, shares: Mapping[int, int]) -> None:
    """Under the building's lock."""
    changed = [unit for unit in units_of(building) if shares.get(unit.pk, unit.share) != unit.share]
    for unit in changed:
        unit.share = shares[unit.pk]
    Unit.objects.bulk_update(changed, ["share"])
    if building.total_shares != total:
        building.total_shares = total
        building.save(update_fields=["total_shares"])


def write_weights(key: DistributionKey, wanted: Weights) -> None:
    """Under the building's lock; weights of a subset and of equal lots are what their kind says."""
    wanted = fitting(key, wanted, list(units_of(key.building)))
    rows = KeyWeight.objects.for_organization(key.organization_id).filter(key=key)
    stored = {row.unit_id: row for row in rows}
    rows.filter(unit__in=stored.keys() - wanted.keys()).delete()
    changed = [row for unit_id, row in stored.items() if wanted.get(unit_id, row.weight) != row.weight]
    for row in changed:
        row.weight = wanted[row.unit_id]
    KeyWeight.objects.bulk_update(changed, ["weight"])
    KeyWeight.objects.bulk_create(
        KeyWeight(
            organization_id=key.organization_id, building_id=key.building_id, key=key, unit_id=unit_id, weight=weight
        )
        for unit_id, weight in wanted.items() if unit_id not in stored
    )  # fmt: skip


def fitting(key: DistributionKey, weights: Weights, units: Collection[Unit]) -> Weights:
    """The weights above zero as the key's kind has them: shares for a subset, 1 for equal lots."""
    bearing = [unit for unit in units if weights.get(unit.pk)]
    match key.kind:
        case Kind.SUBSET:
            return {unit.pk: Decimal(unit.share) for unit in bearing if unit.share}
        case Kind.EQUAL:
            return {unit.pk: ONE for unit in bearing}
    return {unit.pk: weights[unit.pk] for unit in bearing}


def weights_now(key: DistributionKey) -> Weights:
    rows = KeyWeight.objects.for_organization(key.organization_id).filter(key=key)
    return dict(rows.values_list("unit_id", "weight"))

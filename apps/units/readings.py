"""Writing what meters say: the readings of a consumption key, period by period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from apps.units.models import DistributionKey, Reading
from apps.units.services import lock_building

Days = tuple[date, date]  # [first, end)
Quantities = Mapping[int, tuple[Decimal, bool]]  # lot → units used, estimated


@dataclass
class PeriodsOverlap(Exception):
    """Another period of the key, [starts_on, ends_on), has days of this one."""

    starts_on: date
    ends_on: date


@transaction.atomic
def write_readings(
    *, key: DistributionKey, replaced: Days | None, starts_on: date, ends_on: date, quantities: Quantities
) -> None:
    """What the lots used in the days [starts_on, ends_on), in the place of the period `replaced`.

    Readings that an approval in force has used PostgreSQL refuses: `reading_of_approved_parts_is_frozen`. Raises
    PeriodsOverlap.
    """
    lock_building(key.building)
    stored = {row.unit_id: row for row in _of_period(key, replaced)} if replaced else {}
    others = Reading.objects.for_organization(key.organization_id).filter(key=key)
    others = others.exclude(pk__in=[row.pk for row in stored.values()])
    touched = others.filter(starts_on__lt=ends_on, ends_on__gt=starts_on).order_by("starts_on", "id").first()
    if touched:
        raise PeriodsOverlap(touched.starts_on, touched.ends_on)
    for unit_id in stored.keys() - quantities.keys():
        stored.pop(unit_id).delete()
    for unit_id, (quantity, is_estimated) in quantities.items():
        row = stored.get(unit_id) or Reading(
            organization_id=key.organization_id, building_id=key.building_id, key=key, unit_id=unit_id
        )
        values = starts_on, ends_on, quantity, is_estimated
        if values != (row.starts_on, row.ends_on, row.quantity, row.is_estimated):
            row.starts_on, row.ends_on, row.quantity, row.is_estimated = values
            row.save()


@transaction.atomic
def delete_readings(*, key: DistributionKey, period: Days) -> None:
    """PostgreSQL refuses what an approval in force has used."""
    lock_building(key.building)
    _of_period(key, period).delete()


def _of_period(key: DistributionKey, period: Days) -> QuerySet[Reading]:
    found = Reading.objects.for_organization(key.organization_id).filter(key=key)
    return found.filter(starts_on=period[0], ends_on=period[1])

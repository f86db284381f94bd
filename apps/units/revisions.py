"""New versions of shares and weights: from a date on, with a reason; what was before is kept whole."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import User
from apps.buildings.models import Building
from apps.units.models import DistributionKey, FormerWeight, Revision
from apps.units.queries import units_of
from apps.units.services import fitting, lock_building, weights_now, write_shares, write_weights
from apps.units.versions import Weights


@dataclass
class LaterVersionExists(Exception):
    """What was before is known for the latest version only. `key` None: the shares."""

    starts_on: date
    key: DistributionKey | None


class StartsInFuture(Exception):
    """The values that are written are today's."""


class NothingChanged(Exception):
    pass


@dataclass
class SharesDoNotMakeTotal(Exception):
    share_sum: int
    total: int


@transaction.atomic
def revise_shares(
    *, building: Building, starts_on: date, total: int, shares: Mapping[int, int], reason: str, by: User, on: date,
    following: Collection[DistributionKey] = (),
) -> Revision:  # fmt: skip
    """From `starts_on` (at the latest `on`, today) the lots have these shares, and the building this total.

    A lot that is not named keeps its share. The subset keys of `following` get a version of their own from the same
    day. Raises StartsInFuture, LaterVersionExists, NothingChanged, SharesDoNotMakeTotal.
    """
    building = lock_building(building)
    units = list(units_of(building))
    former = {unit.pk: Decimal(unit.share) for unit in units}
    wanted = {unit.pk: shares.get(unit.pk, unit.share) for unit in units}
    if wanted == former and total == building.total_shares:
        raise NothingChanged
    if sum(wanted.values()) != total:
        raise SharesDoNotMakeTotal(sum(wanted.values()), total)
    revision = _begin(building, None, starts_on, former, reason=reason, by=by, on=on)
    write_shares(building, total, wanted)
    for key in following:
        weights = weights_now(key)
        if fitting(key, weights, list(units_of(building))) != weights:
            _begin(building, key, starts_on, weights, reason=reason, by=by, on=on)
            write_weights(key, weights)
    return revision


@transaction.atomic
def revise_key(
    *, key: DistributionKey, starts_on: date, weights: Weights, reason: str, by: User, on: date
) -> Revision:  # fmt: skip
    """From `starts_on` the lots have these weights in the key, and no others any.

    Raises StartsInFuture, LaterVersionExists, NothingChanged.
    """
    building = lock_building(key.building)
    former = weights_now(key)
    if fitting(key, weights, list(units_of(building))) == former:
        raise NothingChanged
    revision = _begin(building, key, starts_on, former, reason=reason, by=by, on=on)
    write_weights(key, weights)
    return revision


def _begin(
    building: Building, key: DistributionKey | None, starts_on: date, former: Weights, *, reason: str, by: User,
    on: date,
) -> Revision:  # fmt: skip
    if starts_on > on:
        raise StartsInFuture
    revisions = Revision.objects.for_organization(building.organization_id).filter(building=building, key=key)
    later = revisions.filter(starts_on__gt=starts_on).order_by("-starts_on", "-id").first()
    if later:
        raise LaterVersionExists(later.starts_on, key)
    revision = Revision.objects.create(
        organization_id=building.organization_id, building=building, key=key, starts_on=starts_on, reason=reason,
        total_before=building.total_shares if key is None else None, made_by=by,
    )  # fmt: skip
    FormerWeight.objects.bulk_create(
        FormerWeight(organization_id=building.organization_id, revision=revision, unit_id=unit_id, weight=weight)
        for unit_id, weight in former.items() if weight
    )  # fmt: skip
    return revision

"""Which buildings a reader sees."""

from collections.abc import Iterable

from django.db import transaction

from apps.accounts.models import Membership
from apps.buildings.models import BuildingAccess
from apps.buildings.queries import buildings_given_to


@transaction.atomic
def give_buildings(*, membership: Membership, building_ids: Iterable[int]) -> None:
    """From now on this reader sees these buildings of the organization and no others."""
    # Two managers at work at once: the second waits and starts from what the first left.
    Membership.objects.select_for_update().get(pk=membership.pk)
    wanted, given = set(building_ids), buildings_given_to(membership)
    organization_id = membership.organization_id
    accesses = BuildingAccess.objects.for_organization(organization_id).filter(membership=membership)
    accesses.exclude(building_id__in=wanted).delete()
    BuildingAccess.objects.bulk_create(
        BuildingAccess(organization_id=organization_id, membership=membership, building_id=building_id)
        for building_id in sorted(wanted - given)
    )

"""Writing buildings, and which of them a reader sees."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from apps.accounts.models import Membership, Organization
from apps.buildings.models import BankAccount, Building, BuildingAccess
from apps.buildings.queries import accounts_of, buildings_given_to, free_reference
from koprogo.inserting import insert

Accounts = Iterable[tuple[str, str]]  # kind, IBAN


@transaction.atomic(savepoint=False)
def create_building(*, organization: Organization, identity: Mapping[str, Any], accounts: Accounts) -> Building:
    """A new building; without a reference it gets one after its name."""
    building = Building(organization=organization, **identity)
    building.reference = building.reference or free_reference(organization, building.name)
    insert(building)
    _add_accounts(building, accounts)
    return building


@transaction.atomic
def update_building(
    *, building: Building, identity: Mapping[str, Any], ibans: Mapping[int, str], accounts: Accounts
) -> None:
    """Write what a building is. `ibans`: the accounts that stay, by number; `accounts` come in addition."""
    for name, value in identity.items():
        setattr(building, name, value)
    building.reference = building.reference or free_reference(building.organization, building.name)
    building.save(update_fields=[*identity])
    for account in accounts_of(building):
        if account.pk not in ibans:
            account.delete()
        elif account.iban != ibans[account.pk]:
            account.iban = ibans[account.pk]
            account.save(update_fields=["iban"])
    _add_accounts(building, accounts)


def _add_accounts(building: Building, accounts: Accounts) -> None:
    rows = [
        BankAccount(organization_id=building.organization_id, building=building, kind=kind, iban=iban)
        for kind, iban in accounts
    ]
    if rows:
        BankAccount.objects.bulk_create(rows)


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

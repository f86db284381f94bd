"""Writing owners, and who holds what."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import transaction

from apps.accounts.archiving import archive
from apps.accounts.models import Membership as AccountMembership
from apps.accounts.models import Organization
from apps.buildings.models import Building
from apps.owners.models import AccountHolder, HolderMember, Holding, Owner, OwnerAccess
from koprogo.inserting import insert

Membership = tuple[Owner, str, Fraction]  # owner, right, fraction


class HoldsALot(Exception):
    """Who holds a lot today, or will, is not set aside; `args[0]` is the number of that lot."""


def create_owner(*, organization: Organization, identity: Mapping[str, Any]) -> Owner:
    return insert(Owner(organization=organization, **identity))


def update_owner(*, owner: Owner, identity: Mapping[str, Any]) -> None:
    for name, value in identity.items():
        setattr(owner, name, value)
    owner.save(update_fields=[*identity])


@transaction.atomic
def archive_owner(*, owner: Owner, on: date) -> None:
    """Set an owner aside who holds nothing any more. Raises HoldsALot."""
    held = Holding.objects.for_organization(owner.organization_id).filter(holder__members__owner=owner)
    lasting = held.exclude(ends_on__lte=on).order_by("id")
    if number := lasting.values_list("unit__number", flat=True).first():
        raise HoldsALot(number)
    archive(record=owner, on=on)


def composition_of(members: Iterable[tuple[int, str, Fraction]]) -> str:
    """What makes an account holder the same one: its owners' ids with rights and fractions."""
    return " ".join(f"{owner}:{right}:{fraction}" for owner, right, fraction in sorted(members))


@transaction.atomic
def find_or_create_holder(*, building: Building, members: list[Membership]) -> AccountHolder:
    """The account holder (titulaire) of these members in this building.

    PostgreSQL refuses, at commit, rights that do not make a whole: full + usufruct = 1 and full + bare = 1.
    """
    composition = composition_of((owner.pk, right, fraction) for owner, right, fraction in members)
    holder, is_new = AccountHolder.objects.get_or_create(
        organization_id=building.organization_id, building=building, composition=composition
    )
    if is_new:
        HolderMember.objects.bulk_create(
            HolderMember(
                organization_id=building.organization_id, holder=holder, owner=owner, right=right,
                numerator=fraction.numerator, denominator=fraction.denominator,
            )
            for owner, right, fraction in members
        )  # fmt: skip
    return holder


def link_owner(*, membership: AccountMembership, owner: Owner) -> None:
    """From now on this member sees the lots of this owner as their own. A second time changes nothing."""
    OwnerAccess.objects.get_or_create(organization_id=membership.organization_id, membership=membership, owner=owner)


def unlink_owner(*, membership: AccountMembership, owner: Owner) -> None:
    OwnerAccess.objects.for_organization(membership.organization_id).filter(membership=membership, owner=owner).delete()

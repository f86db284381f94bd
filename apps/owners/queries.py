"""Who holds which lot when, read for whole buildings at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db import models
from django.utils.translation import gettext as _

from apps.accounts.models import Membership
from apps.buildings.models import Building, visible_buildings
from apps.owners.models import AccountHolder, HolderMember, Holding, Owner


@dataclass(frozen=True, slots=True)
class Member:
    """An owner's right in an account holder."""

    owner_id: int
    code: str
    name: str
    right: str  # full, usufruct, bare
    fraction: Fraction

    @property
    def bears(self) -> bool:
        """Full owners and usufructuaries bear the charges; who has bare ownership alone does not."""
        return self.right != HolderMember.Right.BARE


@dataclass(frozen=True, slots=True)
class Holder:
    """An account holder with its members in the order of their codes."""

    id: int
    members: tuple[Member, ...]

    @property
    def codes(self) -> str:
        return " + ".join(dict.fromkeys(member.code for member in self.members))

    @property
    def name(self) -> str:
        """`Anne Lambert et Yves Lambert`; rights other than full ownership are named."""
        return ", ".join(dict.fromkeys(_named(member) for member in self.members))


@dataclass(frozen=True, slots=True)
class HoldingPeriod:
    """`holder` holds the lot on [starts_on, ends_on); an open end is None."""

    unit_id: int
    holder: Holder
    starts_on: date
    ends_on: date | None


def holders(found: models.QuerySet[AccountHolder]) -> dict[int, Holder]:
    """Account holders with their members: one statement."""
    rows = (
        HolderMember.objects.filter(holder__in=found)
        .order_by("holder_id", "owner__code", "right", "id")
        .values_list("holder_id", "owner_id", "owner__code", "owner__first_name", "owner__name", "right",
                     "numerator", "denominator")
    )  # fmt: skip
    members: dict[int, list[Member]] = defaultdict(list)
    for holder_id, owner_id, code, first_name, name, right, numerator, denominator in rows:
        full_name = f"{first_name} {name}".strip()
        members[holder_id].append(Member(owner_id, code, full_name, right, Fraction(numerator, denominator)))
    return {holder_id: Holder(holder_id, tuple(each)) for holder_id, each in members.items()}


def holding_periods(building: Building) -> dict[int, list[HoldingPeriod]]:
    """For each lot of the building its holdings in order of time: two statements."""
    found = holders(AccountHolder.objects.for_organization(building.organization_id).filter(building=building))
    periods: dict[int, list[HoldingPeriod]] = defaultdict(list)
    rows = Holding.objects.for_organization(building.organization_id).filter(building=building)
    for unit_id, holder_id, starts_on, ends_on in rows.order_by("unit_id", "starts_on", "id").values_list(
        "unit_id", "holder_id", "starts_on", "ends_on"
    ):
        periods[unit_id].append(HoldingPeriod(unit_id, found[holder_id], starts_on, ends_on))
    return periods


def visible_owners(membership: Membership) -> models.QuerySet[Owner]:
    """All owners of the organization for the office; for a reader, who holds or held a lot of a visible building."""
    owners = Owner.objects.for_organization(membership.organization)
    if membership.sees_all_buildings:
        return owners
    holders_there = AccountHolder.objects.filter(building__in=visible_buildings(membership))
    return owners.filter(memberships__holder__in=holders_there).distinct()


def holder_on(periods: Iterable[HoldingPeriod], day: date) -> Holder | None:
    for period in periods:
        if period.starts_on <= day and (period.ends_on is None or day < period.ends_on):
            return period.holder
    return None


def _named(member: Member) -> str:
    if member.right == HolderMember.Right.USUFRUCT:
        return _("%(name)s (usufruit)") % {"name": member.name}
    if member.right == HolderMember.Right.BARE:
        return _("%(name)s (nue-propriété)") % {"name": member.name}
    return member.name

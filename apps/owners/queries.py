"""Who holds which lot when, read for whole buildings at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import Membership
from apps.buildings.models import Building, visible_buildings
from apps.owners.models import AccountHolder, HolderMember, Holding, Owner

ONE_DAY = timedelta(days=1)


def named(name: str, right: str) -> str:
    """The name of a member; a right other than full ownership is told."""
    if right == HolderMember.Right.USUFRUCT:
        return _("%(name)s (usufruit)") % {"name": name}
    if right == HolderMember.Right.BARE:
        return _("%(name)s (nue-propriété)") % {"name": name}
    return name


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
        return ", ".join(dict.fromkeys(named(member.name, member.right) for member in self.members))


@dataclass(frozen=True, slots=True)
class HoldingPeriod:
    """`holder` holds the lot on [starts_on, ends_on); an open end is None."""

    unit_id: int
    holder: Holder
    starts_on: date
    ends_on: date | None

    @property
    def last_on(self) -> date | None:
        """The last day, as a person reads it."""
        return self.ends_on - ONE_DAY if self.ends_on else None

    def lasts_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


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
    there = HolderMember.objects.filter(holder__building__in=visible_buildings(membership))
    return owners.filter(pk__in=there.values("owner"))


def holder_on(periods: Iterable[HoldingPeriod], day: date) -> Holder | None:
    return next((period.holder for period in periods if period.lasts_on(day)), None)


def holders_on(day: date) -> Subquery:
    """For a queryset of lots: who holds each of them on a day, `[first name, name, right]` of each member."""
    # By the holder's number alone: a join over account holders would be one table more for each lot.
    holding = Holding.objects.filter(_lasts_on(day), unit=OuterRef(OuterRef("pk"))).values("holder")[:1]
    members = HolderMember.objects.filter(holder=Subquery(holding)).order_by().values("holder")
    found = ArrayAgg(_array("owner__first_name", "owner__name", "right"), order_by=["owner__code", "right", "id"])
    return Subquery(members.annotate(found=found).values("found"))


def lots_on(day: date, membership: Membership) -> Subquery:
    """For a queryset of owners: the lots that each holds on a day and that this person sees, `[building, lot]`."""
    holders = HolderMember.objects.filter(owner=OuterRef(OuterRef("pk"))).values("holder")
    holdings = Holding.objects.filter(_lasts_on(day), holder__in=holders)
    if not membership.sees_all_buildings:
        holdings = holdings.filter(building__in=visible_buildings(membership))
    found = ArrayAgg(
        _array("building__name", "unit__number"),
        order_by=["building__search", "building_id", "unit__position", "unit_id"],
    )
    return Subquery(holdings.order_by().values("organization").annotate(found=found).values("found"))


@dataclass(frozen=True, slots=True)
class OwnedLot:
    """One owner's right in a lot over the days [starts_on, ends_on); an open end is None."""

    unit_id: int
    number: str
    kind: str
    share: int
    building_id: int
    building: str
    total_shares: int
    owner: str
    right: str
    numerator: int
    denominator: int
    starts_on: date
    ends_on: date | None

    @property
    def last_on(self) -> date | None:
        return self.ends_on - ONE_DAY if self.ends_on else None

    def lasts_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


def owned_lots(owners: models.QuerySet[Owner], buildings: models.QuerySet[Building]) -> list[OwnedLot]:
    """What these owners hold or held in these buildings: by building, lot and time. One statement."""
    rows = (
        HolderMember.objects.filter(owner__in=owners, holder__building__in=buildings, holder__holdings__isnull=False)
        .order_by("holder__building__search", "holder__building_id", "holder__holdings__unit__position",
                  "holder__holdings__unit_id", "holder__holdings__starts_on", "owner__code", "right", "id")
        .values_list("holder__holdings__unit_id", "holder__holdings__unit__number", "holder__holdings__unit__kind",
                     "holder__holdings__unit__share", "holder__building_id", "holder__building__name",
                     "holder__building__total_shares", "owner__first_name", "owner__name", "right", "numerator",
                     "denominator", "holder__holdings__starts_on", "holder__holdings__ends_on")
    )  # fmt: skip
    return [OwnedLot(*row[:7], f"{row[7]} {row[8]}".strip(), *row[9:]) for row in rows]


def owners_of(membership: Membership) -> models.QuerySet[Owner]:
    """The owners that a member with the role of co-owner is."""
    return Owner.objects.for_organization(membership.organization_id).filter(accesses__membership=membership)


def _lasts_on(day: date) -> models.Q:
    return models.Q(starts_on__lte=day) & (models.Q(ends_on=None) | models.Q(ends_on__gt=day))


def _array(*fields: str) -> models.Func:
    return models.Func(*fields, template="ARRAY[%(expressions)s]", output_field=ArrayField(models.TextField()))

"""Buildings as lists show them, and whether their lots' shares add up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, F, Func, OuterRef, Subquery, Sum

from apps.accounts.models import Membership, Organization
from apps.buildings.models import BankAccount, Building, BuildingAccess
from koprogo.search import normalise


@dataclass(slots=True)
class BuildingRow:
    """One building in a list. `totals`: number of lots in use and sum of their shares, None without lots."""

    id: int
    name: str
    reference: str
    postcode: str
    city: str
    total_shares: int
    totals: Sequence[int] | None

    @property
    def unit_count(self) -> int:
        return self.totals[0] if self.totals else 0

    @property
    def share_sum(self) -> int:
        return self.totals[1] if self.totals else 0

    @property
    def difference(self) -> int:
        """Above zero: the lots have too many shares; 0: nothing stands in the way of an approval (DOMAIN.md BE-02)."""
        return self.share_sum - self.total_shares


BUILDING_FIELDS = ["id", "name", "reference", "postcode", "city", "total_shares", "totals"]
BUILDING_ORDERS = {"name": ["search"], "reference": ["reference"], "city": ["city", "search"]}


def with_totals(buildings: models.QuerySet[Building]) -> models.QuerySet[Any]:
    """Adds `totals`, read from the lots of each building that is shown."""
    totals = Func(
        Count("pk"), Sum("share"),
        template="ARRAY[%(expressions)s]", output_field=ArrayField(models.BigIntegerField()),
    )  # fmt: skip
    # The lots lie in a room above: their model is asked of the relation, without the building in between.
    units = Building._meta.get_field("units").related_model._default_manager
    lots = units.filter(building=OuterRef("pk"), archived_on=None)  # what is set aside has no share
    of_lots = lots.order_by().values("building").annotate(lot_totals=totals).values("lot_totals")
    return buildings.annotate(totals=Subquery(of_lots))


def whose_shares_are_off(buildings: models.QuerySet[Building]) -> models.QuerySet[Any]:
    """The buildings in which nothing can be approved, in order of name."""
    return with_totals(buildings).exclude(totals__1=F("total_shares")).order_by("search", "id")


def accounts_of(building: Building) -> models.QuerySet[BankAccount]:
    accounts = BankAccount.objects.for_organization(building.organization_id).filter(building=building)
    return accounts.order_by("kind", "id")


# What a building's name begins with, says nothing of which one it is.
COMMON_WORDS = {"residence", "residentie", "immeuble", "gebouw", "le", "la", "les", "l", "de", "du", "des", "het"}
REFERENCE_LENGTH = 12


def free_reference(organization: Organization, name: str) -> str:
    """A reference after the name that no other building has: `Résidence Les Tilleuls` → TILLEULS, TILLEULS2."""
    words = re.findall(r"[a-z0-9]+", normalise(name))
    stem = "".join([word for word in words if word not in COMMON_WORDS] or words)[:REFERENCE_LENGTH].upper() or "IMM"
    taken = Building.objects.for_organization(organization).filter(reference__startswith=stem)
    references = set(taken.values_list("reference", flat=True))
    return next(each for each in chain([stem], (f"{stem}{n}" for n in count(2))) if each not in references)


def buildings_given_to(membership: Membership) -> set[int]:
    """The ids of the buildings that a reader was given to see."""
    accesses = BuildingAccess.objects.for_organization(membership.organization_id)
    return set(accesses.filter(membership=membership).values_list("building_id", flat=True))

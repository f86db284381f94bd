"""The account holders of a building: their lots today and at other dates, and what they owed at the takeover."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.buildings.models import Building
from apps.owners.models import OpeningBalance
from apps.owners.queries import Holder, holding_periods
from apps.units.models import Unit


@dataclass(slots=True)
class HolderLots:
    """An account holder (titulaire) in one building. `balances` (EUR): above zero it owed that much."""

    holder: Holder
    current: list[Unit] = field(default_factory=list)
    other: list[Unit] = field(default_factory=list)
    balances: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def share(self) -> int:
        return sum(unit.share for unit in self.current)


def holders_of(building: Building, units: Iterable[Unit], today: date) -> list[HolderLots]:
    """Who holds a lot today, in the order of the lots, then who does at other dates. Three statements."""
    found: dict[int, HolderLots] = {}
    periods = holding_periods(building)
    for unit in units:
        for period in periods.get(unit.pk, []):
            each = found.setdefault(period.holder.id, HolderLots(period.holder))
            lots = each.current if period.lasts_on(today) else each.other
            if unit not in lots:
                lots.append(unit)
    balances = OpeningBalance.objects.for_organization(building.organization_id).filter(building=building)
    for holder_id, kind, amount in balances.values_list("holder_id", "kind", "amount"):
        if holder_id in found:
            found[holder_id].balances[kind] += amount
    return sorted(found.values(), key=lambda each: not each.current)

"""What the lines of a building's expenses are split by: shares, keys, readings and holdings on the days that count."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from apps.buildings.models import Building
from apps.expenses.apportionment import HolderPart, NobodyHolds, holder_parts
from apps.expenses.days import Span
from apps.expenses.models import Expense, ExpenseLine, LinePortion, LotPart
from apps.expenses.queries import span_of
from apps.owners.queries import HoldingPeriod, holding_periods
from apps.units.models import DistributionKey, KeyWeight, Unit
from apps.units.versions import Formers, ReadingPeriod, Weights, load_formers, load_readings, quantities_over

ONE = Decimal(1)
Kind = DistributionKey.Kind


@dataclass
class LotWithoutHolder(Exception):
    """A lot that bears has days without a holder, both included."""

    unit: Unit
    first: date
    last: date


@dataclass
class SharesDoNotAddUp(Exception):
    """The lots' shares differ from the building's total: nothing can be approved (DOMAIN.md BE-02).

    `on`: the day whose version is wrong; None: today's.
    """

    share_sum: int
    total_shares: int
    on: date | None = None

    @property
    def difference(self) -> int:
        return self.share_sum - self.total_shares


@dataclass
class NoWeights(Exception):
    """The key of the line, or of its portion, gives no lot a weight."""

    line: ExpenseLine
    key: DistributionKey


@dataclass
class NoReadings(Exception):
    """No readings of a consumption key make the line's period."""

    line: ExpenseLine
    key: DistributionKey


@dataclass
class AmountsDoNotAddUp(Exception):
    """The lots' amounts of a line differ from what they distribute (EUR)."""

    line: ExpenseLine
    key: DistributionKey
    found: Decimal
    wanted: Decimal


@dataclass(frozen=True, slots=True)
class Slice:
    """An amount (EUR) that goes over the lots by one key, or to one private lot: a whole line, or a portion of it."""

    line: ExpenseLine
    portion: LinePortion | None
    key: DistributionKey | None  # None: the line's private lot
    amount: Decimal


def slices_of(line: ExpenseLine) -> list[Slice]:
    """A line as it is split first; its portions must have been read with it (`queries.lines_to_split`)."""
    if line.key_id is not None or line.unit_id is not None:
        return [Slice(line, None, line.key, line.gross)]
    return [Slice(line, portion, portion.key, portion.amount) for portion in line.portions.all()]


@dataclass(frozen=True)
class Basis:
    """Everything that splits the expenses of one building, read once."""

    building: Building
    units: list[Unit]  # in their order: ties are broken by it
    key_weights: dict[int, Weights]  # key → lot → weight, today
    periods: dict[int, list[HoldingPeriod]]  # lot → holdings in order of time
    formers: Formers

    @cached_property
    def share_sum(self) -> int:
        return sum(unit.share for unit in self.units)

    @cached_property
    def unit_by_id(self) -> dict[int, Unit]:
        return {unit.pk: unit for unit in self.units}

    @cached_property
    def readings(self) -> dict[int, list[ReadingPeriod]]:
        """Asked for by consumption keys alone."""
        return load_readings(self.building)

    def shares_on(self, day: date) -> Weights:
        former = self.formers.on(None, day)
        return former.weights if former else {unit.pk: Decimal(unit.share) for unit in self.units}

    def require_whole_shares(self, day: date | None = None) -> None:
        """Raises SharesDoNotAddUp: today's shares, or those of a day."""
        found, total = self.share_sum, self.building.total_shares
        if day and (former := self.formers.on(None, day)):
            found, total = int(sum(former.weights.values())), former.total_shares or 0
            if found != total:
                raise SharesDoNotAddUp(found, total, day)
        elif found != total:
            raise SharesDoNotAddUp(found, total)

    def weights(self, part: Slice, span: Span) -> list[tuple[Unit, Decimal]]:
        """The lots that bear, in the lots' order, with their weights above zero.

        Shares and weights are those of the first day that counts. Raises NoReadings, AmountsDoNotAddUp.
        """
        if part.key is None:
            assert part.line.unit_id is not None
            return [(self.unit_by_id[part.line.unit_id], ONE)]
        found = self._of_kind(part.key.kind)(part, span)
        return [(unit, found[unit.pk]) for unit in self.units if found.get(unit.pk, 0) > 0]

    def _of_kind(self, kind: str) -> Callable[[Slice, Span], Weights]:
        special = {Kind.SHARES: self._shares, Kind.CONSUMPTION: self._consumption, Kind.AMOUNTS: self._amounts}
        return special.get(Kind(kind), self._weighted)

    def _shares(self, part: Slice, span: Span) -> Weights:
        return self.shares_on(span.start)

    def _weighted(self, part: Slice, span: Span) -> Weights:
        assert part.key is not None
        former = self.formers.on(part.key.pk, span.start)
        return former.weights if former else self.key_weights.get(part.key.pk, {})

    def _consumption(self, part: Slice, span: Span) -> Weights:
        """What was used in the line's period, whatever the day that names the holder."""
        assert part.key is not None
        line = part.line
        found = quantities_over(self.readings.get(part.key.pk, []), line.period_start, line.period_end)
        if found is None:
            raise NoReadings(line, part.key)
        return found

    def _amounts(self, part: Slice, span: Span) -> Weights:
        """A meter company's amounts are the weights: they make the sum, so each lot bears exactly its own."""
        assert part.key is not None
        found = {each.unit_id: abs(each.amount) for each in part.line.lot_amounts.all() if each.key_id == part.key.pk}
        total = sum(found.values(), Decimal(0))
        if total != abs(part.amount):
            raise AmountsDoNotAddUp(part.line, part.key, total, abs(part.amount))
        return found

    def holders_of(self, unit_id: int, amount: Decimal, span: Span) -> list[HolderPart]:
        """Who bears a lot's part. Raises LotWithoutHolder."""
        try:
            return holder_parts(amount, span, self.periods.get(unit_id, []))
        except NobodyHolds as nobody:
            raise LotWithoutHolder(self.unit_by_id[unit_id], nobody.first, nobody.last) from nobody


def load_basis(building: Building) -> Basis:
    """Five statements, however large the building."""
    organization = building.organization_id
    units = Unit.objects.for_organization(organization).filter(building=building).order_by("position", "id")
    weights: dict[int, Weights] = defaultdict(dict)
    rows = KeyWeight.objects.for_organization(organization).filter(building=building)
    for key_id, unit_id, weight in rows.values_list("key_id", "unit_id", "weight"):
        weights[key_id][unit_id] = weight
    return Basis(building, list(units), weights, holding_periods(building), load_formers(building))


def lots_of(part: Slice, expense: Expense, basis: Basis) -> list[tuple[Unit, Decimal]]:
    """The lots over which a slice goes, with their weights. Raises NoWeights, NoReadings, AmountsDoNotAddUp."""
    found = basis.weights(part, span_of(part.line, expense))
    if not found:
        assert part.key is not None
        raise NoWeights(part.line, part.key)
    return found


def taken_back_parts(line: ExpenseLine) -> list[LotPart]:
    """The parts in force of the line that this one takes back."""
    parts = LotPart.objects.for_organization(line.organization_id).in_force().filter(line=line.takes_back_id)
    return list(parts.select_related("unit", "portion__key").order_by("id"))

"""The table of an expense: per line and lot the weight, the exact and the rounded part, the odd cents, the holders."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from apps.expenses.apportionment import HolderPart
from apps.expenses.basis import (
    AmountsDoNotAddUp,
    Basis,
    LotWithoutHolder,
    NoReadings,
    NoWeights,
    Slice,
    lots_of,
    slices_of,
    taken_back_parts,
)
from apps.expenses.models import Expense, ExpenseLine, LinePortion, LotPart
from apps.expenses.queries import lines_to_split, span_of
from apps.units.models import DistributionKey, Unit
from koprogo.formats import without_zeros
from koprogo.money import Part, split


class OddCent(Enum):
    """Why a lot got, or just missed, one of the cents left over."""

    NONE = "none"
    LARGEST_REMAINDER = "largest remainder"
    TIE_BY_WEIGHT = "tie, larger weight"
    TIE_BY_ORDER = "tie, earlier lot"


@dataclass(frozen=True, slots=True)
class LotRow:
    unit: Unit
    weight: Decimal
    exact: Fraction  # EUR
    remainder: Fraction  # cents
    amount: Decimal
    odd_cent: OddCent
    holders: list[HolderPart]
    nobody: LotWithoutHolder | None  # days without a holder: it cannot be approved

    @property
    def weight_plain(self) -> Decimal:
        return without_zeros(self.weight)

    @property
    def exact_rounded(self) -> Decimal:
        """The exact part to a thousandth of a cent, to be read."""
        return _decimals(self.exact, "0.00001")

    @property
    def remainder_rounded(self) -> Decimal:
        return _decimals(self.remainder, "0.001")


@dataclass(frozen=True, slots=True)
class LineTable:
    """The lots of a line, or of one of its portions."""

    line: ExpenseLine
    portion: LinePortion | None
    amount: Decimal  # what it distributes (EUR)
    weight_sum: Decimal
    odd_cents: int
    rows: list[LotRow]
    refusal: Exception | None = None  # why it cannot be split, before approval

    @property
    def weight_sum_plain(self) -> Decimal:
        return without_zeros(self.weight_sum)

    @property
    def key(self) -> DistributionKey | None:
        return self.portion.key if self.portion else self.line.key

    @property
    def total(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Lot:
    unit: Unit
    weight: Decimal
    amount: Decimal
    part: Part  # as it was split, with what rounding left over


def expense_table(expense: Expense, basis: Basis) -> list[LineTable]:
    """A table for each line and portion. Approved: from the frozen parts; before: what an approval would freeze."""
    frozen = _frozen_parts(expense) if expense.is_approved else {}
    tables: list[LineTable] = []
    for line in lines_to_split(expense):
        if line.pk in frozen or line.takes_back_id is not None:
            tables += _tables_of_parts(line, frozen.get(line.pk) or _taken_back(line), expense, basis)
        else:
            tables += [_preview(each, expense, basis) for each in slices_of(line)]
    return tables


def _frozen_parts(expense: Expense) -> dict[int, list[LotPart]]:
    found: dict[int, list[LotPart]] = defaultdict(list)
    parts = LotPart.objects.for_organization(expense.organization_id).in_force().filter(approval__expense=expense)
    for part in parts.select_related("unit", "portion__key").order_by("line_id", "id"):
        found[part.line_id].append(part)
    return found


def _taken_back(line: ExpenseLine) -> list[LotPart]:
    """What the approval of a correction will freeze: the parts of the other line with the other sign."""
    parts = taken_back_parts(line)
    for part in parts:
        part.amount = -part.amount
    return parts


def _tables_of_parts(line: ExpenseLine, parts: list[LotPart], expense: Expense, basis: Basis) -> list[LineTable]:
    of_portion: dict[int | None, list[LotPart]] = defaultdict(list)
    for part in parts:
        of_portion[part.portion_id].append(part)
    tables = []
    for group in of_portion.values():
        total = sum((part.amount for part in group), Decimal(0))
        again = split(total, [part.weight for part in group])
        lots = [_Lot(part.unit, part.weight, part.amount, each) for part, each in zip(group, again, strict=True)]
        tables.append(_table(line, group[0].portion, lots, expense, basis))
    return tables


def _preview(each: Slice, expense: Expense, basis: Basis) -> LineTable:
    try:
        weights = lots_of(each, expense, basis)
    except (NoWeights, NoReadings, AmountsDoNotAddUp) as refusal:
        return LineTable(each.line, each.portion, each.amount, Decimal(0), 0, [], refusal)
    parts = split(each.amount, [weight for _, weight in weights])
    lots = [_Lot(unit, weight, part.amount, part) for (unit, weight), part in zip(weights, parts, strict=True)]
    return _table(each.line, each.portion, lots, expense, basis)


def _table(
    line: ExpenseLine, portion: LinePortion | None, lots: list[_Lot], expense: Expense, basis: Basis
) -> LineTable:
    rows = []
    for lot in lots:
        holders, nobody = _holders(basis, lot.unit, lot.amount, line, expense)
        rows.append(
            LotRow(lot.unit, lot.weight, lot.part.exact, lot.part.remainder, lot.amount, _odd_cent(lot, lots), holders,
                   nobody)
        )  # fmt: skip
    weight_sum = sum((lot.weight for lot in lots), Decimal(0))
    amount = sum((lot.amount for lot in lots), Decimal(0))
    return LineTable(line, portion, amount, weight_sum, sum(lot.part.has_odd_cent for lot in lots), rows)


def _holders(
    basis: Basis, unit: Unit, amount: Decimal, line: ExpenseLine, expense: Expense
) -> tuple[list[HolderPart], LotWithoutHolder | None]:
    try:
        return basis.holders_of(unit.pk, amount, span_of(line, expense)), None
    except LotWithoutHolder as nobody:
        return [], nobody


def _odd_cent(lot: _Lot, lots: list[_Lot]) -> OddCent:
    """Only the remainder decides unless a lot with the same remainder went without."""
    if not lot.part.has_odd_cent:
        return OddCent.NONE
    beaten = [
        other.weight for other in lots if not other.part.has_odd_cent and other.part.remainder == lot.part.remainder
    ]
    if not beaten:
        return OddCent.LARGEST_REMAINDER
    return OddCent.TIE_BY_ORDER if lot.weight in beaten else OddCent.TIE_BY_WEIGHT


def _decimals(value: Fraction, step: str) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal(step))

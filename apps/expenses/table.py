"""The table of an expense: per line and lot the weight, the exact and the rounded part, the odd cents, the holders."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from apps.expenses.apportionment import HolderPart
from apps.expenses.models import Expense, ExpenseLine, LotPart
from apps.expenses.queries import Basis, LotWithoutHolder, lines_of, span_of
from apps.units.models import Unit
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
    line: ExpenseLine
    weight_sum: Decimal
    odd_cents: int
    rows: list[LotRow]

    @property
    def weight_sum_plain(self) -> Decimal:
        return without_zeros(self.weight_sum)

    @property
    def total(self) -> Decimal:
        return sum((row.amount for row in self.rows), Decimal(0))


def expense_table(expense: Expense, basis: Basis) -> list[LineTable]:
    """One table a line. Approved: from the frozen parts; before: what an approval today would freeze."""
    frozen: dict[int, list[tuple[Unit, Decimal, Decimal]]] = {}
    if expense.is_approved:
        parts = LotPart.objects.filter(approval__expense=expense).select_related("unit")
        for part in parts.order_by("line_id", "id"):
            frozen.setdefault(part.line_id, []).append((part.unit, part.weight, part.amount))
    return [_line_table(expense, line, basis, frozen.get(line.pk)) for line in lines_of([expense])]


def _line_table(
    expense: Expense, line: ExpenseLine, basis: Basis, frozen: list[tuple[Unit, Decimal, Decimal]] | None
) -> LineTable:
    weights = [(unit, weight) for unit, weight, _ in frozen] if frozen else basis.weights(line)
    if not weights:
        return LineTable(line, Decimal(0), 0, [])
    parts = split(line.gross, [weight for _, weight in weights])
    amounts = [amount for _, _, amount in frozen] if frozen else [part.amount for part in parts]
    rows = []
    for (unit, weight), part, amount in zip(weights, parts, amounts, strict=True):
        holders, nobody = _holders(basis, unit, amount, line, expense)
        rows.append(
            LotRow(unit, weight, part.exact, part.remainder, amount, _odd_cent(part, weight, parts, weights),
                   holders, nobody)
        )  # fmt: skip
    weight_sum = sum((weight for _, weight in weights), Decimal(0))
    return LineTable(line, weight_sum, sum(part.has_odd_cent for part in parts), rows)


def _holders(
    basis: Basis, unit: Unit, amount: Decimal, line: ExpenseLine, expense: Expense
) -> tuple[list[HolderPart], LotWithoutHolder | None]:
    try:
        return basis.holders_of(unit.pk, amount, span_of(line, expense)), None
    except LotWithoutHolder as nobody:
        return [], nobody


def _odd_cent(part: Part, weight: Decimal, parts: list[Part], weights: list[tuple[Unit, Decimal]]) -> OddCent:
    """Only the remainder decides unless a lot with the same remainder went without."""
    if not part.has_odd_cent:
        return OddCent.NONE
    beaten = [
        other_weight
        for other, (_, other_weight) in zip(parts, weights, strict=True)
        if not other.has_odd_cent and other.remainder == part.remainder
    ]
    if not beaten:
        return OddCent.LARGEST_REMAINDER
    return OddCent.TIE_BY_ORDER if weight in beaten else OddCent.TIE_BY_WEIGHT


def _decimals(value: Fraction, step: str) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal(step))

"""What reading a workbook gives."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.takeover.reading.book import Identity, Reference, ReferenceKind
from apps.takeover.reading.faults import Fault, in_file_order
from apps.takeover.reading.rows import Takeover
from apps.takeover.reading.sheets import SHEETS
from apps.takeover.reading.tables import Table

Settles = Callable[[ReferenceKind, Identity], bool]


def nothing_stored(kind: ReferenceKind, identity: Identity) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Reading:
    """`counts` are the filled rows by sheet title; `left_out` is how many faults were found beyond those kept."""

    takeover: Takeover
    faults: Sequence[Fault]
    warnings: Sequence[Fault]
    unresolved: Sequence[Reference]
    counts: Mapping[str, int]
    tables: Mapping[str, Table] = field(repr=False)
    left_out: int = 0

    def fault(self, sheet: str, row: Any, name: str, message: str) -> Fault:
        """A fault that only the stored data show; `sheet` as in Takeover, `name` a field of the row."""
        return self.tables[sheet].fault(row, name, message)

    def all_faults(self, is_settled: Settles = nothing_stored) -> list[Fault]:
        """The faults, with what the file leaves open and `is_settled` does not find stored, in the file's order."""
        return in_file_order([*self.faults, *self.open_faults(is_settled)], [sheet.title for sheet in SHEETS])

    def open_faults(self, is_settled: Settles) -> list[Fault]:
        """What stays open, without what merely follows from an unknown building or lot."""
        is_open = {(item.kind, item.identity): not is_settled(item.kind, item.identity) for item in self.unresolved}

        def is_cause(item: Reference) -> bool:
            if item.kind in ("building", "owner"):
                return True
            follows_building = is_open.get(("building", item.identity[:1]), False)
            follows_unit = item.kind == "holdings" and is_open.get(("unit", item.identity), False)
            return not (follows_building or follows_unit)

        return [item.fault for item in self.unresolved if is_open[item.kind, item.identity] and is_cause(item)]

    def balance_totals(self) -> dict[tuple[str, str], Decimal]:
        """The control totals of the opening balances, by building and kind; a debt is positive."""
        totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in self.takeover.balances:
            totals[row.building, row.kind] += row.amount
        return dict(totals)

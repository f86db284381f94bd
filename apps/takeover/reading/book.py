"""A workbook while it is checked: its tables, what is wrong, and what only the stored data can settle."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from django.utils.translation import gettext as _

from apps.takeover.reading import rows
from apps.takeover.reading.faults import Fault, Faults
from apps.takeover.reading.sheets import BUILDINGS, KEYS, OWNERS, UNITS, Sheet
from apps.takeover.reading.tables import Table

ReferenceKind = Literal["building", "unit", "owner", "key", "shares", "holdings", "weights"]
Identity = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that the file alone leaves open: a fault unless the stored data settle it.

    Named in the file but not defined in it: building (reference), unit (building, number), owner (code), key (building,
    code). shares (building): the file's lots do not add up to its total. holdings (building, number): days that are not
    wholly held. weights (building, key): the key's weights add up to nothing.
    """

    kind: ReferenceKind
    identity: Identity
    table: Table = field(repr=False)
    row: Any = field(repr=False)
    field: str
    message: str = ""

    @property
    def fault(self) -> Fault:
        return self.table.fault(self.row, self.field, self.message or unknown_message(self.kind))


def unknown_message(kind: ReferenceKind) -> str:
    match kind:
        case "building":
            return _("Cet immeuble n'existe ni dans la feuille Immeubles ni parmi vos immeubles.")
        case "unit":
            return _("Ce lot n'existe pas dans cet immeuble, ni dans la feuille Lots ni parmi vos lots.")
        case "owner":
            return _("Ce code n'existe ni dans la feuille Copropriétaires ni parmi vos copropriétaires.")
    return _("Cette clé n'existe pas dans cet immeuble, ni dans la feuille Clés ni parmi vos clés.")


@dataclass
class Book:
    """`repeated` holds the rows whose identity stands higher up in the same sheet, as sheet and row number."""

    tables: dict[str, Table]
    faults: Faults = field(default_factory=Faults)
    warnings: Faults = field(default_factory=Faults)
    unresolved: list[Reference] = field(default_factory=list)
    repeated: set[tuple[str, int]] = field(default_factory=set)

    def __getitem__(self, sheet: Sheet) -> Table:
        return self.tables[sheet.field]

    def fault(self, sheet: Sheet, row: Any, name: str, message: str) -> None:
        self.faults.add(self[sheet].fault(row, name, message))

    def leave_open(
        self, kind: ReferenceKind, identity: Identity, sheet: Sheet, row: Any, name: str, message: str = ""
    ) -> None:
        self.unresolved.append(Reference(kind, identity, self[sheet], row, name, message))

    def first(self, sheet: Sheet) -> Iterator[Any]:
        """The sheet's rows without those that repeat another."""
        return (row for row in self[sheet].rows if (sheet.field, row.row) not in self.repeated)

    @cached_property
    def buildings(self) -> dict[str, rows.BuildingRow]:
        return self._by(BUILDINGS, lambda row: row.reference, "reference")

    @cached_property
    def units(self) -> dict[Identity, rows.UnitRow]:
        return self._by(UNITS, lambda row: (row.building, row.number), "building", "number")

    @cached_property
    def owners(self) -> dict[str, rows.OwnerRow]:
        return self._by(OWNERS, lambda row: row.code, "code")

    @cached_property
    def keys(self) -> dict[Identity, rows.KeyRow]:
        return self._by(KEYS, lambda row: (row.building, row.code), "building", "code")

    def _by(self, sheet: Sheet, identity: Callable[[Any], Hashable], *fields: str) -> dict[Any, Any]:
        table = self[sheet]
        return {identity(row): row for row in self.first(sheet) if table.usable(row, *fields)}

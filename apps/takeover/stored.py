"""What the database already holds of the buildings, owners and suppliers that a file names."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from apps.accounts.models import Organization
from apps.buildings.models import BankAccount, Building
from apps.expenses.models import Approval, Expense, ExpenseLine, LinePortion, LotPart, Supplier
from apps.owners.models import AccountHolder, Holding, OpeningBalance, Owner
from apps.owners.queries import Holder, holders
from apps.takeover.reading import Reading, Takeover, supplier_key
from apps.takeover.reading.book import Identity, ReferenceKind
from apps.takeover.reading.holdings import RIGHTS, HoldingPiece, Member
from apps.units.models import DistributionKey, KeyWeight, Unit

Place = tuple[str, str]  # building's reference, then lot's number or key's code
Members = tuple[Member, ...]  # an account holder by its members, in the order of their codes


@dataclass(frozen=True, slots=True)
class StoredRight:
    """One owner's right on a lot, as a row of the workbook would say it; the period is half-open."""

    owner: str
    right: str
    fraction: Fraction
    starts_on: date
    ends_on: date | None


@dataclass
class Stored:
    """Rows by the identity that WORKBOOK.md gives them."""

    organization: Organization
    buildings: dict[str, Building] = field(default_factory=dict)
    ibans: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))  # reference → kind → IBAN
    units: dict[Place, Unit] = field(default_factory=dict)
    owners: dict[str, Owner] = field(default_factory=dict)
    keys: dict[Place, DistributionKey] = field(default_factory=dict)
    weights: dict[tuple[str, str, str], KeyWeight] = field(default_factory=dict)  # building, key, lot
    pieces: dict[Place, list[HoldingPiece]] = field(default_factory=lambda: defaultdict(list))
    suppliers: dict[str, Supplier] = field(default_factory=dict)  # by supplier_key
    expenses: dict[tuple[str, str, str], Expense] = field(default_factory=dict)  # building, supplier_key, number
    lines: dict[int, list[ExpenseLine]] = field(default_factory=lambda: defaultdict(list))  # of an expense
    balances: dict[tuple[str, Members, str], OpeningBalance] = field(default_factory=dict)  # building, holder, kind
    frozen_units: set[int] = field(default_factory=set)
    frozen_keys: set[int] = field(default_factory=set)
    corrected: set[int] = field(default_factory=set)  # expenses that the office split or corrected by hand
    worked_in: set[str] = field(default_factory=set)  # buildings in which the office has handed in an invoice itself

    def settles(self, kind: ReferenceKind, identity: Identity) -> bool:
        """Whether what a file leaves open is stored. Sums and spans are checked on the merged rows (plan)."""
        match kind:
            case "building":
                return identity[0] in self.buildings
            case "unit":
                return identity in self.units
            case "owner":
                return identity[0] in self.owners
            case "key":
                return identity in self.keys
        # shares, holdings, weights: whether stored rows exist that may complete the file's.
        return identity[0] in self.buildings

    def rights(self, place: Place) -> list[StoredRight]:
        return [right for run in _runs(self.pieces.get(place, [])) for right in run]


def load_stored(organization: Organization, reading: Reading) -> Stored:
    """A dozen statements, whatever the size of the file."""
    takeover, stored = reading.takeover, Stored(organization)
    _load_buildings(stored, references(takeover))
    _load_owners(stored, takeover)
    if stored.buildings:
        _load_keys(stored)
        _load_holdings(stored)
        _load_expenses(stored)
    names = {supplier_key(row.supplier) for row in takeover.expenses}
    for supplier in Supplier.objects.for_organization(organization).filter(key__in=names):
        stored.suppliers[supplier.key] = supplier
    return stored


def references(takeover: Takeover) -> set[str]:
    """The buildings that a file names."""
    sheets: Iterable[Iterable] = (takeover.units, takeover.ownerships, takeover.keys, takeover.weights,
                                  takeover.expenses, takeover.balances)  # fmt: skip
    return {row.reference for row in takeover.buildings} | {row.building for sheet in sheets for row in sheet}


def _load_buildings(stored: Stored, references: set[str]) -> None:
    found = Building.objects.for_organization(stored.organization).filter(reference__in=references)
    stored.buildings = {building.reference: building for building in found}
    reference = {building.pk: building.reference for building in found}
    for account in BankAccount.objects.for_organization(stored.organization).filter(building__in=reference):
        stored.ibans[reference[account.building_id]][account.kind] = account.iban
    for unit in Unit.objects.for_organization(stored.organization).filter(building__in=reference):
        stored.units[reference[unit.building_id], unit.number] = unit


def _load_owners(stored: Stored, takeover: Takeover) -> None:
    codes = {row.code for row in takeover.owners} | {row.owner for row in takeover.ownerships}
    codes |= {row.holder for row in takeover.balances}
    found = Owner.objects.for_organization(stored.organization).filter(code__in=codes)
    stored.owners = {owner.code: owner for owner in found}


def _load_keys(stored: Stored) -> None:
    reference = {building.pk: building.reference for building in stored.buildings.values()}
    for key in DistributionKey.objects.for_organization(stored.organization).filter(building__in=reference):
        stored.keys[reference[key.building_id], key.code] = key
    weights = KeyWeight.objects.for_organization(stored.organization).filter(building__in=reference)
    for weight in weights.select_related("key", "unit"):
        stored.weights[reference[weight.building_id], weight.key.code, weight.unit.number] = weight


def _load_holdings(stored: Stored) -> None:
    places = {unit.pk: place for place, unit in stored.units.items()}
    reference = {building.pk: building.reference for building in stored.buildings.values()}
    in_buildings = AccountHolder.objects.for_organization(stored.organization).filter(building__in=reference)
    members = {holder.id: _members(holder) for holder in holders(in_buildings).values()}
    for holding in Holding.objects.filter(holder__in=in_buildings).order_by("unit_id", "starts_on"):
        piece = HoldingPiece(holding.starts_on, holding.ends_on, members[holding.holder_id])
        stored.pieces[places[holding.unit_id]].append(piece)
    for balance in OpeningBalance.objects.filter(holder__in=in_buildings):
        stored.balances[reference[balance.building_id], members[balance.holder_id], balance.kind] = balance


def _members(holder: Holder) -> Members:
    found = [Member(member.code, member.right, member.fraction) for member in holder.members]
    return tuple(sorted(found, key=lambda member: (member.owner, RIGHTS.index(member.right))))


def _load_expenses(stored: Stored) -> None:
    reference = {building.pk: building.reference for building in stored.buildings.values()}
    expenses = Expense.objects.for_organization(stored.organization).filter(building__in=reference)
    for expense in expenses.select_related("supplier"):
        stored.expenses[reference[expense.building_id], expense.supplier.key, expense.number] = expense
        if expense.submitted_at is not None:
            stored.worked_in.add(reference[expense.building_id])
    lines = ExpenseLine.objects.for_organization(stored.organization).filter(building__in=reference, is_current=True)
    for line in lines.select_related("key", "unit").order_by("position", "id"):
        stored.lines[line.expense_id].append(line)
    portions = LinePortion.objects.for_organization(stored.organization).filter(building__in=reference)
    withdrawn = Approval.objects.filter(expense__building__in=reference, withdrawals__isnull=False)
    stored.corrected = {*portions.values_list("line__expense_id", flat=True),
                        *withdrawn.values_list("expense_id", flat=True)}  # fmt: skip
    parts = LotPart.objects.for_organization(stored.organization).in_force().filter(line__building__in=reference)
    stored.frozen_units = set(parts.values_list("unit_id", flat=True).distinct())
    stored.frozen_keys = set(parts.exclude(line__key=None).values_list("line__key_id", flat=True).distinct())
    stored.frozen_keys |= set(parts.exclude(portion=None).values_list("portion__key_id", flat=True).distinct())


def _runs(pieces: list[HoldingPiece]) -> Iterable[list[StoredRight]]:
    """Holdings back as rights: an owner's same right in adjacent pieces is one row."""
    open_rights: dict[tuple[str, str, Fraction], StoredRight] = {}
    for piece in pieces:
        current: dict[tuple[str, str, Fraction], StoredRight] = {}
        for member in piece.members:
            name = (member.owner, member.right, member.fraction)
            before = open_rights.pop(name, None)
            begins = before.starts_on if before is not None and before.ends_on == piece.starts_on else piece.starts_on
            if before is not None and before.ends_on != piece.starts_on:
                yield [before]
            current[name] = StoredRight(*name, begins, piece.ends_on)
        yield list(open_rights.values())
        open_rights = current
    yield list(open_rights.values())

"""What a file would do to what is stored: new, the same, changed before → after, and what may not change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from apps.expenses.accounts import default_day_rule
from apps.expenses.models import Expense
from apps.takeover.reading import HoldingPiece, Reading, holdings, supplier_key
from apps.takeover.reading.rows import ExpenseRow
from apps.takeover.stored import Members, Place, Stored
from apps.units.models import DistributionKey

Values = dict[str, Any]


@dataclass
class Entry:
    """One row of the file as the fields of a model, beside the stored row of the same identity."""

    sheet: str  # as in Takeover: buildings, units …
    row: Any
    label: str
    values: Values
    stored: Any = None  # the model's instance; None: new
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def is_same(self) -> bool:
        return self.stored is not None and not self.changes


@dataclass
class HoldingChange:
    """The whole history of a lot after the file, where it differs from what is stored."""

    place: Place
    before: list[HoldingPiece]
    after: list[HoldingPiece]
    rows: list[Any]


@dataclass
class Invoice:
    """An invoice's head with its lines."""

    row: ExpenseRow
    head: Entry
    lines: list[Entry]

    @property
    def stored(self) -> Expense | None:
        return self.head.stored

    @property
    def is_same(self) -> bool:
        return self.head.is_same and all(line.is_same for line in self.lines)


@dataclass
class Plan:
    reading: Reading
    stored: Stored
    buildings: list[Entry] = field(default_factory=list)
    units: list[Entry] = field(default_factory=list)
    owners: list[Entry] = field(default_factory=list)
    keys: list[Entry] = field(default_factory=list)
    weights: list[Entry] = field(default_factory=list)
    holdings: list[HoldingChange] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    balances: list[Entry] = field(default_factory=list)
    # After the file: who holds each lot, and the rights of the lots that it names.
    pieces: dict[Place, list[HoldingPiece]] = field(default_factory=dict)
    rights: dict[Place, list[Any]] = field(default_factory=dict)

    @cached_property
    def shares(self) -> dict[Place, int]:
        """The lots' shares after the file."""
        stored = {place: unit.share for place, unit in self.stored.units.items()}
        return stored | {(row.building, row.number): row.share for row in self.reading.takeover.units}

    @cached_property
    def key_kinds(self) -> dict[Place, str]:
        stored = {place: key.kind for place, key in self.stored.keys.items()}
        return stored | {(row.building, row.code): row.kind for row in self.reading.takeover.keys}

    @property
    def entries(self) -> list[Entry]:
        plain = [*self.buildings, *self.units, *self.owners, *self.keys, *self.weights, *self.balances]
        return plain + [entry for invoice in self.invoices for entry in (invoice.head, *invoice.lines)]

    @property
    def row_count(self) -> int:
        """What there is to write, for the progress bar."""
        return len(self.entries) + len(self.holdings)

    @property
    def changes_nothing(self) -> bool:
        return not self.holdings and all(entry.is_same for entry in self.entries)

    @property
    def to_approve(self) -> int:
        """How many invoices the takeover may approve."""
        return sum(self.may_approve(invoice) for invoice in self.invoices)

    def may_approve(self, invoice: Invoice) -> bool:
        """New ones and drafts, while the office has handed in none of its own in that building.

        From then on an invoice is of our own time and takes a second person.
        """
        is_waiting = invoice.stored is None or invoice.stored.is_draft
        return is_waiting and invoice.row.building not in self.stored.worked_in


def make_plan(reading: Reading, stored: Stored) -> Plan:
    """Compare the file with what is stored."""
    plan = Plan(reading, stored)
    file = reading.takeover
    plan.buildings = [_building(row, stored) for row in file.buildings]
    positions = _positions(plan)
    plan.units = [_unit(row, positions, stored) for row in file.units]
    plan.owners = [_owner(row, stored) for row in file.owners]
    plan.keys = [_key(row, stored) for row in file.keys]
    plan.weights = [_weight(row, plan) for row in file.weights]
    plan.invoices = list(_invoices(file.expenses, stored))
    plan.holdings = list(changed_holdings(plan))
    plan.balances = [_balance(row, plan) for row in file.balances]
    return plan


def _compare(sheet: str, row: Any, label: str, values: Values, stored: Any, before: Values | None = None) -> Entry:
    """`before`: stored values that are no plain attributes."""
    entry = Entry(sheet, row, label, values, stored)
    if stored is not None:
        for name, after in values.items():
            value = before[name] if before and name in before else getattr(stored, name)
            if value != after:
                entry.changes[name] = (value, after)
    return entry


def _plain(row: Any, *names: str) -> Values:
    """A row's fields for a model: what is missing is '' in text columns."""
    return {name: getattr(row, name) for name in names}


def _building(row: Any, stored: Stored) -> Entry:
    values = _plain(row, "name", "street", "postcode", "city", "country", "total_shares", "built_year",
                    "fiscal_year_start_month")  # fmt: skip
    values |= {"enterprise_number": row.enterprise_number or ""}
    values |= {"current": row.current_iban or "", "reserve": row.reserve_iban or ""}
    ibans = stored.ibans.get(row.reference, {})
    before = {kind: ibans.get(kind, "") for kind in ("current", "reserve")}
    return _compare("buildings", row, row.reference, values, stored.buildings.get(row.reference), before)


def _positions(plan: Plan) -> dict[Place, int]:
    """The order of each building's lots after the file.

    The file's, where it holds all of them; else the stored lots keep their places and new ones follow.
    """
    places = [(row.building, row.number) for row in plan.reading.takeover.units]
    left_out = {place[0] for place in plan.stored.units.keys() - set(places)}
    positions: dict[Place, int] = {}
    last: dict[str, int] = defaultdict(int)
    for place, unit in plan.stored.units.items():
        if place[0] in left_out:
            positions[place] = unit.position
            last[place[0]] = max(last[place[0]], unit.position)
    for place in places:
        if place not in positions:
            last[place[0]] += 1
            positions[place] = last[place[0]]
    return positions


def _unit(row: Any, positions: dict[Place, int], stored: Stored) -> Entry:
    values = _plain(row, "kind", "floor", "area", "share") | {"position": positions[row.building, row.number]}
    return _compare("units", row, f"{row.building} {row.number}", values, stored.units.get((row.building, row.number)))


def _owner(row: Any, stored: Stored) -> Entry:
    values = _plain(row, "kind", "salutation", "first_name", "name", "language", "email", "phone", "street", "postcode",
                    "city", "country")  # fmt: skip
    values |= {"iban": row.iban or "", "enterprise_number": row.enterprise_number or ""}
    return _compare("owners", row, row.code, values, stored.owners.get(row.code))


def _key(row: Any, stored: Stored) -> Entry:
    values = _plain(row, "name", "kind")
    return _compare("keys", row, f"{row.building} {row.code}", values, stored.keys.get((row.building, row.code)))


def _weight(row: Any, plan: Plan) -> Entry:
    identity = (row.building, row.key, row.unit)
    values = {"weight": row.weight if row.weight is not None else _implied_weight(row, plan)}
    return _compare("weights", row, " ".join(identity), values, plan.stored.weights.get(identity))


def _implied_weight(row: Any, plan: Plan) -> Decimal | None:
    """What an empty cell stands for in a key that is stored already; None: nothing, and checks says so."""
    kind = plan.key_kinds.get((row.building, row.key))
    if kind == DistributionKey.Kind.EQUAL:
        return Decimal(1)
    if kind == DistributionKey.Kind.SUBSET and (row.building, row.unit) in plan.shares:
        return Decimal(plan.shares[row.building, row.unit])
    return None


def _balance(row: Any, plan: Plan) -> Entry:
    found = holders_named(plan, row)
    stored = plan.stored.balances.get((row.building, found[0], row.kind)) if len(found) == 1 else None
    return _compare("balances", row, f"{row.building} {row.holder}", _plain(row, "amount", "on"), stored)


def holders_named(plan: Plan, row: Any) -> list[Members]:
    """The account holders that a row of Soldes may mean: the code is of one of its members, the lot one of its lots.

    Those who hold a lot on the day of the balance come before those who held or will hold one.
    """
    named = [
        piece
        for place, pieces in plan.pieces.items()
        if place[0] == row.building and row.unit in (None, place[1])
        for piece in pieces
        if any(member.owner == row.holder for member in piece.members)
    ]
    on_the_day = [
        piece for piece in named if piece.starts_on <= row.on and (piece.ends_on is None or row.on < piece.ends_on)
    ]
    return list(dict.fromkeys(piece.members for piece in on_the_day or named))


def changed_holdings(plan: Plan) -> Iterable[HoldingChange]:
    """The lots whose history the file changes; `plan.pieces` gets that of every lot of the buildings."""
    of_lot: dict[Place, list[Any]] = defaultdict(list)
    for row in plan.reading.takeover.ownerships:
        of_lot[row.building, row.unit].append(row)
    plan.pieces |= {place: holdings(plan.stored.rights(place)) for place in plan.stored.pieces}
    for place, rows in of_lot.items():
        merged = {(right.owner, right.right, right.starts_on): right for right in plan.stored.rights(place)}
        merged |= {(row.owner, row.right, row.starts_on): row for row in rows}
        plan.rights[place] = list(merged.values())
        before, after = plan.pieces.get(place, []), holdings(merged.values())
        plan.pieces[place] = after
        if before != after:
            yield HoldingChange(place, before, after, rows)


def _invoices(rows: Sequence[ExpenseRow], stored: Stored) -> Iterable[Invoice]:
    heads: dict[tuple[str, str, str], list[ExpenseRow]] = {}
    for row in rows:
        heads.setdefault((row.building, supplier_key(row.supplier), row.number), []).append(row)
    for identity, lines in heads.items():
        lines.sort(key=lambda row: row.line)
        yield _invoice(identity, lines, stored)


def _invoice(identity: tuple[str, str, str], rows: list[ExpenseRow], stored: Stored) -> Invoice:
    first, expense = rows[0], stored.expenses.get(identity)
    known = {line.position: line for line in stored.lines[expense.pk]} if expense else {}
    # The head's words are its first line's; its amount is that of all lines, those too that the file lacks.
    left_alone = [line.gross for position, line in known.items() if position not in {row.line for row in rows}]
    opening = known.get(1) if first.line != 1 else None
    head = _plain(first, "date", "due_on") | {
        "description": opening.description if opening else first.description,
        "amount": sum((row.gross for row in rows), sum(left_alone, Decimal(0))),
    }
    label = f"{first.building} {first.supplier} {first.number}"
    lines = [_line(row, f"{label} {row.line}", known.get(row.line)) for row in rows]
    return Invoice(first, _compare("expenses", first, label, head, expense), lines)


def _line(row: ExpenseRow, label: str, stored: Any) -> Entry:
    values = _plain(row, "description", "account", "net", "vat_rate", "vat", "gross", "period_start", "period_end",
                    "reference_on")  # fmt: skip
    values["day_rule"] = row.day_rule or default_day_rule(row.account, is_private=row.private_unit is not None)
    values |= {"key": row.key, "unit": row.private_unit}
    before = None
    if stored is not None:
        before = {"key": stored.key.code if stored.key else None, "unit": stored.unit.number if stored.unit else None}
    return _compare("expenses", row, label, values, stored, before)

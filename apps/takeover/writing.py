"""Writing what a plan says, inside the caller's transaction."""

from collections.abc import Callable, Iterable
from typing import Any

from apps.accounts.models import Organization, User
from apps.buildings.models import BankAccount, Building
from apps.expenses.accounts import Chart
from apps.expenses.basis import Basis, load_basis
from apps.expenses.models import Expense, ExpenseLine, Supplier
from apps.expenses.services import approve_at_takeover
from apps.owners.models import AccountHolder, Holding, OpeningBalance, Owner
from apps.owners.services import find_or_create_holder
from apps.takeover.plan import Entry, Invoice, Plan, Values, holders_named
from apps.takeover.reading import supplier_key
from apps.takeover.stored import Members, Place
from apps.units.models import DistributionKey, KeyWeight, Unit

Progress = Callable[[int], None]  # rows done so far
BATCH = 500


def write_plan(plan: Plan, progress: Progress) -> None:
    """Write everything but approvals. The plan has no faults; PostgreSQL refuses what slipped through."""
    Writer(plan, progress).write()


class Writer:
    """The rows of a file by the identities that the file uses, growing as they are written."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self.plan, self.progress = plan, progress
        self.organization: Organization = plan.stored.organization
        self.buildings = dict(plan.stored.buildings)
        self.units = dict(plan.stored.units)
        self.owners = dict(plan.stored.owners)
        self.keys = dict(plan.stored.keys)
        self.suppliers = dict(plan.stored.suppliers)
        self.holders: dict[tuple[str, Members], AccountHolder] = {}
        self.chart = Chart()
        self.done = 0

    def write(self) -> None:
        plan = self.plan
        for entry in plan.buildings:
            self._building(entry)
        self._rows(plan.units, Unit, self._place, self.units, lambda row: (row.building, row.number))
        self._rows(plan.owners, Owner, lambda row: {}, self.owners, lambda row: row.code)
        self._rows(plan.keys, DistributionKey, self._place, self.keys, lambda row: (row.building, row.code))
        self._rows(plan.weights, KeyWeight, self._weight, {}, lambda row: (row.building, row.key, row.unit))
        for change in plan.holdings:
            self._holdings(change.place, change.after)
        for entry in plan.balances:
            self._balance(entry)
        self._suppliers()
        for invoice in plan.invoices:
            self._invoice(invoice)

    def _advance(self, rows: int) -> None:
        self.done += rows
        self.progress(self.done)

    def _place(self, row: Any) -> Values:
        return {"building": self.buildings[row.building]} | (
            {"number": row.number} if hasattr(row, "number") else {"code": row.code}
        )

    def _weight(self, row: Any) -> Values:
        return {
            "building": self.buildings[row.building],
            "key": self.keys[row.building, row.key],
            "unit": self.units[row.building, row.unit],
        }

    def _rows(
        self, entries: list[Entry], model: type, identity: Callable[[Any], Values], known: dict[Any, Any],
        name: Callable[[Any], Any],
    ) -> None:  # fmt: skip
        """Insert the new rows in batches, update the changed ones; `known` gets every one of them."""
        new = [
            (
                entry,
                model(
                    organization=self.organization,
                    **self._code(entry.row, model),
                    **identity(entry.row),
                    **entry.values,
                ),
            )
            for entry in entries
            if entry.stored is None
        ]
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            model.objects.bulk_create([instance for _, instance in batch])  # type: ignore[attr-defined]
            known.update({name(entry.row): instance for entry, instance in batch})
            self._advance(len(batch))
        for entry in entries:
            if entry.stored is not None:
                self._update(entry.stored, entry.changes)
                self._advance(1)

    @staticmethod
    def _code(row: Any, model: type) -> Values:
        return {"code": row.code} if model is Owner else {}

    @staticmethod
    def _update(instance: Any, changes: dict[str, tuple[Any, Any]]) -> None:
        if not changes:
            return
        for field, (_, after) in changes.items():
            setattr(instance, field, after)
        instance.save(update_fields=list(changes))

    def _building(self, entry: Entry) -> None:
        ibans = {kind: entry.values[kind] for kind in BankAccount.Kind.values}
        if entry.stored is None:
            fields = {name: value for name, value in entry.values.items() if name not in ibans}
            self.buildings[entry.row.reference] = Building.objects.create(
                organization=self.organization, reference=entry.row.reference, **fields
            )
        else:
            self._update(entry.stored, {name: pair for name, pair in entry.changes.items() if name not in ibans})
        building = self.buildings[entry.row.reference]
        for kind, iban in ibans.items():
            if entry.stored is None or kind in entry.changes:
                BankAccount.objects.filter(organization=self.organization, building=building, kind=kind).delete()
                if iban:
                    BankAccount.objects.create(organization=self.organization, building=building, kind=kind, iban=iban)
        self._advance(1)

    def _holder(self, building: str, members: Members) -> AccountHolder:
        if (building, members) not in self.holders:
            self.holders[building, members] = find_or_create_holder(
                building=self.buildings[building],
                members=[(self.owners[member.owner], member.right, member.fraction) for member in members],
            )
        return self.holders[building, members]

    def _holdings(self, place: Place, pieces: Iterable[Any]) -> None:
        """A lot's history anew where it differs: what still holds keeps its row."""
        unit = self.units[place]
        wanted = {(piece.starts_on, piece.ends_on, self._holder(place[0], piece.members).pk) for piece in pieces}
        for holding in Holding.objects.filter(organization=self.organization, unit=unit):
            period = (holding.starts_on, holding.ends_on, holding.holder_id)
            if period in wanted:
                wanted.remove(period)
            else:
                holding.delete()
        Holding.objects.bulk_create(
            Holding(organization=self.organization, building_id=unit.building_id, unit=unit, starts_on=starts_on,
                    ends_on=ends_on, holder_id=holder_id)
            for starts_on, ends_on, holder_id in sorted(wanted, key=lambda period: period[0])
        )  # fmt: skip
        self._advance(1)

    def _balance(self, entry: Entry) -> None:
        if entry.stored is not None:
            self._update(entry.stored, entry.changes)
        else:
            (members,) = holders_named(self.plan, entry.row)
            OpeningBalance.objects.create(
                organization=self.organization, building=self.buildings[entry.row.building], kind=entry.row.kind,
                holder=self._holder(entry.row.building, members), **entry.values,
            )  # fmt: skip
        self._advance(1)

    def _suppliers(self) -> None:
        """The first spelling of a name is the supplier's."""
        names: dict[str, str] = {}
        for invoice in self.plan.invoices:
            names.setdefault(supplier_key(invoice.row.supplier), invoice.row.supplier)
        new = {
            key: Supplier(organization=self.organization, name=name)
            for key, name in names.items()
            if key not in self.suppliers
        }
        Supplier.objects.bulk_create(new.values(), batch_size=BATCH)
        self.suppliers |= new

    def _invoice(self, invoice: Invoice) -> None:
        row, building = invoice.row, self.buildings[invoice.row.building]
        if invoice.stored is None:
            invoice.head.stored = Expense.objects.create(
                organization=self.organization, building=building, number=row.number,
                supplier=self.suppliers[supplier_key(row.supplier)], **invoice.head.values,
            )  # fmt: skip
        else:
            self._update(invoice.stored, invoice.head.changes)
        new = [self._line(invoice.head.stored, line) for line in invoice.lines if line.stored is None]
        ExpenseLine.objects.bulk_create(new)
        for line in invoice.lines:
            if line.stored is not None:
                self._update(line.stored, {name: (None, self._referred(line, name)) for name in line.changes})
        self._advance(1 + len(invoice.lines))

    def _line(self, expense: Expense, entry: Entry) -> ExpenseLine:
        values = {name: self._referred(entry, name) for name in entry.values}
        return ExpenseLine(
            organization=self.organization,
            building_id=expense.building_id,
            expense=expense,
            position=entry.row.line,
            # The workbook does not tell it: a proposal, which the office may change.
            tenant_percent=self.chart.tenant_percent(entry.row.account),
            **values,
        )

    def _referred(self, entry: Entry, name: str) -> Any:
        """A field's value; a key or a lot by its code in the file as the row that it means."""
        value = entry.values[name]
        if value is None or name not in ("key", "unit"):
            return value
        known: dict[Place, Any] = self.keys if name == "key" else self.units
        return known[entry.row.building, value]


def approve_plan(plan: Plan, *, by: User | None, settled_by_predecessor: bool, progress: Progress) -> int:
    """Approve the file's new invoices and drafts; raises what approve_at_takeover raises. The number approved."""
    bases: dict[int, Basis] = {}
    waiting = [invoice.head.stored for invoice in plan.invoices if plan.may_approve(invoice)]
    lines: dict[int, list[ExpenseLine]] = {}
    for line in (
        ExpenseLine.objects.filter(expense__in=waiting, is_current=True)
        .select_related("key", "unit")
        .order_by("position", "id")
    ):
        lines.setdefault(line.expense_id, []).append(line)
    for done, expense in enumerate(waiting, start=1):
        if expense.building_id not in bases:
            bases[expense.building_id] = load_basis(Building.objects.get(pk=expense.building_id))
        approve_at_takeover(
            expense=expense, lines=lines[expense.pk], basis=bases[expense.building_id], by=by,
            settled_by_predecessor=settled_by_predecessor,
        )  # fmt: skip
        progress(done)
    return len(waiting)

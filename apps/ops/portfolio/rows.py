"""The rows of one building, as forms and approvals would have made them."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from django.db import models

from apps.buildings.models import BankAccount, Building
from apps.expenses.accounts import Chart, default_day_rule
from apps.expenses.models import Approval, Expense, ExpenseLine
from apps.ops.portfolio.invoices import YEARS, Amounts, Bill, Cost, bills
from apps.ops.portfolio.lots import Pattern, patterns
from apps.ops.portfolio.offices import Office
from apps.ops.portfolio.people import Party, Population, Tenure
from apps.ops.portfolio.words import PLACES, building_name, enterprise_number, iban, street
from apps.owners.models import AccountHolder, HolderMember, Holding
from apps.owners.services import composition_of
from apps.units.models import DistributionKey, KeyWeight, Unit

BUILDING_SERIALS = 9_900_000  # of enterprise numbers
PAID_UNTIL = date(YEARS[-1], 12, 1)  # what came in later still waits
LOT_PART_COLUMNS = ["organization_id", "approval_id", "line_id", "portion_id", "unit_id", "weight", "amount"]


class Numbers(dict[type[models.Model], Iterator[int]]):
    """The next number of each model's rows."""

    def __missing__(self, model: type[models.Model]) -> Iterator[int]:
        self[model] = count(1)
        return self[model]


class Drawing:
    """What all buildings share while their rows are drawn up."""

    def __init__(self) -> None:
        self.ids, self.patterns, self.chart = Numbers(), patterns(), Chart()


class OfficeDrawing:
    """The buildings of one office, one after the other. `rows` and `lot_parts` grow until they are taken away."""

    def __init__(self, drawing: Drawing, office: Office) -> None:
        self.ids, self.patterns, self.chart, self.office = drawing.ids, drawing.patterns, drawing.chart, office
        self.of_organization = {"organization_id": office.organization.pk}
        self.population = Population(office.organization.pk, drawing.ids)
        self.rows: list[models.Model] = []
        self.lot_parts: list[str] = []  # lines of COPY: millions of instances would take minutes

    def building(self, number: int, invoices_a_year: int) -> None:
        rng = Random(f"building {number}")
        pattern = self.patterns[number % len(self.patterns)]
        self.here = self._identity(rng, number, pattern)
        self.of_building = self.of_organization | {"building_id": self.here.pk}
        self._lots(pattern)
        address = {"street": self.here.street, "postcode": self.here.postcode, "city": self.here.city}
        self._holdings(self.population.settle(rng, pattern.lots, address))
        suppliers = {trade: rng.choice(choice) for trade, choice in self.office.suppliers.items()}
        for year in YEARS:
            for bill in bills(rng, year, invoices_a_year):
                self._expense(bill, suppliers[bill.template.trade].pk, f"{year}/{number:05}-{bill.number:02}", pattern)

    def _identity(self, rng: Random, number: int, pattern: Pattern) -> Building:
        postcode, city = rng.choice(PLACES)
        building = Building(
            id=next(self.ids[Building]), reference=f"P{number:05}", name=building_name(number), street=street(rng),
            postcode=postcode, city=city, enterprise_number=enterprise_number(BUILDING_SERIALS + number),
            total_shares=pattern.total, built_year=rng.randint(1925, 2018), **self.of_organization,
        )  # fmt: skip
        self.rows.append(building)
        self.rows += [
            BankAccount(building_id=building.pk, kind=kind, iban=iban(rng), **self.of_organization)
            for kind in BankAccount.Kind.values
        ]
        return building

    def _lots(self, pattern: Pattern) -> None:
        self.units = [
            Unit(id=next(self.ids[Unit]), number=lot.number, kind=lot.kind, floor=lot.floor, area=lot.area,
                 share=lot.share, position=position, **self.of_building)
            for position, lot in enumerate(pattern.lots, start=1)
        ]  # fmt: skip
        self.rows += self.units
        self.keys: dict[str, int] = {}
        for key in pattern.keys:
            row = DistributionKey(
                id=next(self.ids[DistributionKey]), code=key.code, name=key.name, kind=key.kind, **self.of_building
            )
            self.rows.append(row)
            self.keys[key.code] = row.pk
            if row.has_weights:
                self.rows += [
                    KeyWeight(key_id=row.pk, unit_id=unit.pk, weight=weight, **self.of_building)
                    for unit, weight in zip(self.units, key.weights, strict=True)
                    if weight
                ]

    def _holdings(self, tenures: list[Tenure]) -> None:
        self.rows += self.population.owners
        holders: dict[int, int] = {}
        for tenure in tenures:
            if id(tenure.party) not in holders:
                holders[id(tenure.party)] = self._holder(tenure.party)
            self.rows.append(
                Holding(
                    unit_id=self.units[tenure.lot].pk,
                    holder_id=holders[id(tenure.party)],
                    starts_on=tenure.starts_on,
                    ends_on=tenure.ends_on,
                    **self.of_building,
                )
            )

    def _holder(self, party: Party) -> int:
        members = [(owner.pk, right, fraction) for owner, right, fraction in party.members]
        holder = AccountHolder(
            id=next(self.ids[AccountHolder]), composition=composition_of(members), **self.of_building
        )
        self.rows.append(holder)
        self.rows += [
            HolderMember(
                holder_id=holder.pk,
                owner_id=owner_id,
                right=right,
                numerator=fraction.numerator,
                denominator=fraction.denominator,
                **self.of_organization,
            )
            for owner_id, right, fraction in members
        ]
        return holder.pk

    def _expense(self, bill: Bill, supplier_id: int, number: str, pattern: Pattern) -> None:
        amount = sum((amounts.gross for _, amounts in bill.lines), Decimal(0))
        is_paid = bill.on < PAID_UNTIL
        expense = Expense(
            id=next(self.ids[Expense]), supplier_id=supplier_id, number=number, date=bill.on,
            due_on=bill.on + timedelta(days=30), description=bill.description, amount=amount,
            status=Expense.Status.PAID if is_paid else Expense.Status.APPROVED,
            paid_on=bill.on + timedelta(days=20) if is_paid else None, submitted_by_id=self.office.assistant.pk,
            submitted_at=datetime.combine(bill.on + timedelta(days=3), time(11), UTC), **self.of_building,
        )  # fmt: skip
        lines = [self._line(expense, bill, nth, *line) for nth, line in enumerate(bill.lines, start=1)]
        self.rows += [expense, *lines, self._approval(expense, bill, lines, pattern)]

    def _line(self, expense: Expense, bill: Bill, position: int, cost: Cost, amounts: Amounts) -> ExpenseLine:
        key_id = self.keys.get(cost.way)
        return ExpenseLine(
            id=next(self.ids[ExpenseLine]), expense_id=expense.pk, position=position, description=cost.description,
            account=cost.account, key_id=key_id, unit_id=None if key_id else self._private_lot(cost.way),
            net=amounts.net, vat=amounts.vat, gross=amounts.gross, vat_rate=bill.template.vat_rate,
            period_start=bill.period[0], period_end=bill.period[1],
            day_rule=default_day_rule(cost.account, is_private=key_id is None),
            tenant_percent=self.chart.tenant_percent(cost.account), **self.of_building,
        )  # fmt: skip

    def _private_lot(self, number: str) -> int:
        return next(unit.pk for unit in self.units if unit.number == number)

    def _approval(self, expense: Expense, bill: Bill, lines: list[ExpenseLine], pattern: Pattern) -> Approval:
        approval_id, first_unit = next(self.ids[Approval]), self.units[0].pk
        sealed: list[str] = []
        for line, (cost, amounts) in zip(lines, bill.lines, strict=True):
            start = f"{self.office.organization.pk}\t{approval_id}\t{line.pk}\t\\N"
            for share in pattern.split(cost.way, amounts.gross):
                unit_id = first_unit + share.lot
                self.lot_parts.append(f"{start}\t{unit_id}\t{share.weight}\t{share.amount}\n")
                sealed.append(f"{line.pk} {unit_id} {share.weight} {share.amount}")
        return Approval(
            id=approval_id, expense_id=expense.pk, approved_on=bill.on + timedelta(days=5),
            approved_by_id=self.office.manager.pk, part_count=len(sealed), part_sum=expense.amount,
            part_hash=hashlib.sha256("\n".join(sealed).encode()).hexdigest(), **self.of_organization,
        )  # fmt: skip

    def take(self) -> tuple[list[models.Model], list[str]]:
        """What was drawn up since the last time."""
        taken = self.rows, self.lot_parts
        self.rows, self.lot_parts = [], []
        return taken

"""The rows of the workbook, typed. `row` is the number that the spreadsheet shows; periods are half-open."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class BuildingRow:
    row: int
    reference: str
    name: str
    street: str
    postcode: str
    city: str
    country: str
    enterprise_number: str | None
    total_shares: int
    built_year: int | None
    fiscal_year_start_month: int
    current_iban: str | None
    reserve_iban: str | None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A lot; `area` in m², `position` its order among the building's lots, from 1."""

    row: int
    building: str
    number: str
    kind: str
    floor: int | None
    area: Decimal | None
    share: int
    position: int = 0


@dataclass(frozen=True, slots=True)
class OwnerRow:
    row: int
    code: str
    kind: str
    salutation: str
    first_name: str
    name: str
    language: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    country: str
    iban: str | None
    enterprise_number: str | None


@dataclass(frozen=True, slots=True)
class OwnershipRow:
    row: int
    building: str
    unit: str
    owner: str
    right: str
    fraction: Fraction
    starts_on: datetime.date
    ends_on: datetime.date | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    row: int
    building: str
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class WeightRow:
    """`weight` is None where the cell is empty and what it stands for is not in the file (key or lot stored before)."""

    row: int
    building: str
    key: str
    unit: str
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class ExpenseRow:
    """One line of an invoice: amounts in EUR, `vat_rate` in percent; either `key` or `private_unit`."""

    row: int
    building: str
    supplier: str
    number: str
    line: int
    date: datetime.date
    due_on: datetime.date | None
    description: str
    account: str
    key: str | None
    private_unit: str | None
    net: Decimal
    vat_rate: Decimal
    vat: Decimal
    gross: Decimal
    period_start: datetime.date
    period_end: datetime.date
    day_rule: str | None
    reference_on: datetime.date | None


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What a holder owes (positive) at the end of the day `on`."""

    row: int
    building: str
    holder: str
    unit: str | None
    kind: str
    amount: Decimal
    on: datetime.date


@dataclass(frozen=True, slots=True)
class Takeover:
    """The rows without fault, in the order of the file."""

    buildings: Sequence[BuildingRow]
    units: Sequence[UnitRow]
    owners: Sequence[OwnerRow]
    ownerships: Sequence[OwnershipRow]
    keys: Sequence[KeyRow]
    weights: Sequence[WeightRow]
    expenses: Sequence[ExpenseRow]
    balances: Sequence[BalanceRow]

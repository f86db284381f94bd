"""What to propose for an invoice: what the office did last with this supplier, this building, this account."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from django.db import models
from django.db.models import Case, IntegerField, When

from apps.buildings.models import Building
from apps.expenses.accounts import default_day_rule
from apps.expenses.days import Span
from apps.expenses.entry import periods
from apps.expenses.models import Account, ExpenseLine, LinePortion, Supplier
from apps.units.models import DistributionKey

USUAL_VAT_RATE = Decimal(21)
DAYS_TO_PAY = 30


@dataclass(frozen=True, slots=True)
class OfSupplier:
    """The first line of the supplier's latest invoice, of this building rather than of another."""

    head: str
    account: str
    description: str
    vat_rate: Decimal
    period: Span
    date: date


@dataclass(frozen=True, slots=True)
class OfAccount:
    """How the building's charges on an account go over the lots and over time."""

    key_id: int | None
    portions: tuple[tuple[int, Decimal], ...]  # key, per cent
    day_rule: str
    tenant_percent: Decimal


def of_supplier(supplier: Supplier, building: Building | None) -> OfSupplier | None:
    lines = _lines(supplier.organization_id).filter(expense__supplier=supplier, expense__amount__gt=0)
    if building is not None:
        here = Case(When(expense__building=building, then=0), default=1, output_field=IntegerField())
        lines = lines.order_by(here, "-expense__date", "-expense_id", "position")
    else:
        lines = lines.order_by("-expense__date", "-expense_id", "position")
    line = lines.select_related("expense").first()
    if line is None:
        return None
    return OfSupplier(
        line.expense.description, line.account, line.description, line.vat_rate, line.period, line.expense.date
    )


def of_account(building: Building, account: str, *, is_private: bool = False) -> OfAccount:
    """What the last line of this building on this account did; else the chart, the rules and the shares' key."""
    line = _lines(building.organization_id).filter(building=building, account=account, unit=None)
    found = line.select_related("key").order_by("-expense__date", "-expense_id", "position").first()
    if found is None or is_private:
        return OfAccount(
            None if is_private else _shares_key(building), (), default_day_rule(account, is_private=is_private),
            tenant_percent(account),
        )  # fmt: skip
    key_id = found.key_id if found.key and not found.key.is_archived else None
    portions = () if found.key_id else _percents(found)
    if key_id is None and not portions:
        key_id = _shares_key(building)
    return OfAccount(key_id, portions, found.day_rule, found.tenant_percent)


def period(day: date, building: Building, former: OfSupplier | None) -> Span:
    """As the supplier's last invoice lay to its date; else the fiscal year of the invoice."""
    start_month = building.fiscal_year_start_month
    found = former and periods.like(former.period, former.date, day, start_month)
    return found or periods.period_of(day, periods.YEAR, start_month)


def tenant_percent(account: str) -> Decimal:
    """Of the account, or of the nearest account above it that says one; else nothing."""
    percents = _percents_of_accounts()
    above = (account[:length] for length in range(len(account), 1, -1))
    return next((percents[code] for code in above if code in percents), Decimal(0))


@cache
def _percents_of_accounts() -> dict[str, Decimal]:
    """Of the chart, which migrations alone change: a process reads it once."""
    found = Account.objects.values_list("code", "tenant_percent")
    return {code: percent for code, percent in found if percent is not None}


def _lines(organization_id: int) -> models.QuerySet[ExpenseLine]:
    found = ExpenseLine.objects.for_organization(organization_id).filter(is_current=True, takes_back=None)
    return found.filter(expense__is_correction=False)


def _shares_key(building: Building) -> int | None:
    keys = DistributionKey.objects.for_organization(building.organization_id).in_use().filter(building=building)
    shares = keys.filter(kind=DistributionKey.Kind.SHARES).order_by("code", "id")
    return shares.values_list("id", flat=True).first()


def _percents(line: ExpenseLine) -> tuple[tuple[int, Decimal], ...]:
    """Of a line split by per cent over keys in use."""
    found = LinePortion.objects.for_organization(line.organization_id).filter(line=line).select_related("key")
    portions = [(each.key_id, each.percent) for each in found.order_by("position", "id") if not each.key.is_archived]
    if any(percent is None for _key, percent in portions) or sum(percent or 0 for _key, percent in portions) != 100:
        return ()
    return tuple((key_id, percent) for key_id, percent in portions if percent is not None)

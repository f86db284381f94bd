"""A building's page: one address for each of its tabs."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, reads
from apps.buildings.models import BankAccount, Building, visible_buildings
from apps.desk.dashboard import expense_rows, waiting
from apps.desk.holders import holders_of
from apps.desk.usage import outdated_expenses, used_keys
from apps.expenses.models import Expense
from apps.expenses.refusals import shares_sentence
from apps.owners.models import HolderMember, OpeningBalance
from apps.owners.queries import holder_on, holding_periods
from apps.units.history import versions_of
from apps.units.models import DistributionKey, Unit
from apps.units.queries import count_lots, is_stale, key_columns, units_of
from koprogo.formats import labels_of, masked_iban
from koprogo.jinja import render

EXPENSES_SHOWN = 15


@reads("see")
def overview(request: MemberRequest, pk: int) -> HttpResponse:
    building = _building(request, pk)
    accounts = BankAccount.objects.for_organization(request.organization).filter(building=building)
    kinds = labels_of(BankAccount.Kind)
    context = {
        "bank_accounts": [
            (kinds[kind], masked_iban(iban))
            for kind, iban in accounts.order_by("kind", "id").values_list("kind", "iban")
        ],
        "fiscal_year": fiscal_year_in_words(building.fiscal_year_start_month),
        "waiting": waiting(_expenses(building), timezone.localdate()),
    }
    return _show(request, building, "overview", context)


@reads("see")
def units(request: MemberRequest, pk: int) -> HttpResponse:
    building = _building(request, pk)
    periods, today = holding_periods(building), timezone.localdate()
    found = list(units_of(building))
    context = {
        "units": [(unit, holder_on(periods.get(unit.pk, []), today)) for unit in found if not unit.is_archived],
        "archived": [unit for unit in found if unit.is_archived],
        "kinds": labels_of(Unit.Kind),
    }
    return _show(request, building, "units", context)


@reads("see")
def keys(request: MemberRequest, pk: int) -> HttpResponse:
    building = _building(request, pk)
    found = list(units_of(building))
    columns, used = key_columns(building, found), used_keys(building)
    shown = [column for column in columns if column.bearing and not column.key.is_archived]
    context = {
        "shown": shown,
        "heads": [{"label": column.key.code, "number": True} for column in shown],
        "rows": [
            (unit, [column.weights[i] for column in shown]) for i, unit in enumerate(found) if not unit.is_archived
        ],
        "keys": [(column, column.key.pk in used) for column in columns if not column.key.is_archived],
        "archived": [column.key for column in columns if column.key.is_archived],
        "kinds": labels_of(DistributionKey.Kind),
        "versions": versions_of(building, found, columns),
        "outdated": outdated_expenses(building),
        "stale": [column.key for column in columns if is_stale(column, found)],
    }
    return _show(request, building, "keys", context)


@reads("see")
def holders(request: MemberRequest, pk: int) -> HttpResponse:
    building = _building(request, pk)
    found = holders_of(building, units_of(building), timezone.localdate())
    kinds = [kind for kind in OpeningBalance.Kind if any(kind in each.balances for each in found)]
    context = {
        "holders": found,
        "balance_kinds": [kind.value for kind in kinds],
        "heads": [{"label": _("Solde repris (%(kind)s)") % {"kind": kind.label}, "number": True} for kind in kinds],
        "balance_totals": [sum((each.balances.get(kind, Decimal(0)) for each in found), Decimal(0)) for kind in kinds],
        "rights": labels_of(HolderMember.Right, is_capital=False),
    }
    return _show(request, building, "holders", context)


@reads("see")
def expenses(request: MemberRequest, pk: int) -> HttpResponse:
    building = _building(request, pk)
    context = {"expenses": expense_rows(_expenses(building), "-date", "-id", size=EXPENSES_SHOWN)}
    return _show(request, building, "expenses", context)


def fiscal_year_in_words(start_month: int) -> str:
    """`janvier à décembre`: the accounting year's first and last month."""
    first, last = MONTHS[start_month], MONTHS[(start_month - 2) % 12 + 1]
    return _("%(first)s à %(last)s") % {"first": first, "last": last}


def _building(request: MemberRequest, pk: int) -> Building:
    return get_object_or_404(visible_buildings(request.membership), pk=pk)


def _expenses(building: Building) -> Any:
    return Expense.objects.for_organization(building.organization_id).filter(building=building)


def _show(request: MemberRequest, building: Building, tab: str, context: dict[str, Any]) -> HttpResponse:
    """Every tab says whether the lots' shares make the building's total (DOMAIN.md BE-02)."""
    count = count_lots(building)
    is_off = count.share_sum != building.total_shares
    common = {
        "building": building,
        "tab": tab,
        "count": count,
        "shares_are_off": shares_sentence(count.share_sum, building.total_shares) if is_off else "",
    }
    return render(request, f"desk/building_{tab}.html", common | context)

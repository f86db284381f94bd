"""The readings of a consumption key: its periods, and one of them written, changed and deleted."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import beside, once, saved
from apps.desk.usage import used_periods
from apps.expenses.days import ONE_DAY
from apps.units.grid_forms import REFUSALS, ReadingsForm
from apps.units.models import DistributionKey
from apps.units.queries import units_of
from apps.units.readings import PeriodsOverlap, delete_readings, write_readings
from apps.units.versions import ReadingPeriod, load_readings
from apps.units.views import find_key, find_locked_key
from koprogo.addresses import redirect
from koprogo.formats import day, without_zeros
from koprogo.jinja import render


@dataclass(frozen=True, slots=True)
class PeriodColumn:
    """One period as the page lists it: in each lot's row its units and whether they were estimated."""

    starts_on: date
    last_on: date
    cells: list[tuple[Decimal | None, bool]]
    total: Decimal
    is_used: bool


@reads("see")
def readings(request: MemberRequest, pk: int) -> HttpResponse:
    key = _consumption(find_key(request, pk))
    units, used = list(units_of(key.building)), used_periods(key)
    periods = [
        PeriodColumn(
            period.starts_on, period.ends_on - ONE_DAY,
            [(_shown(period.quantities.get(unit.pk)), unit.pk in period.estimated) for unit in units],
            without_zeros(sum(period.quantities.values(), Decimal(0))), _is_used(period, used),
        )
        for period in reversed(_periods(key))
    ]  # fmt: skip
    context = {"key": key, "building": key.building, "periods": periods, "units": units}
    return render(request, "desk/readings.html", context)


@reads("edit")
def show_new(request: MemberRequest, pk: int) -> HttpResponse:
    key = _consumption(find_key(request, pk))
    return _page(request, key, _form(key, None))


@writes("edit")
@once
def add(request: MemberRequest, pk: int) -> HttpResponse:
    return _write(request, _consumption(find_locked_key(request, pk)), None)


new = by_method(get=show_new, post=add)


@reads("edit")
def show_period(request: MemberRequest, pk: int, first: date) -> HttpResponse:
    key = _consumption(find_key(request, pk))
    period = _period(key, first)
    return _page(request, key, _form(key, period), is_used=_is_used(period, used_periods(key)))


@writes("edit")
def save_period(request: MemberRequest, pk: int, first: date) -> HttpResponse:
    key = _consumption(find_locked_key(request, pk))
    return _write(request, key, _period(key, first))


one_period = by_method(get=show_period, post=save_period)


@writes("edit")
def delete(request: MemberRequest, pk: int, first: date) -> HttpResponse:
    key = _consumption(find_locked_key(request, pk))
    period = _period(key, first)
    if _is_used(period, used_periods(key)):
        messages.error(request, str(REFUSALS["reading_of_approved_parts_is_frozen"][1]))
    else:
        delete_readings(key=key, period=(period.starts_on, period.ends_on))
        told = _("Les relevés du %(first)s au %(last)s sont supprimés.")
        messages.success(request, told % {"first": day(first), "last": day(period.ends_on - ONE_DAY)})
    return redirect("keys:readings", key.pk)


def _write(request: MemberRequest, key: DistributionKey, period: ReadingPeriod | None) -> HttpResponse:
    form = _form(key, period, request.POST)
    replaced = (period.starts_on, period.ends_on) if period else None
    if form.is_valid():
        try:
            with beside(form, REFUSALS):
                write_readings(
                    key=key, replaced=replaced,
                    starts_on=form.cleaned_data["first"], ends_on=form.cleaned_data["last"] + ONE_DAY,
                    quantities=form.quantities,
                )  # fmt: skip
        except PeriodsOverlap as other:
            told = _("Des relevés existent déjà du %(first)s au %(last)s : les périodes ne se chevauchent pas.")
            form.add_error("first", told % {"first": day(other.starts_on), "last": day(other.ends_on - ONE_DAY)})
        if not form.errors:
            saved(request, form, _("Les relevés sont enregistrés."))
            return redirect("keys:readings", key.pk)
    return _page(request, key, form, status=form.status)


def _form(key: DistributionKey, period: ReadingPeriod | None, data: QueryDict | None = None) -> ReadingsForm:
    """A new period begins where the last one ended; a lot set aside since keeps what was read of it."""
    known, read = _periods(key), period.quantities if period else {}
    units = [unit for unit in units_of(key.building) if not unit.is_archived or unit.pk in read]
    return ReadingsForm(data, key=key, units=units, period=period, first=known[-1].ends_on if known else None)


def _page(
    request: MemberRequest, key: DistributionKey, form: ReadingsForm, *, is_used: bool = False, status: int = 200
) -> HttpResponse:
    context = {"key": key, "building": key.building, "form": form, "is_used": is_used}
    return render(request, "desk/reading_period.html", context, status=status)


def _consumption(key: DistributionKey) -> DistributionKey:
    if key.kind != DistributionKey.Kind.CONSUMPTION:
        raise Http404
    return key


def _periods(key: DistributionKey) -> list[ReadingPeriod]:
    return load_readings(key.building).get(key.pk, [])


def _period(key: DistributionKey, first: date) -> ReadingPeriod:
    found = next((period for period in _periods(key) if period.starts_on == first), None)
    if found is None:
        raise Http404
    return found


def _is_used(period: ReadingPeriod, used: set[tuple[date, date]]) -> bool:
    return any(first < period.ends_on and period.starts_on < end for first, end in used)


def _shown(quantity: Decimal | None) -> Decimal | None:
    return None if quantity is None else without_zeros(quantity)

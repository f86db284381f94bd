"""The shares and the weights of a building's lots, edited as long as no approval in force has used them."""

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import beside, saved
from apps.buildings.models import Building
from apps.desk.usage import shares_are_used, used_keys
from apps.units.grid_forms import REFUSALS, SharesForm, WeightsForm, difference_in_words, key_column, shares_column
from apps.units.queries import subset_keys, units_in_use, weighted_keys, weights_of_keys
from apps.units.services import correct_shares, correct_weights, lock_building
from apps.units.views import find_building
from koprogo.addresses import redirect
from koprogo.jinja import render


@reads("edit")
def show_shares(request: MemberRequest, pk: int) -> HttpResponse:
    building = find_building(request, pk)
    return _shares_page(request, building, _shares_form(building))


@writes("edit")
def save_shares(request: MemberRequest, pk: int) -> HttpResponse:
    building = lock_building(find_building(request, pk))
    form = _shares_form(building, request.POST)
    if form.is_valid():
        with beside(form, REFUSALS):
            correct_shares(
                building=building, total=form.cleaned_data["total"], shares=form.shares,
                following=form.cleaned_data.get("following", []),
            )  # fmt: skip
        if not form.errors:
            saved(request, form, _("Les quotités sont enregistrées."))
            return redirect("buildings:units", building.pk)
    return _shares_page(request, building, form, status=form.status)


shares = by_method(get=show_shares, post=save_shares)


def _shares_form(building: Building, data: QueryDict | None = None) -> SharesForm:
    return SharesForm(
        data, building=building, units=units_in_use(building), is_fixed=shares_are_used(building),
        following=subset_keys(building),
    )  # fmt: skip


def _shares_page(request: MemberRequest, building: Building, form: SharesForm, status: int = 200) -> HttpResponse:
    off = difference_in_words(sum(form.shares.values()), building.total_shares)
    return render(request, "desk/shares.html", {"building": building, "form": form, "off": off}, status=status)


@reads("edit")
def show_weights(request: MemberRequest, pk: int) -> HttpResponse:
    building = find_building(request, pk)
    return _weights_page(request, building, _weights_form(building))


@writes("edit")
def save_weights(request: MemberRequest, pk: int) -> HttpResponse:
    building = lock_building(find_building(request, pk))
    form = _weights_form(building, request.POST)
    if form.is_valid():
        with beside(form, REFUSALS):
            correct_weights(building=building, weights=form.weights)
        if not form.errors:
            saved(request, form, _("Les poids sont enregistrés."))
            return redirect("buildings:keys", building.pk)
    return _weights_page(request, building, form, status=form.status)


weights = by_method(get=show_weights, post=save_weights)


def _weights_form(building: Building, data: QueryDict | None = None) -> WeightsForm:
    units, used, stored = units_in_use(building), used_keys(building), weights_of_keys(building)
    columns = [shares_column(units, "fixed")]
    for key in weighted_keys(building):
        columns.append(key_column(key, stored.get(key.pk, {}), units, is_fixed=key.pk in used))
    return WeightsForm(data, building=building, units=units, columns=columns)


def _weights_page(request: MemberRequest, building: Building, form: WeightsForm, status: int = 200) -> HttpResponse:
    fixed = [column for column in form.columns if column.key and column.is_fixed]
    context = {"building": building, "form": form, "fixed": fixed}
    return render(request, "desk/weights.html", context, status=status)

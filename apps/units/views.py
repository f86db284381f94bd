"""A lot's and a key's own data: new, changed, set aside and taken back into use."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import beside, once, saved
from apps.buildings.models import Building, visible_buildings
from apps.units import services
from apps.units.forms import KEY_REFUSALS, UNIT_REFUSALS, KeyForm, NewUnitForm, UnitForm
from apps.units.models import DistributionKey, Unit
from apps.units.queries import locked_building, visible_keys, visible_units
from koprogo.addresses import redirect
from koprogo.formats import number
from koprogo.jinja import render


# --- Lots ---
@reads("edit")
def show_new_unit(request: MemberRequest, pk: int) -> HttpResponse:
    building = find_building(request, pk)
    return render(request, "units/new.html", {"building": building, "form": NewUnitForm(building=building)})


@writes("edit")
@once
def add_unit(request: MemberRequest, pk: int) -> HttpResponse:
    building = _locked_building(request, pk)
    form = NewUnitForm(request.POST, building=building)
    if form.is_valid():
        try:
            services.create_unit(building=building, before=form.cleaned_data["before"], identity=form.identity)
        except services.UnitNumberTaken:
            form.add_error(*UNIT_REFUSALS["one_unit_per_number"])
        except services.ShareExceedsTotal as refusal:
            told = _(
                "Les autres lots laissent %(left)s quotités du total de %(total)s. Créez le lot avec %(left)s au plus, "
                "puis donnez-lui les siennes à la page des quotités."
            )
            form.add_error("share", told % {"left": number(refusal.left), "total": number(building.total_shares)})
        if not form.errors:
            messages.success(request, _("Le lot %(number)s est créé.") % {"number": form.cleaned_data["number"]})
            return redirect("buildings:new_unit" if "another" in request.POST else "buildings:units", building.pk)
    return render(request, "units/new.html", {"building": building, "form": form}, status=422)


new_unit = by_method(get=show_new_unit, post=add_unit)


@reads("edit")
def show_unit(request: MemberRequest, pk: int) -> HttpResponse:
    unit = _unit(request, pk)
    return render(request, "units/edit.html", {"unit": unit, "form": UnitForm(building=unit.building, record=unit)})


@writes("edit")
def save_unit(request: MemberRequest, pk: int) -> HttpResponse:
    unit = _locked_unit(request, pk)
    form = UnitForm(request.POST, building=unit.building, record=unit)
    if form.is_valid():
        with beside(form, UNIT_REFUSALS):
            services.update_unit(unit=unit, before=form.cleaned_data["before"], identity=form.identity)
        if not form.errors:
            saved(request, form, _("Le lot %(number)s est enregistré.") % {"number": unit.number})
            return redirect("units:detail", unit.pk)
    return render(request, "units/edit.html", {"unit": _unit(request, pk), "form": form}, status=422)


edit_unit = by_method(get=show_unit, post=save_unit)


@writes("edit")
def archive_unit(request: MemberRequest, pk: int) -> HttpResponse:
    unit = _locked_unit(request, pk)
    try:
        services.archive_unit(unit=unit, on=timezone.localdate())
    except services.UnitStillBears:
        messages.error(
            request,
            _("Le lot %(number)s reste en service : il a encore des quotités ou un poids dans une clé. Mettez-les "
              "d’abord à 0, par une nouvelle version à partir du jour où il n’existe plus.") % {"number": unit.number},
        )  # fmt: skip
    else:
        messages.success(request, _("Le lot %(number)s est archivé.") % {"number": unit.number})
    return redirect("units:detail", unit.pk)


@writes("edit")
def restore_unit(request: MemberRequest, pk: int) -> HttpResponse:
    unit = _locked_unit(request, pk)
    services.restore_unit(unit=unit)
    messages.success(request, _("Le lot %(number)s est de nouveau en service.") % {"number": unit.number})
    return redirect("units:detail", unit.pk)


# --- Keys ---
@reads("edit")
def show_new_key(request: MemberRequest, pk: int) -> HttpResponse:
    return render(request, "units/new_key.html", {"building": find_building(request, pk), "form": KeyForm()})


@writes("edit")
@once
def add_key(request: MemberRequest, pk: int) -> HttpResponse:
    building, form = find_building(request, pk), KeyForm(request.POST)
    if form.is_valid():
        with beside(form, KEY_REFUSALS):
            key = services.create_key(building=building, **form.cleaned_data)
        if not form.errors:
            messages.success(request, _("La clé %(key)s est créée.") % {"key": key})
            if key.kind == DistributionKey.Kind.CONSUMPTION:
                return redirect("keys:readings", key.pk)
            return redirect("buildings:weights" if key.has_weights else "buildings:keys", building.pk)
    return render(request, "units/new_key.html", {"building": building, "form": form}, status=422)


new_key = by_method(get=show_new_key, post=add_key)


@reads("edit")
def show_key(request: MemberRequest, pk: int) -> HttpResponse:
    key = find_key(request, pk)
    return render(request, "units/edit_key.html", {"key": key, "form": KeyForm(record=key)})


@writes("edit")
def save_key(request: MemberRequest, pk: int) -> HttpResponse:
    key = find_locked_key(request, pk)
    form = KeyForm(request.POST, record=key)
    if form.is_valid():
        try:
            with beside(form, KEY_REFUSALS):
                services.update_key(key=key, **form.cleaned_data)
        except services.KeyHasReadings:
            form.add_error("kind", _("Cette clé a des relevés : son type ne change plus. Créez une autre clé."))
        if not form.errors:
            saved(request, form, _("La clé %(key)s est enregistrée.") % {"key": key})
            return redirect("buildings:keys", key.building_id)
    return render(request, "units/edit_key.html", {"key": find_key(request, pk), "form": form}, status=422)


edit_key = by_method(get=show_key, post=save_key)


@writes("edit")
def archive_key(request: MemberRequest, pk: int) -> HttpResponse:
    key = find_locked_key(request, pk)
    services.archive_key(key=key, on=timezone.localdate())
    messages.success(
        request, _("La clé %(key)s est archivée : elle n’est plus proposée pour de nouvelles dépenses.") % {"key": key}
    )
    return redirect("buildings:keys", key.building_id)


@writes("edit")
def restore_key(request: MemberRequest, pk: int) -> HttpResponse:
    key = find_locked_key(request, pk)
    services.restore_key(key=key)
    messages.success(request, _("La clé %(key)s est de nouveau en service.") % {"key": key})
    return redirect("buildings:keys", key.building_id)


# --- What is asked for, through the organization ---
def find_building(request: MemberRequest, pk: int) -> Building:
    return get_object_or_404(visible_buildings(request.membership), pk=pk)


def _locked_building(request: MemberRequest, pk: int) -> Building:
    """Until the view ends nobody else approves in this building, or writes its lots and keys."""
    found = locked_building(request.membership, pk)
    if found is None:
        raise Http404
    return found


def find_key(request: MemberRequest, pk: int) -> DistributionKey:
    return get_object_or_404(visible_keys(request.membership).select_related("building"), pk=pk)


def find_locked_key(request: MemberRequest, pk: int) -> DistributionKey:
    """Its building is locked; read again afterwards, it is what the one before left."""
    services.lock_building(find_key(request, pk).building)
    return find_key(request, pk)


def _unit(request: MemberRequest, pk: int) -> Unit:
    return get_object_or_404(visible_units(request.membership).select_related("building"), pk=pk)


def _locked_unit(request: MemberRequest, pk: int) -> Unit:
    services.lock_building(_unit(request, pk).building)
    return _unit(request, pk)

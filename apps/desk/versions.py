"""New versions of shares and of keys from a date: written in a form, looked at lot by lot, then confirmed."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import once, saved
from apps.buildings.models import Building
from apps.desk.usage import outdated_expenses
from apps.units import revisions
from apps.units.grid_forms import KeyVersionForm, SharesVersionForm, difference_in_words, key_column
from apps.units.grids import Column
from apps.units.history import steps_between
from apps.units.models import DistributionKey
from apps.units.queries import subset_keys, units_in_use, weighted_keys, weights_of_keys
from apps.units.services import fitting, lock_building
from apps.units.views import find_building, find_key, find_locked_key
from koprogo.addresses import redirect
from koprogo.formats import day, number, without_zeros
from koprogo.jinja import render

VersionForm = SharesVersionForm | KeyVersionForm


# --- Shares ---
@reads("edit")
def show_shares(request: MemberRequest, pk: int) -> HttpResponse:
    building = find_building(request, pk)
    return _page(request, building, _shares_form(building))


@writes("edit")
@once
def save_shares(request: MemberRequest, pk: int) -> HttpResponse:
    building = lock_building(find_building(request, pk))
    form = _shares_form(building, request.POST)
    return _step(request, building, form, partial(_revise_shares, building, form))


shares = by_method(get=show_shares, post=save_shares)


def _shares_form(building: Building, data: QueryDict | None = None) -> SharesVersionForm:
    return SharesVersionForm(
        data, building=building, units=units_in_use(building), following=subset_keys(building)
    )  # fmt: skip


def _revise_shares(building: Building, form: SharesVersionForm, given: dict[str, Any]) -> None:
    revisions.revise_shares(
        building=building, total=form.cleaned_data["total"], shares=form.shares,
        following=form.cleaned_data.get("following", []), **given,
    )  # fmt: skip


# --- One key ---
@reads("edit")
def show_key(request: MemberRequest, pk: int) -> HttpResponse:
    key = _weighted(request, find_key(request, pk))
    return _page(request, key.building, _key_form(key), key)


@writes("edit")
@once
def save_key(request: MemberRequest, pk: int) -> HttpResponse:
    key = _weighted(request, find_locked_key(request, pk))
    form = _key_form(key, request.POST)
    return _step(request, key.building, form, partial(_revise_key, key, form), key)


one_key = by_method(get=show_key, post=save_key)


def _weighted(request: MemberRequest, key: DistributionKey) -> DistributionKey:
    """Others have no weights of their own."""
    return get_object_or_404(weighted_keys(key.building), pk=key.pk)


def _key_form(key: DistributionKey, data: QueryDict | None = None) -> KeyVersionForm:
    units = units_in_use(key.building)
    column = key_column(key, weights_of_keys(key.building).get(key.pk, {}), units)
    return KeyVersionForm(data, building=key.building, units=units, columns=[column])


def _revise_key(key: DistributionKey, form: KeyVersionForm, given: dict[str, Any]) -> None:
    revisions.revise_key(key=key, weights=form.weights[key], **given)


# --- Both ---
def _step(
    request: MemberRequest, building: Building, form: VersionForm, write: Callable[[dict[str, Any]], None],
    key: DistributionKey | None = None,
) -> HttpResponse:  # fmt: skip
    """Written, taken back and shown; or, once that was confirmed, written."""
    if "again" in request.POST:
        return _page(request, building, form, key)
    if not form.is_valid():
        return _page(request, building, form, key, status=form.status)
    is_confirmed = "confirm" in request.POST
    given = {
        "starts_on": form.cleaned_data["starts_on"], "reason": form.cleaned_data["reason"], "by": request.user,
        "on": timezone.localdate(),
    }  # fmt: skip
    try:
        with transaction.atomic():
            write(given)
            outdated = outdated_expenses(building)
            transaction.set_rollback(not is_confirmed)
    except REFUSALS as refusal:
        form.add_error(*_refused(refusal))
        return _page(request, building, form, key, status=422)
    if is_confirmed:
        saved(request, form, _("La nouvelle version est enregistrée."))
        return redirect("buildings:keys", building.pk)
    return _preview(request, building, form, key, outdated)


REFUSALS = (
    revisions.StartsInFuture, revisions.LaterVersionExists, revisions.NothingChanged, revisions.SharesDoNotMakeTotal,
)  # fmt: skip


def _refused(refusal: Exception) -> tuple[str | None, str]:
    """The field, and what to do."""
    match refusal:
        case revisions.StartsInFuture():
            return "starts_on", _("Ce jour est encore à venir : une version commence au plus tard aujourd’hui.")
        case revisions.LaterVersionExists():
            told = _("%(what)s : une version à partir du %(day)s existe déjà. Commencez ce jour-là ou plus tard.")
            what = refusal.key or _("Quotités")
            return "starts_on", told % {"what": what, "day": day(refusal.starts_on)}
        case revisions.SharesDoNotMakeTotal():
            found = {"sum": number(refusal.share_sum), "total": number(refusal.total)}
            off = difference_in_words(refusal.share_sum, refusal.total)
            return "total", _("Les quotités des lots font %(sum)s sur %(total)s : %(off)s.") % (found | {"off": off})
    return None, _("Rien n’a changé : écrivez les nouvelles valeurs.")


def _page(
    request: MemberRequest, building: Building, form: VersionForm, key: DistributionKey | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    form.initial.setdefault("starts_on", timezone.localdate())
    context = {"building": building, "form": form, "key": key, "title": _title(key)}
    return render(request, "desk/version.html", context, status=status)


def _preview(
    request: MemberRequest, building: Building, form: VersionForm, key: DistributionKey | None, outdated: list[Any]
) -> HttpResponse:
    column: Column = form.columns[0]
    after = fitting(key, form.values(column), form.units) if key else form.values(column)
    sent = [(name, value) for name, values in form.data.lists() for value in values]  # type: ignore[attr-defined]
    context = {
        "building": building, "form": form, "key": key, "title": _title(key), "outdated": outdated,
        "steps": steps_between(list(form.units), column.values, after),
        "total_before": without_zeros(sum(column.values.values(), Decimal(0))),
        "total_after": without_zeros(sum(after.values(), Decimal(0))),
        "sent": [pair for pair in sent if pair[0] not in {"csrfmiddlewaretoken", "paste", "preview"}],
        "following": form.cleaned_data.get("following", []),
    }  # fmt: skip
    return render(request, "desk/version_preview.html", context)


def _title(key: DistributionKey | None) -> str:
    if key is None:
        return _("Nouvelle version des quotités")
    return _("Nouvelle version de la clé %(code)s") % {"code": key.code}

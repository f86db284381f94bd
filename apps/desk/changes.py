"""A lot changes hands: the form, what it would do, and doing it.

The page between shows exact figures and writes nothing; what is confirmed is what was shown, or it is shown anew.
"""

from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import beside, once
from apps.desk.change_forms import ChangeForm, Start, typed
from apps.desk.change_kinds import FIRST, KINDS, Kind, is_open, same_start, start_of
from apps.desk.change_preview import Preview, names_of, preview_of
from apps.expenses.services import BuildingIsBusy, lock_buildings, waiting_at_most
from apps.owners.changes import NobodyHolds, Tenure
from apps.owners.holdings import Hands, HandsChangedMeanwhile, change_hands, load_hands
from apps.owners.picking import label_of, owners_like
from apps.units.models import Unit
from apps.units.queries import units_of, visible_units
from koprogo.addresses import redirect
from koprogo.jinja import render

FROZEN = "holdings_under_issued_charges_are_frozen"


@reads("edit")
def show_change(request: MemberRequest, pk: int, kind: str) -> HttpResponse:
    try:
        start = _start(request, pk, kind)
    except NobodyHolds:
        raise Http404 from None
    return _form_page(request, ChangeForm(start, request.organization))


@writes("edit")
@once
def take_change(request: MemberRequest, pk: int, kind: str) -> HttpResponse:
    step = request.POST.get("step")
    try:
        return _confirm(request, pk, kind) if step == "confirm" else _prepare(request, _start(request, pk, kind), step)
    except NobodyHolds:
        messages.error(request, _("Rien n’a été noté : les titulaires de ce lot ont changé entre-temps."))
        return redirect("units:detail", pk)


def _prepare(request: MemberRequest, start: Start, step: str | None) -> HttpResponse:
    if step in ("row", "edit"):
        shown = typed(request.POST, more_rows=step == "row")
        return _form_page(request, ChangeForm(start, request.organization, initial=shown), added=step == "row")
    form = ChangeForm(start, request.organization, request.POST)
    preview = preview_of(form)
    return _form_page(request, form) if preview is None else _preview_page(request, form, preview)


change = by_method(get=show_change, post=take_change)


@reads("edit")
def found_owners(request: MemberRequest) -> HttpResponse:
    """Owners for the field in which somebody types, as options of its list."""
    words = next((str(value) for name, value in request.GET.items() if name.startswith("who_")), "")
    found = [(label_of(owner), f"{owner.postcode} {owner.city}") for owner in owners_like(request.organization, words)]
    return render(request, "desk/_owner_options.html", {"found": found})


def _confirm(request: MemberRequest, pk: int, kind: str) -> HttpResponse:
    unit, is_busy = _unit(request, pk), False
    try:
        with waiting_at_most("2s"):
            lock_buildings([unit.building_id])
    except BuildingIsBusy:
        messages.error(request, _("Quelqu’un d’autre travaille dans cet immeuble : réessayez dans une minute."))
        is_busy = True
    form = ChangeForm(_start(request, pk, kind), request.organization, request.POST)
    preview = preview_of(form)
    if preview is None:
        return _form_page(request, form)
    is_anew = preview.state != request.POST.get("state")
    if is_busy or is_anew:
        return _preview_page(request, form, preview, is_anew=is_anew, status=409)
    return _write(request, form, preview)


def _write(request: MemberRequest, form: ChangeForm, preview: Preview) -> HttpResponse:
    start = form.start
    newcomers = {number: (form.parties[number].code, newcomer) for number, newcomer in form.newcomers.items()}
    sentence = _("Rien n’a été noté : l’immeuble a changé entre-temps. Recommencez.")
    try:
        with beside(form, {FROZEN: (None, sentence), "one_owner_per_code": (None, sentence)}):
            change_hands(
                building=start.unit.building, changes=preview.changes, newcomers=newcomers, action=start.kind.action,
                reason=form.reason,
            )  # fmt: skip
    except HandsChangedMeanwhile:
        form.add_error(None, sentence)
    if form.errors:
        return _form_page(request, form)
    messages.success(request, str(start.kind.done))
    return redirect("units:detail", start.unit.pk)


def _unit(request: MemberRequest, pk: int) -> Unit:
    return get_object_or_404(visible_units(request.membership).select_related("building"), pk=pk)


def _start(request: MemberRequest, pk: int, name: str) -> Start:
    """From the address: the lot, the kind, and the tenure that began on a day, else the last. Raises NobodyHolds."""
    kind, unit = KINDS.get(name), _unit(request, pk)
    if kind is None:
        raise Http404
    hands = load_hands(unit.building)
    tenure = start_of(kind, hands.history(unit), _day_of(request.GET.get("since", "")))
    return Start(kind, unit, tenure, _others(kind, unit, tenure, hands), hands)


def _day_of(text: str) -> date | None:
    """Raises Http404 for what is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Http404 from None


def _others(kind: Kind, unit: Unit, tenure: Tenure | None, hands: Hands) -> list[Unit]:
    """The lots that may change hands together with this one."""
    found = []
    for other in units_of(unit.building).filter(archived_on=None).exclude(pk=unit.pk).select_related("building"):
        history = hands.history(other)
        if is_open(history) if kind is FIRST else same_start(kind, history, tenure, hands.history(unit)):
            found.append(other)
    return found


def _form_page(request: MemberRequest, form: ChangeForm, *, added: bool = False) -> HttpResponse:
    start = form.start
    history = start.hands.history(start.unit)
    tenures: Sequence[Tenure] = () if start.kind.is_correction else history
    context = {
        "form": form,
        "start": start,
        "holder": names_of(start.tenure, start.hands),
        "tenures": [(each, names_of(each, start.hands)) for each in reversed(tenures) if each != start.tenure],
        "last_row": form.row_count - 1 if added else None,
    }
    return render(request, "desk/change.html", context, status=422 if form.errors else 200)


def _preview_page(
    request: MemberRequest, form: ChangeForm, preview: Preview, *, is_anew: bool = False, status: int = 200
) -> HttpResponse:
    context = {"form": form, "start": form.start, "preview": preview, "is_anew": is_anew, "carried": form.carried()}
    return render(request, "desk/change_preview.html", context, status=status)

"""A building's closed spans: what lies in one before it is closed, closing it, opening it again."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.buildings.models import Building
from apps.expenses.closings import SpansOverlap, close_span, reopen_span
from apps.expenses.days import ONE_DAY
from apps.expenses.forms import ReasonForm, SpanForm, fault_of, fiscal_year
from apps.expenses.models import ClosedSpan
from apps.expenses.queries import content_of
from apps.expenses.refusals import REFUSALS, sentence
from apps.expenses.views import find_building
from koprogo.addresses import redirect
from koprogo.formats import day
from koprogo.jinja import render


@reads("see")
def show(request: MemberRequest, building_pk: int) -> HttpResponse:
    """The closed spans; with a span in the address what closing it would hold."""
    building = find_building(request, building_pk)
    if "first" in request.GET:
        form = SpanForm(request.GET)
        span = (form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else None
        return _page(request, building, form, span, status=200 if span else 422)
    first, last = _next_span(building)
    return _page(request, building, SpanForm(initial={"first": first, "last": last}), None)


@writes("close")
def close(request: MemberRequest, building_pk: int) -> HttpResponse:
    building, form = find_building(request, building_pk), SpanForm(request.POST)
    if not form.is_valid():
        return _page(request, building, form, None, status=422)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    try:
        close_span(building=building, first=first, last=last, by=request.user, on=timezone.localdate())
    except SpansOverlap as refusal:
        closed = refusal.args[0]
        form.add_error("first", _("Les jours du %(first)s au %(last)s sont déjà clôturés : choisissez-en d’autres.") % {
            "first": day(closed.starts_on), "last": day(closed.last_on)
        })  # fmt: skip
        return _page(request, building, form, None, status=422)
    except REFUSALS as refusal:
        messages.error(request, sentence(refusal))
        return _page(request, building, form, None, status=422)
    messages.success(request, _("La période du %(first)s au %(last)s est clôturée.") % {
        "first": day(first), "last": day(last)
    })  # fmt: skip
    return redirect("expenses:closings", building.pk)


closings = by_method(get=show, post=close)


@writes("close")
def reopen(request: MemberRequest, building_pk: int, pk: int) -> HttpResponse:
    building, form = find_building(request, building_pk), ReasonForm(request.POST)
    span = get_object_or_404(_spans(building).select_related("building"), pk=pk)
    if not form.is_valid():
        missing = _("Dites en quelques mots pourquoi la période est rouverte (500 caractères au plus).")
        messages.error(request, fault_of(form, missing))
        return redirect("expenses:closings", building.pk)
    try:
        reopen_span(span=span, reason=form.cleaned_data["reason"])
    except REFUSALS as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("La période du %(first)s au %(last)s est rouverte.") % {
            "first": day(span.starts_on), "last": day(span.last_on)
        })  # fmt: skip
    return redirect("expenses:closings", building.pk)


def _spans(building: Building) -> Any:
    return ClosedSpan.objects.for_organization(building.organization_id).filter(building=building)


def _next_span(building: Building) -> tuple[date, date]:
    """The fiscal year after the last closed span, or the one that ended last."""
    month = building.fiscal_year_start_month
    latest = _spans(building).order_by("-ends_on").values_list("ends_on", flat=True).first()
    if latest is not None:
        return latest, fiscal_year(month, latest)[1]
    return fiscal_year(month, fiscal_year(month, timezone.localdate())[0] - ONE_DAY)


def _page(
    request: MemberRequest, building: Building, form: SpanForm, span: tuple[date, date] | None, status: int = 200
) -> HttpResponse:
    context = {
        "building": building,
        "form": form,
        "span": span,
        "content": content_of(building, *span) if span else None,
        "spans": list(_spans(building).select_related("closed_by").order_by("-starts_on")),
        "reason_form": ReasonForm(auto_id="id_reopen_%s"),
    }
    return render(request, "expenses/closings.html", context, status=status)

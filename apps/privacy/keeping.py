"""What is past its retention, and the legal holds that keep it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import once
from apps.audit.services import record
from apps.privacy.forms import HoldForm, RetentionForm
from apps.privacy.models import LegalHold
from apps.privacy.queries import holds_in_force, owners_past_retention
from apps.privacy.retention import KINDS
from apps.privacy.services import AlreadyHeld, lift_hold, place_hold, start_retention
from koprogo.addresses import redirect
from koprogo.jinja import render

COUNT_CAP = 1000
NAMED = 25  # owners that the page names


@reads("privacy")
def show_retention(request: MemberRequest) -> HttpResponse:
    return _retention_page(request, RetentionForm())


@writes("privacy")
@once
def apply(request: MemberRequest) -> HttpResponse:
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _retention_page(request, form, status=422)
    job = start_retention(
        organization=request.organization, kinds=form.cleaned_data["kinds"], by=request.user, at=timezone.now()
    )
    return redirect("jobs:detail", job.pk)


retention = by_method(get=show_retention, post=apply)


def _retention_page(request: MemberRequest, form: RetentionForm, status: int = 200) -> HttpResponse:
    """Counted up to a cap; whom it names is a bulk reading of personal data, which the journal keeps."""
    today = timezone.localdate()
    counts = {name: kind.due(request.organization, today)[: COUNT_CAP + 1].count() for name, kind in KINDS.items()}
    owners = list(owners_past_retention(request.organization, today)[:NAMED])
    if owners and request.method == "GET":
        read = {"list": [None, _("anciens copropriétaires")], "rows": [None, len(owners)]}
        record("read_in_bulk", organization_id=request.organization.pk, changes=read)
    context: dict[str, Any] = {
        "form": form,
        "kinds": KINDS,
        "counts": counts,
        "cap": COUNT_CAP,
        "owners": owners,
        "holds": holds_in_force(request.organization).count(),
    }
    return render(request, "privacy/retention.html", context, status=status)


@reads("privacy")
def show_holds(request: MemberRequest) -> HttpResponse:
    form = HoldForm(organization=request.organization, initial={"called": request.GET.get("called", "")[:20]})
    return _holds_page(request, form)


@writes("privacy")
@once
def place(request: MemberRequest) -> HttpResponse:
    form = HoldForm(request.POST, organization=request.organization)
    if form.is_valid():
        assert form.found is not None
        try:
            place_hold(on_what=form.found, reason=form.cleaned_data["reason"], on=timezone.localdate())
        except AlreadyHeld:
            form.add_error("called", _("Une conservation y est déjà imposée."))
        else:
            messages.success(request, _("La conservation est imposée : rien n’en est effacé tant qu’elle dure."))
            return redirect("privacy:holds")
    return _holds_page(request, form, status=422)


holds = by_method(get=show_holds, post=place)


@writes("privacy")
def lift(request: MemberRequest, pk: int) -> HttpResponse:
    hold = get_object_or_404(holds_in_force(request.organization), pk=pk)
    lift_hold(hold=hold, on=timezone.localdate())
    messages.success(request, _("La conservation est levée : les délais ordinaires valent de nouveau."))
    return redirect("privacy:holds")


def _holds_page(request: MemberRequest, form: HoldForm, status: int = 200) -> HttpResponse:
    found = LegalHold.objects.for_organization(request.organization).select_related("owner", "building")
    context = {
        "form": form,
        "current": list(found.filter(lifted_on=None).order_by("-id")),
        "past": list(found.exclude(lifted_on=None).order_by("-lifted_on", "-id")[:NAMED]),
    }
    return render(request, "privacy/holds.html", context, status=status)

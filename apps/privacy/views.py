"""Requests about one's data: their list, one of them, its extension and its answer."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import once
from apps.owners.models import Owner
from apps.owners.queries import visible_owners
from apps.privacy.forms import AnswerForm, ReasonForm, RequestForm
from apps.privacy.models import PrivacyRequest
from apps.privacy.queries import requests_in_order
from apps.privacy.services import AlreadyExtended, RequestIsAnswered, answer_request, extend_request, log_request
from koprogo.addresses import redirect
from koprogo.formats import day, labels_of
from koprogo.jinja import render
from koprogo.listing import read_page


@dataclass(slots=True)
class RequestRow:
    id: int
    kind: str
    status: str
    received_on: date
    due_on: date
    answered_on: date | None
    first_name: str
    name: str

    @property
    def delay_in_words(self) -> str:
        return delay_in_words((self.due_on - timezone.localdate()).days)


FIELDS = ["id", "kind", "status", "received_on", "due_on", "answered_on", "owner__first_name", "owner__name"]


def delay_in_words(days: int) -> str:
    """`encore 12 jours`, `dernier jour`, `en retard de 3 jours`."""
    if days > 0:
        return ngettext("encore %(count)s jour", "encore %(count)s jours", days) % {"count": days}
    if days == 0:
        return _("dernier jour")
    return ngettext("en retard de %(count)s jour", "en retard de %(count)s jours", -days) % {"count": -days}


@reads("privacy")
def requests(request: MemberRequest) -> HttpResponse:
    is_open = request.GET.get("answered") != "1"
    context = {
        "page": read_page(request, requests_in_order(request.organization, is_open=is_open), FIELDS, RequestRow),
        "is_open": is_open,
        "today": timezone.localdate(),
        "kinds": labels_of(PrivacyRequest.Kind),
        "statuses": labels_of(PrivacyRequest.Status),
    }
    return render(request, "privacy/list.html", context)


@reads("privacy")
def new_request(request: MemberRequest, pk: int) -> HttpResponse:
    form = RequestForm(today=timezone.localdate())
    return render(request, "privacy/new.html", {"owner": find_owner(request, pk), "form": form})


@writes("privacy")
@once
def add_request(request: MemberRequest, pk: int) -> HttpResponse:
    owner, form = find_owner(request, pk), RequestForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        return render(request, "privacy/new.html", {"owner": owner, "form": form}, status=422)
    logged = log_request(owner=owner, **form.cleaned_data)
    told = _("La demande est notée : il faut y répondre pour le %(day)s au plus tard.")
    messages.success(request, told % {"day": day(logged.due_on)})
    return redirect("privacy:detail", logged.pk)


create = by_method(get=new_request, post=add_request)


@reads("privacy")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    return _page(request, _find(request, pk))


@writes("privacy")
def extend(request: MemberRequest, pk: int) -> HttpResponse:
    found, form = _find(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Dites en quelques mots pourquoi deux mois de plus sont nécessaires."))
        return redirect("privacy:detail", pk)
    try:
        extend_request(request=found, reason=form.cleaned_data["reason"])
    except RequestIsAnswered:
        messages.info(request, _("Cette demande a déjà sa réponse."))
    except AlreadyExtended:
        messages.info(request, _("Cette demande a déjà été prolongée : elle ne peut l’être qu’une fois."))
    else:
        messages.success(request, _("Le délai est prolongé de deux mois : dites-le à la personne, avec le motif."))
    return redirect("privacy:detail", pk)


@writes("privacy")
def answer(request: MemberRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    form = AnswerForm(request.POST, received_on=found.received_on, today=timezone.localdate())
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        answer_request(request=found, **form.cleaned_data)
    except RequestIsAnswered:
        messages.info(request, _("Cette demande a déjà sa réponse."))
    else:
        messages.success(request, _("La réponse est notée ; la demande est close."))
    return redirect("privacy:detail", pk)


def find_owner(request: MemberRequest, pk: int) -> Owner:
    return get_object_or_404(visible_owners(request.membership).select_related("organization"), pk=pk)


def _find(request: MemberRequest, pk: int) -> PrivacyRequest:
    found = PrivacyRequest.objects.for_organization(request.organization)
    return get_object_or_404(found.select_related("owner"), pk=pk)


def _page(
    request: MemberRequest, found: PrivacyRequest, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "asked": found,
        "owner": found.owner,
        "kind": labels_of(PrivacyRequest.Kind)[found.kind],
        "status": labels_of(PrivacyRequest.Status)[found.status],
        "delay": delay_in_words(found.days_left(today)),
        "is_overdue": found.is_open and found.days_left(today) < 0,
        "form": form or AnswerForm(received_on=found.received_on, today=today),
        "reason_form": ReasonForm(auto_id="id_extension_%s"),
    }
    return render(request, "privacy/detail.html", context, status=status)

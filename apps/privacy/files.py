"""An owner’s data in one place: what is held, its copy, restriction and objection, erasure."""

from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.limits import limited
from apps.audit.services import record
from apps.documents.services import open_document
from apps.owners.models import Owner
from apps.privacy import exports
from apps.privacy.dossier import Dossier, is_large, load_dossier
from apps.privacy.forms import ErasureForm, FlagForm
from apps.privacy.models import PreparedCopy, PrivacyRequest
from apps.privacy.queries import copies_of, requests_of, standing_of
from apps.privacy.services import (
    JSON,
    PDF,
    MayNotBeErased,
    contact_to_erase,
    erase_contact,
    erase_owner,
    set_mail_objection,
    set_restriction,
    start_copy,
)
from apps.privacy.views import find_owner
from koprogo.addresses import redirect
from koprogo.formats import labels_of
from koprogo.jinja import render

FLAGS = {"restriction": set_restriction, "mail": set_mail_objection}


@reads("privacy")
def show(request: MemberRequest, pk: int) -> HttpResponse:
    owner = find_owner(request, pk)
    context = {
        "owner": owner,
        "standing": standing_of(owner, timezone.localdate()),
        "is_large": is_large(owner),
        "copies": list(copies_of(owner)),
        "requests": list(requests_of(owner)),
        "kinds": labels_of(PrivacyRequest.Kind),
        "statuses": labels_of(PrivacyRequest.Status),
    }
    return render(request, "privacy/owner.html", context)


@reads("privacy")
@limited
def export_json(request: MemberRequest, pk: int) -> HttpResponse:
    return _export(request, pk, exports.write_json, JSON, "json")


@reads("privacy")
@limited
def export_pdf(request: MemberRequest, pk: int) -> HttpResponse:
    return _export(request, pk, exports.write_pdf, PDF, "pdf")


def _export(
    request: MemberRequest, pk: int, write: Callable[[Dossier], bytes], media: str, ending: str
) -> HttpResponse:
    """Recorded before it is read: the copy tells of itself. A large one is prepared first, from the owner’s page."""
    owner = find_owner(request, pk)
    if is_large(owner):
        messages.info(request, _("Cette copie est longue à établir : préparez-la d’abord."))
        return redirect("privacy:owner", pk)
    name = _recorded(request, owner, ending)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(write(load_dossier(owner, timezone.now())), content_type=media, headers=headers)


def _recorded(request: MemberRequest, owner: Owner, ending: str) -> str:
    """The name of the file, once the journal knows who takes it."""
    name = f"{slugify(_('Données personnelles'))}-{slugify(owner.code) or owner.pk}.{ending}"
    record("exported", organization_id=request.organization.pk, on=owner, changes={"paper": [None, name]})
    return name


@writes("privacy")
@limited
def prepare(request: MemberRequest, pk: int) -> HttpResponse:
    job = start_copy(owner=find_owner(request, pk), by=request.user, at=timezone.now())
    return redirect("jobs:detail", job.pk)


@reads("privacy")
def prepared(request: MemberRequest, pk: int, ending: str) -> HttpResponse:
    """One of the two files of a prepared copy."""
    copies = PreparedCopy.objects.for_organization(request.organization).select_related("owner", "data", "paper")
    copy = get_object_or_404(copies, pk=pk)
    document = copy.data if ending == "json" else copy.paper
    name = _recorded(request, copy.owner, ending)
    return FileResponse(  # type: ignore[return-value]
        open_document(document), filename=name, as_attachment=True, content_type=document.media_type
    )


@writes("privacy")
def flags(request: MemberRequest, pk: int) -> HttpResponse:
    owner, form = find_owner(request, pk), FlagForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Rien n’a changé : reprenez depuis cette page."))
        return redirect("privacy:owner", pk)
    is_set = form.cleaned_data["step"] == "set"
    FLAGS[form.cleaned_data["flag"]](owner=owner, on=timezone.localdate() if is_set else None)
    messages.success(request, _("C’est noté sur la fiche de %(name)s.") % {"name": owner.full_name})
    return redirect("privacy:owner", pk)


@reads("privacy")
def show_erasure(request: MemberRequest, pk: int) -> HttpResponse:
    return _erasure_page(request, find_owner(request, pk), ErasureForm())


@writes("privacy")
def erase(request: MemberRequest, pk: int) -> HttpResponse:
    owner, form = find_owner(request, pk), ErasureForm(request.POST)
    if not form.is_valid():
        return _erasure_page(request, owner, form, status=422)
    step = erase_owner if form.cleaned_data["extent"] == "whole" else erase_contact
    try:
        step(owner=owner, reason=form.cleaned_data["reason"], on=timezone.localdate())
    except MayNotBeErased:
        messages.error(request, _("Rien n’est effacé : voyez ci-dessous ce qui s’y oppose."))
        return redirect("privacy:erase", pk)
    messages.success(request, _("C’est effacé, aussi dans l’historique."))
    return redirect("privacy:owner", pk)


erasure = by_method(get=show_erasure, post=erase)


def _erasure_page(request: MemberRequest, owner: Owner, form: ErasureForm, status: int = 200) -> HttpResponse:
    standing = standing_of(owner, timezone.localdate())
    fields = contact_to_erase(is_holder=bool(standing.lot))
    context = {
        "owner": owner,
        "standing": standing,
        "form": form,
        "contact": [str(Owner._meta.get_field(name).verbose_name) for name in fields if getattr(owner, name)],  # type: ignore[union-attr]
        "access_count": owner.accesses.count(),
    }
    return render(request, "privacy/erase.html", context, status=status)

"""Papers in the browser: shown to who sees their expense, brought in and removed by who writes expenses."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import MemberRequest, reads, writes
from apps.audit.services import record
from apps.documents.models import Document
from apps.documents.services import open_document, pending_papers
from apps.expenses.attachments import attach_papers, remove_attachment
from apps.expenses.models import Attachment
from apps.expenses.paper_forms import PapersForm, keep_papers
from apps.expenses.refusals import sentence
from apps.expenses.services import WrongStatus
from apps.expenses.views import find_expense
from koprogo.addresses import redirect

# A paper is a stranger's: nothing in it runs, nothing else is fetched, and only our own pages may show it in a frame.
PAPER_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def _paper(document: Document) -> HttpResponse:
    headers = {
        "Content-Security-Policy": PAPER_POLICY, "X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return FileResponse(  # type: ignore[return-value]
        open_document(document), filename=document.name, headers=headers, as_attachment=not document.media_type,
        content_type=document.media_type or "application/octet-stream",
    )  # fmt: skip


@reads("see")
def show(request: MemberRequest, pk: int, attachment_pk: int) -> HttpResponse:
    attachment = _attachment(request, pk, attachment_pk)
    document, organization = attachment.document, request.organization
    record("downloaded", organization_id=organization.pk, on=attachment, changes={"file": [None, document.name]})
    return _paper(document)


@reads("submit")
def show_pending(request: MemberRequest, pk: int) -> HttpResponse:
    """What came with a form that is not saved yet: to who brought it in."""
    return _paper(get_object_or_404(pending_papers(request.organization, request.user), pk=pk))


@writes("submit")
def add(request: MemberRequest, pk: int) -> HttpResponse:
    expense, form = find_expense(request, pk), PapersForm(request.POST, request.FILES)
    kept, faults = keep_papers(request, form)
    for fault in faults:
        messages.error(request, fault)
    attached = attach_papers(expense=expense, papers=[paper.pk for paper in kept], by=request.user)
    if attached:
        text = ngettext("%(count)s pièce est jointe.", "%(count)s pièces sont jointes.", len(attached))
        messages.success(request, text % {"count": len(attached)})
    elif not faults:
        messages.info(request, _("Choisissez d’abord un fichier."))
    return redirect("expenses:detail", pk)


@writes("submit")
def remove(request: MemberRequest, pk: int, attachment_pk: int) -> HttpResponse:
    attachment = _attachment(request, pk, attachment_pk)
    try:
        remove_attachment(attachment=attachment)
    except WrongStatus as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("La pièce %(name)s est retirée.") % {"name": attachment.document.name})
    return redirect("expenses:detail", pk)


def _attachment(request: MemberRequest, pk: int, attachment_pk: int) -> Attachment:
    found = Attachment.objects.for_organization(request.organization).select_related("document", "expense")
    return get_object_or_404(found, pk=attachment_pk, expense=find_expense(request, pk))

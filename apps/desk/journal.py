"""The journal: what happened in the office, newest first, and the same as a workbook."""

from io import BytesIO

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, reads
from apps.accounts.limits import limited
from apps.audit.services import record
from apps.desk.history import PAGES
from apps.desk.journal_exports import write_journal_xlsx
from apps.desk.journal_filters import JournalFilter
from apps.desk.journal_names import read_names
from apps.desk.journal_words import FIELDS, Event, page_of_deeds
from koprogo.addresses import redirect
from koprogo.jinja import render
from koprogo.listing import read_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@reads("journal")
def journal(request: MemberRequest) -> HttpResponse:
    form = JournalFilter(request.GET, organization=request.organization)
    if not form.is_valid():
        return render(request, "desk/journal.html", {"form": form, "page": None, "about": None}, status=422)
    page = read_page(request, form.events(), FIELDS, Event, counted=False)
    context = {
        "form": form,
        "page": page_of_deeds(request.organization, page),
        "about": _about(request, form),
        "is_filtered": any(form.cleaned_data.values()),
    }
    return render(request, "desk/journal.html", context)


def _about(request: MemberRequest, form: JournalFilter) -> tuple[str, str] | None:
    """The object that the journal is filtered by: its name and, where it has one, the address of its page."""
    reference = form.reference
    if reference is None:
        return None
    table, pk = reference
    name = read_names(request.organization, [reference], []).objects.get(reference)
    return name or _("n° %(id)s") % {"id": pk}, reverse(PAGES[table][1], args=[pk]) if name and table in PAGES else ""


@reads("journal")
@limited
def journal_xlsx(request: MemberRequest) -> HttpResponse:
    form = JournalFilter(request.GET, organization=request.organization)
    if not form.is_valid():
        return redirect(f"{request.path.rpartition('/')[0]}/?{request.GET.urlencode()}")  # that page says why
    file = BytesIO()
    write_journal_xlsx(request.organization, form.events(), file)
    name = f"{slugify(_('Journal'))}-{timezone.localdate():%Y%m%d}.xlsx"
    record("exported", organization_id=request.organization.pk, changes={"paper": [None, name]})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(file.getvalue(), content_type=XLSX, headers=headers)

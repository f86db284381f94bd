"""The journal: what happened in the office, newest first."""

from django.http import HttpResponse
from django.shortcuts import render

from apps.accounts.access import MemberRequest, reads
from apps.audit.models import AuditEvent
from apps.desk.journal_names import MODELS, read_names
from apps.desk.journal_words import Event, Line, in_words, personal_of, references_of
from koprogo.listing import Page, read_page

FIELDS = ["at", "actor_id", "actor", "ip", "table", "object_id", "action", "changes", "reason"]


@reads("journal")
def journal(request: MemberRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    events = AuditEvent.objects.for_organization(request.organization).order_by("-id")
    if kind in MODELS:
        events = events.filter(table=kind)
    page = read_page(request, events, FIELDS, Event, counted=False)
    context = {"page": _in_words(request, page), "kind": kind, "kinds": _kinds()}
    return render(request, "desk/journal.html", context)


def _in_words(request: MemberRequest, page: Page[Event]) -> Page[Line]:
    names = read_names(
        request.organization,
        (reference for event in page.rows for reference in references_of(event)),
        (pk for event in page.rows for pk in personal_of(event)),
    )
    lines = [in_words(event, names) for event in page.rows]
    return Page(lines, page.first, page.last, page.previous, page.next, page.total)


def _kinds() -> list[tuple[str, str]]:
    """Tables with their names, for the choice above the list."""
    return sorted(((table, str(model._meta.verbose_name)) for table, model in MODELS.items()), key=lambda each: each[1])

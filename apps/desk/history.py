"""What happened to one object and to what belongs to it: the card on its page, and all of it page by page."""

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from apps.accounts.access import MemberRequest, reads
from apps.accounts.models import Organization
from apps.accounts.tenancy import TenantModel
from apps.audit.models import PARENTS, AuditEvent, AuditEventQuerySet
from apps.buildings.models import Building
from apps.desk.journal_names import MODELS, Reference, ids_by_table
from apps.desk.journal_words import FIELDS, Deed, Event, in_deeds, page_of_deeds
from apps.expenses.models import Approval, Expense, ExpenseLine, Supplier
from apps.owners.models import AccountHolder, Holding, OpeningBalance, Owner
from apps.units.models import Unit
from koprogo.jinja import render
from koprogo.listing import page_or_fragment, read_page

SHOWN = 8  # in the card
DEPTH = 2  # an expense's lines, and the portions of its lines

# The pages that have a card, by the table of what they show.
PAGES: dict[str, tuple[type[TenantModel], str]] = {
    Building._meta.db_table: (Building, "buildings:detail"),
    Unit._meta.db_table: (Unit, "units:detail"),
    Owner._meta.db_table: (Owner, "owners:detail"),
    Expense._meta.db_table: (Expense, "expenses:detail"),
    Supplier._meta.db_table: (Supplier, "expenses:supplier"),
}
# What audit_event.belongs_to calls them.
COLUMNS = dict(
    zip(
        [model._meta.db_table for model in (Expense, Approval, ExpenseLine, Unit, Owner, Building)],
        PARENTS,
        strict=True,
    )
)
# They lie in a building and have a history of their own, or say in another row what they are.
APART = {model._meta.db_table for model in (Unit, Expense, AccountHolder, OpeningBalance)}


def events_about(organization: Organization, objects: list[Reference]) -> AuditEventQuerySet:
    """The events of these objects and of what belongs to them, also of what no longer exists.

    Three statements at most are asked for it here, whatever the number of objects.
    """
    found = set(objects) | _held_by(organization, objects) | _referring_to(organization, objects)
    latest = set(objects)
    for _step in range(DEPTH):
        latest = _belonging_to(organization, latest) - found
        found |= latest
    condition = Q(pk__in=[])
    for table, ids in ids_by_table(found).items():
        condition |= Q(table=table, object_id__in=ids)
    return AuditEvent.objects.for_organization(organization).filter(condition)


def history_of(organization: Organization, objects: list[Reference], limit: int) -> list[Deed]:
    """The latest events about these objects, in words."""
    events = events_about(organization, objects).order_by("-id").values_list(*FIELDS)[:limit]
    return in_deeds(organization, [Event(*values) for values in events])


def _belonging_to(organization: Organization, objects: set[Reference]) -> set[Reference]:
    parents = [f"{COLUMNS[table]} {pk}" for table, pk in objects if table in COLUMNS]
    if not parents:
        return set()
    events = AuditEvent.objects.for_organization(organization).filter(belongs_to__in=parents)
    tables = [table for table in MODELS if table not in APART]
    rows = events.filter(table__in=tables).order_by().values_list("table", "object_id")
    return {(table, pk) for table, pk in rows.distinct() if pk is not None}


def _held_by(organization: Organization, objects: list[Reference]) -> set[Reference]:
    """An owner's holdings: the lot that they name is who they belong to."""
    owners = [pk for table, pk in objects if table == Owner._meta.db_table]
    if not owners:
        return set()
    holdings = Holding.objects.for_organization(organization).filter(holder__members__owner__in=owners)
    return {(Holding._meta.db_table, pk) for pk in holdings.values_list("pk", flat=True)}


def _referring_to(organization: Organization, objects: list[Reference]) -> set[Reference]:
    """An expense's credit notes and corrections."""
    expenses = [pk for table, pk in objects if table == Expense._meta.db_table]
    if not expenses:
        return set()
    found = Expense.objects.for_organization(organization).filter(refers_to__in=expenses)
    return {(Expense._meta.db_table, pk) for pk in found.values_list("pk", flat=True)}


@reads("edit")
def history(request: MemberRequest, table: str, pk: int) -> HttpResponse:
    """For the office's people: whoever only reads buildings, or owns lots in them, is not told who did what.

    htmx puts the latest into the card on the object's page.
    """
    if table not in PAGES:
        raise Http404
    model, address = PAGES[table]
    shown = get_object_or_404(model.objects.for_organization(request.organization), pk=pk)
    about, reference = (request.organization, [(table, pk)]), {"table": table, "object_id": pk}
    template = page_or_fragment(request, "desk/history.html", "desk/_history.html")
    if template == "desk/_history.html":
        return render(request, template, reference | {"deeds": history_of(*about, SHOWN)})
    page = read_page(request, events_about(*about).order_by("-id"), FIELDS, Event, counted=False)
    context = reference | {"page": page_of_deeds(request.organization, page), "shown": shown, "address": address}
    return render(request, template, context)

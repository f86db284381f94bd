"""The first page after sign-in: the office's day, or an owner's own lots."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts.access import MemberRequest, reads
from apps.accounts.models import Membership
from apps.buildings.models import Building, visible_buildings
from apps.buildings.queries import BUILDING_FIELDS, BuildingRow, whose_shares_are_off
from apps.desk.dashboard import at_a_glance, expense_rows, waiting
from apps.expenses.queries import overdue_on, visible_expenses
from apps.owners.models import HolderMember
from apps.owners.queries import owned_lots, owners_of
from apps.units.models import Unit
from koprogo.formats import labels_of
from koprogo.jinja import render

OFF_SHOWN = 5
OVERDUE_SHOWN = 5


@reads("see")
def dashboard(request: MemberRequest) -> HttpResponse:
    buildings, expenses = visible_buildings(request.membership), visible_expenses(request.membership)
    today = timezone.localdate()
    off = whose_shares_are_off(buildings.filter(archived_on=None)).values_list(*BUILDING_FIELDS)[: OFF_SHOWN + 1]
    context = {
        "buildings": at_a_glance(buildings.filter(archived_on=None)),
        "waiting": waiting(expenses, today),
        "overdue": expense_rows(expenses.filter(overdue_on(today)), "due_on", "id", size=OVERDUE_SHOWN),
        "latest": expense_rows(expenses, "-date", "-id"),
        "off": [BuildingRow(*values) for values in off],
        "off_shown": OFF_SHOWN,
        "today": today,
    }
    return render(request, "desk/dashboard.html", context)


@reads("own")
def own_lots(request: MemberRequest) -> HttpResponse:
    owners = list(owners_of(request.membership).order_by("code", "id"))
    buildings = Building.objects.for_organization(request.organization)
    lots = owned_lots(owners_of(request.membership), buildings) if owners else []
    today = timezone.localdate()
    context = {
        "owners": owners,
        "current": [lot for lot in lots if lot.lasts_on(today)],
        "other": [lot for lot in lots if not lot.lasts_on(today)],
        "kinds": labels_of(Unit.Kind),
        "rights": labels_of(HolderMember.Right, is_capital=False),
    }
    return render(request, "desk/own_lots.html", context)


def home(request: HttpRequest) -> HttpResponse:
    """Each of the two has its own door; this only chooses."""
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    is_owner = membership is not None and membership.may("own")
    return (own_lots if is_owner else dashboard)(request)


home.permission = "see"  # type: ignore[attr-defined]

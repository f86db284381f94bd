"""The list of buildings, and which of them a reader sees."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.forms import AccessForm
from apps.buildings.models import visible_buildings
from apps.buildings.queries import BUILDING_FIELDS, BUILDING_ORDERS, BuildingRow, buildings_given_to, with_totals
from apps.buildings.services import give_buildings
from koprogo.listing import order, read_page
from koprogo.search import normalise


@reads("see")
def buildings(request: MemberRequest) -> HttpResponse:
    found = visible_buildings(request.membership)
    if words := normalise(request.GET.get("q", "").replace("\0", "").strip()):
        found = found.filter(search__contains=words)
    sort, fields = order(request, BUILDING_ORDERS, "name")
    page = read_page(request, with_totals(found).order_by(*fields), BUILDING_FIELDS, BuildingRow)
    is_swap = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    context = {"page": page, "sort": sort, "words": words}
    return render(request, "buildings/_table.html" if is_swap else "buildings/list.html", context)


@reads("team")
def show_access(request: MemberRequest, membership_pk: int) -> HttpResponse:
    reader = _reader(request, membership_pk)
    form = AccessForm(organization=request.organization, initial={"buildings": list(buildings_given_to(reader))})
    return render(request, "buildings/access.html", {"form": form, "reader": reader})


@writes("team")
def change_access(request: MemberRequest, membership_pk: int) -> HttpResponse:
    reader = _reader(request, membership_pk)
    form = AccessForm(request.POST, organization=request.organization)
    if not form.is_valid():
        return render(request, "buildings/access.html", {"form": form, "reader": reader}, status=422)
    give_buildings(membership=reader, building_ids=form.cleaned_data["buildings"])
    messages.success(request, _("Les immeubles ouverts à %(name)s sont enregistrés.") % {"name": reader.user})
    return redirect("accounts:team")


access = by_method(get=show_access, post=change_access)


def _reader(request: MemberRequest, pk: int) -> Membership:
    readers = Membership.objects.select_related("user").filter(organization=request.organization, role=Role.READER)
    return get_object_or_404(readers, pk=pk)

"""The list of buildings, a new one, and which of them a reader sees."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import beside, once
from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.accounts.queries import member_of
from apps.buildings.forms import REFUSALS, AccessForm, BuildingForm
from apps.buildings.models import visible_buildings
from apps.buildings.queries import BUILDING_FIELDS, BUILDING_ORDERS, BuildingRow, buildings_given_to, with_totals
from apps.buildings.services import create_building, give_buildings
from koprogo.addresses import redirect
from koprogo.jinja import render
from koprogo.listing import Listing, asks_for_archive, each_word, page_or_fragment, searched_words, with_each_word


def _listed(role: str, is_archive: bool, *, organization: int, membership: int, **words: str) -> Any:
    found = visible_buildings(member_of(role, organization, membership)).filter(archived_on__isnull=not is_archive)
    return with_totals(with_each_word(found, words.values()))


BUILDINGS = Listing(_listed, BUILDING_FIELDS, BuildingRow, orders=BUILDING_ORDERS, default="name")


@reads("see")
def buildings(request: MemberRequest) -> HttpResponse:
    member, is_archive, words = request.membership, asks_for_archive(request), searched_words(request)
    page = BUILDINGS.read(
        request, member.role, is_archive,
        organization=member.organization_id, membership=member.pk, **each_word(words),
    )  # fmt: skip
    context = {"page": page, "words": words, "is_archive": is_archive}
    return render(request, page_or_fragment(request, "buildings/list.html", "buildings/_table.html"), context)


@reads("edit")
def new_building(request: MemberRequest) -> HttpResponse:
    return render(request, "buildings/new.html", {"form": BuildingForm(organization=request.organization)})


@writes("edit")
@once
def add_building(request: MemberRequest) -> HttpResponse:
    form = BuildingForm(request.POST, organization=request.organization)
    if form.is_valid():
        with beside(form, REFUSALS):
            building = create_building(
                organization=request.organization, identity=form.identity, accounts=form.new_accounts
            )
        if not form.errors:
            messages.success(request, _("L’immeuble %(name)s est créé.") % {"name": building.name})
            return redirect("buildings:detail", building.pk)
    return render(request, "buildings/new.html", {"form": form}, status=422)


create = by_method(get=new_building, post=add_building)


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
    readers = Membership.objects.for_organization(request.organization).filter(role=Role.READER).select_related("user")
    return get_object_or_404(readers, pk=pk)

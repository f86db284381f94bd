"""A building changed, set aside and taken back into use: what expenses rest on it decides."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.archiving import archive, restore
from apps.accounts.editing import beside, saved
from apps.buildings.forms import REFUSALS, BuildingForm
from apps.buildings.models import Building, visible_buildings
from apps.buildings.services import update_building
from apps.desk.dashboard import UNFINISHED
from apps.expenses.models import Approval, Expense, LotPart
from koprogo.addresses import redirect
from koprogo.jinja import render


@reads("edit")
def show_form(request: MemberRequest, pk: int) -> HttpResponse:
    building = get_object_or_404(visible_buildings(request.membership), pk=pk)
    return _page(request, building, _form(request, building))


@writes("edit")
def save(request: MemberRequest, pk: int) -> HttpResponse:
    building = _locked(request, pk)
    form = _form(request, building, request.POST)
    if form.is_valid():
        with beside(form, REFUSALS):
            update_building(
                building=building, identity=form.identity, ibans=form.ibans, accounts=form.new_accounts
            )  # fmt: skip
        if not form.errors:
            saved(request, form, _("L’immeuble %(name)s est enregistré.") % {"name": building.name})
            return redirect("buildings:detail", building.pk)
    return _page(request, building, form, status=422)


edit = by_method(get=show_form, post=save)


@writes("edit")
def put_away(request: MemberRequest, pk: int) -> HttpResponse:
    building = _locked(request, pk)
    if count := _unfinished(building):
        told = ngettext(
            "Cet immeuble reste en service : %(num)s dépense y est encore à soumettre, à approuver ou à payer.",
            "Cet immeuble reste en service : %(num)s dépenses y sont encore à soumettre, à approuver ou à payer.",
            count,
        )
        messages.error(request, told % {"num": count})
    else:
        archive(record=building, on=timezone.localdate())
        messages.success(request, _("L’immeuble %(name)s est archivé.") % {"name": building.name})
    return redirect("buildings:detail", building.pk)


@writes("edit")
def take_back(request: MemberRequest, pk: int) -> HttpResponse:
    building = _locked(request, pk)
    restore(record=building)
    messages.success(request, _("L’immeuble %(name)s est de nouveau en service.") % {"name": building.name})
    return redirect("buildings:detail", building.pk)


def _locked(request: MemberRequest, pk: int) -> Building:
    """Approvals in the building wait meanwhile, and are waited for."""
    return get_object_or_404(visible_buildings(request.membership).select_for_update(no_key=True), pk=pk)


def _form(request: MemberRequest, building: Building, data: QueryDict | None = None) -> BuildingForm:
    form = BuildingForm(
        data, organization=request.organization, record=building, shows_ibans=request.membership.may("pay")
    )
    used = LotPart.objects.for_organization(request.organization).in_force().filter(line__building=building)
    if used.exists():
        form.freeze_total()
    return form


def _page(request: MemberRequest, building: Building, form: BuildingForm, status: int = 200) -> HttpResponse:
    return render(request, "desk/building_edit.html", {"building": building, "form": form}, status=status)


def _unfinished(building: Building) -> int:
    """How many expenses still wait for somebody; what the previous syndic settled is not ours to pay."""
    expenses = Expense.objects.for_organization(building.organization_id).filter(building=building)
    settled = Approval.objects.for_organization(building.organization_id).filter(
        expense__building=building, settled_by_predecessor=True, withdrawals=None
    )
    unpaid = Q(status=Expense.Status.APPROVED) & ~Q(pk__in=settled.values("expense"))
    return expenses.filter(Q(status__in=UNFINISHED) | unpaid).count()

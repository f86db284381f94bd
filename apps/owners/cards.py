"""An owner's card by hand: made new, changed, set aside and taken back into use."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.archiving import restore
from apps.accounts.editing import beside, once, saved
from apps.owners.forms import REFUSALS, OwnerForm
from apps.owners.holdings import next_codes
from apps.owners.models import Owner
from apps.owners.queries import visible_owners
from apps.owners.services import HoldsALot, archive_owner, create_owner, update_owner
from koprogo.addresses import redirect
from koprogo.jinja import render


@reads("edit")
def new_owner(request: MemberRequest) -> HttpResponse:
    [code] = next_codes(request.organization, 1)
    form = OwnerForm(organization=request.organization, code=code)
    return render(request, "owners/new.html", {"form": form})


@writes("edit")
@once
def add_owner(request: MemberRequest) -> HttpResponse:
    form = OwnerForm(request.POST, organization=request.organization)
    if form.is_valid():
        with beside(form, REFUSALS):
            owner = create_owner(organization=request.organization, identity=form.cleaned_data)
        if not form.errors:
            messages.success(request, _("Le copropriétaire %(name)s est créé.") % {"name": owner.full_name})
            return redirect("owners:detail", owner.pk)
    return render(request, "owners/new.html", {"form": form}, status=422)


create = by_method(get=new_owner, post=add_owner)


@reads("edit")
def show_form(request: MemberRequest, pk: int) -> HttpResponse:
    owner = get_object_or_404(visible_owners(request.membership), pk=pk)
    return render(request, "owners/edit.html", {"owner": owner, "form": _form(request, owner)})


@writes("edit")
def save(request: MemberRequest, pk: int) -> HttpResponse:
    owner = _locked(request, pk)
    form = _form(request, owner, request.POST)
    if form.is_valid():
        with beside(form, REFUSALS):
            update_owner(owner=owner, identity=form.cleaned_data)
        if not form.errors:
            saved(request, form, _("La fiche de %(name)s est enregistrée.") % {"name": owner.full_name})
            return redirect("owners:detail", owner.pk)
    return render(request, "owners/edit.html", {"owner": owner, "form": form}, status=422)


edit = by_method(get=show_form, post=save)


@writes("edit")
def put_away(request: MemberRequest, pk: int) -> HttpResponse:
    owner = _locked(request, pk)
    try:
        archive_owner(owner=owner, on=timezone.localdate())
    except HoldsALot as held:
        told = _("La fiche de %(name)s reste en service : notez d’abord qui reprend le lot %(number)s, à son nom.")
        messages.error(request, told % {"name": owner.full_name, "number": held.args[0]})
    else:
        messages.success(request, _("La fiche de %(name)s est archivée.") % {"name": owner.full_name})
    return redirect("owners:detail", owner.pk)


@writes("edit")
def take_back(request: MemberRequest, pk: int) -> HttpResponse:
    owner = _locked(request, pk)
    restore(record=owner)
    messages.success(request, _("La fiche de %(name)s est de nouveau en service.") % {"name": owner.full_name})
    return redirect("owners:detail", owner.pk)


def _locked(request: MemberRequest, pk: int) -> Owner:
    return get_object_or_404(visible_owners(request.membership).select_for_update(no_key=True), pk=pk)


def _form(request: MemberRequest, owner: Owner, data: QueryDict | None = None) -> OwnerForm:
    shows_iban = request.membership.may("pay")
    return OwnerForm(data, organization=request.organization, record=owner, shows_iban=shows_iban)

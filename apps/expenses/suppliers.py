"""The office's suppliers: the list, one of them with its invoices, made new, changed, set aside and taken back."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.archiving import archive, restore
from apps.accounts.editing import beside, once, saved
from apps.expenses.models import Supplier
from apps.expenses.queries import visible_expenses
from apps.expenses.supplier_forms import REFUSALS, SupplierForm
from apps.expenses.supplier_services import create_supplier, update_supplier
from apps.expenses.views import EXPENSE_FIELDS, ExpenseRow, with_names
from koprogo.addresses import redirect
from koprogo.formats import masked_iban
from koprogo.jinja import render
from koprogo.listing import (
    Listing,
    asks_for_archive,
    each_word,
    page_or_fragment,
    read_page,
    searched_words,
    with_each_word,
)

SUPPLIER_FIELDS = ["id", "name", "enterprise_number", "email", "phone"]


@dataclass(slots=True)
class SupplierRow:
    id: int
    name: str
    enterprise_number: str
    email: str
    phone: str


def _listed(is_archive: bool, *, organization: int, **words: str) -> QuerySet[Supplier]:
    found = Supplier.objects.for_organization(organization).filter(archived_on__isnull=not is_archive)
    return with_each_word(found, words.values())


SUPPLIERS = Listing(_listed, SUPPLIER_FIELDS, SupplierRow, orders={"name": ["search"]}, default="name")


@reads("suppliers")
def suppliers(request: MemberRequest) -> HttpResponse:
    is_archive, words = asks_for_archive(request), searched_words(request)
    page = SUPPLIERS.read(request, is_archive, organization=request.membership.organization_id, **each_word(words))
    context = {"page": page, "words": words, "is_archive": is_archive}
    return render(request, page_or_fragment(request, "expenses/suppliers.html", "expenses/_suppliers.html"), context)


@reads("suppliers")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier.objects.for_organization(request.organization), pk=pk)
    expenses = visible_expenses(request.membership).filter(supplier=supplier).order_by("-date", "-id")
    context = {
        "supplier": supplier,
        "iban": masked_iban(supplier.iban),
        "page": read_page(request, with_names(expenses), EXPENSE_FIELDS, ExpenseRow),
    }
    return render(request, "expenses/supplier.html", context)


@reads("edit")
def new_supplier(request: MemberRequest) -> HttpResponse:
    return render(request, "expenses/supplier_new.html", {"form": SupplierForm(organization=request.organization)})


@writes("edit")
@once
def add_supplier(request: MemberRequest) -> HttpResponse:
    form = SupplierForm(request.POST, organization=request.organization)
    if form.is_valid():
        with beside(form, REFUSALS):
            supplier = create_supplier(organization=request.organization, identity=form.cleaned_data)
        if not form.errors:
            messages.success(request, _("Le fournisseur %(name)s est créé.") % {"name": supplier.name})
            return redirect("expenses:supplier", supplier.pk)
    return render(request, "expenses/supplier_new.html", {"form": form}, status=422)


create = by_method(get=new_supplier, post=add_supplier)


@reads("edit")
def show_form(request: MemberRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier.objects.for_organization(request.organization), pk=pk)
    return render(request, "expenses/supplier_edit.html", {"supplier": supplier, "form": _form(request, supplier)})


@writes("edit")
def save(request: MemberRequest, pk: int) -> HttpResponse:
    supplier = _locked(request, pk)
    form = _form(request, supplier, request.POST)
    if form.is_valid():
        with beside(form, REFUSALS):
            update_supplier(supplier=supplier, identity=form.cleaned_data)
        if not form.errors:
            saved(request, form, _("Le fournisseur %(name)s est enregistré.") % {"name": supplier.name})
            return redirect("expenses:supplier", supplier.pk)
    return render(request, "expenses/supplier_edit.html", {"supplier": supplier, "form": form}, status=422)


edit = by_method(get=show_form, post=save)


@writes("edit")
def put_away(request: MemberRequest, pk: int) -> HttpResponse:
    """Whatever its invoices wait for: they stay in the list of expenses, only the choice for new ones is gone."""
    supplier = _locked(request, pk)
    archive(record=supplier, on=timezone.localdate())
    messages.success(request, _("Le fournisseur %(name)s est archivé.") % {"name": supplier.name})
    return redirect("expenses:supplier", supplier.pk)


@writes("edit")
def take_back(request: MemberRequest, pk: int) -> HttpResponse:
    supplier = _locked(request, pk)
    restore(record=supplier)
    messages.success(request, _("Le fournisseur %(name)s est de nouveau en service.") % {"name": supplier.name})
    return redirect("expenses:supplier", supplier.pk)


def _locked(request: MemberRequest, pk: int) -> Supplier:
    found = Supplier.objects.for_organization(request.organization).select_for_update(no_key=True)
    return get_object_or_404(found, pk=pk)


def _form(request: MemberRequest, supplier: Supplier, data: QueryDict | None = None) -> SupplierForm:
    shows_iban = request.membership.may("pay")
    return SupplierForm(data, organization=request.organization, record=supplier, shows_iban=shows_iban)

"""An invoice typed, written anew, thrown away."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import beside, once, saved
from apps.documents.models import Document
from apps.documents.services import remove_documents
from apps.expenses.attachments import attach_papers, attachments_of, papers_of
from apps.expenses.corrections import give_up_correction
from apps.expenses.drafts import HasHistory, change_expense, create_expense, delete_expense
from apps.expenses.entry.credit_notes import KEPT_OF_CREDIT_NOTE, CreditNoteForm
from apps.expenses.entry.forms import REFUSALS, InvoiceForm, Sign
from apps.expenses.entry.pages import Purpose, first_texts, is_save, reshaped, show, take_papers
from apps.expenses.models import Expense
from apps.expenses.queries import visible_expenses
from apps.expenses.refusals import sentence
from apps.expenses.services import WrongStatus, submit_expense
from apps.expenses.views import find_expense
from koprogo.addresses import redirect


def _new() -> Purpose:
    saves = [
        ("save", _("Enregistrer")),
        ("save-submit", _("Enregistrer et soumettre")),
        ("save-new", _("Enregistrer et nouvelle")),
    ]
    return Purpose(
        _("Nouvelle dépense"), saves, [(_("Dépenses"), reverse("expenses:list"))], back=reverse("expenses:list")
    )


def _edit(expense: Expense) -> Purpose:
    page = reverse("expenses:detail", args=[expense.pk])
    saves = [("save", _("Enregistrer")), ("save-submit", _("Enregistrer et soumettre"))]
    trail = [(_("Dépenses"), reverse("expenses:list")), (str(expense), page)]
    return Purpose(_("Modifier la dépense"), saves, trail, back=page)


@reads("submit")
def show_new(request: MemberRequest) -> HttpResponse:
    texts = first_texts(request, building=request.GET.get("building", ""))
    return show(request, InvoiceForm(membership=request.membership, texts=texts), _new())


@writes("submit")
def take_new(request: MemberRequest) -> HttpResponse:
    if is_save(request):
        return _create(request)
    papers = take_papers(request)
    return show(request, reshaped(request), _new(), papers=papers)


@once
def _create(request: MemberRequest) -> HttpResponse:
    papers = take_papers(request)
    form = InvoiceForm(request.POST, membership=request.membership)
    if form.is_valid():
        with beside(form, REFUSALS):
            expense = create_expense(head=form.head(), lines=form.written_entries)
        if not form.errors:
            messages.success(request, _("La dépense %(number)s est enregistrée.") % {"number": expense.number})
            return saved_expense(request, expense, papers)
    return show(request, form, _new(), papers=papers, status=422)


create = by_method(get=show_new, post=take_new)


@reads("submit")
def show_edit(request: MemberRequest, pk: int) -> HttpResponse:
    expense = _find(request, pk)
    if not expense.is_editable:
        return _not_now(request, expense)
    form = _form_of(expense)(membership=request.membership, **_options(expense))
    return show(request, form, _edit(expense), attachments=attachments_of(expense))


@writes("submit")
def take_edit(request: MemberRequest, pk: int) -> HttpResponse:
    expense = _find(request, pk, is_locked=True)
    if not expense.is_editable:
        return _not_now(request, expense)
    papers = take_papers(request)
    options = _options(expense)
    page: dict[str, Any] = {"papers": papers, "attachments": attachments_of(expense)}
    if not is_save(request):
        return show(request, reshaped(request, **options), _edit(expense), **page)
    form = _form_of(expense)(request.POST, membership=request.membership, **options)
    if form.is_valid():
        with beside(form, REFUSALS):
            change_expense(expense=expense, head=form.head(), lines=form.written_entries)
        if not form.errors:
            saved(request, form, _("La dépense est enregistrée."))
            return saved_expense(request, expense, papers)
    return show(request, form, _edit(expense), status=422, **page)


edit = by_method(get=show_edit, post=take_edit)


@writes("submit")
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    expense = find_expense(request, pk)
    papers = papers_of(expense)
    try:
        delete_expense(expense=expense, by=request.user)
    except WrongStatus as refusal:
        messages.error(request, sentence(refusal))
    except HasHistory:
        _keep_history(request, expense)
    else:
        remove_documents(papers)
        messages.success(request, _("La dépense %(number)s est supprimée.") % {"number": expense.number})
        return redirect("expenses:list")
    return redirect("expenses:detail", pk)


def _keep_history(request: MemberRequest, expense: Expense) -> None:
    """What was approved once is never deleted; a correction is given up."""
    if not expense.is_correction:
        text = _("Cette dépense a été approuvée une fois : elle ne se supprime pas, rejetez-la ou corrigez-la.")
        messages.error(request, text)
        return
    give_up_correction(expense=expense, reason=_("Abandonnée par %(name)s") % {"name": request.user})
    messages.success(request, _("La correction %(number)s est abandonnée.") % {"number": expense.number})


def saved_expense(request: MemberRequest, expense: Expense, papers: list[Document]) -> HttpResponse:
    if papers:
        attach_papers(expense=expense, papers=[paper.pk for paper in papers], by=request.user)
    word = request.POST.get("do")
    if word == "save-submit":
        submit_expense(expense=expense, by=request.user, at=timezone.now())
        messages.success(request, _("La dépense est soumise pour approbation."))
    elif word == "save-new":
        return redirect(f"{reverse('expenses:create')}?{urlencode({'building': expense.building_id})}")
    return redirect("expenses:detail", expense.pk)


def _form_of(expense: Expense) -> type[InvoiceForm]:
    return CreditNoteForm if expense.refers_to_id else InvoiceForm


def _options(expense: Expense) -> dict[str, Any]:
    """What the form of a stored expense is given: a credit note keeps to its invoice."""
    if expense.refers_to is not None:
        return {"record": expense, "sign": Sign.CREDIT_NOTE, "fixed": KEPT_OF_CREDIT_NOTE}
    return {"record": expense, "sign": Sign.CREDIT_NOTE if expense.is_credit_note else Sign.INVOICE}


def _find(request: MemberRequest, pk: int, *, is_locked: bool = False) -> Expense:
    """A correction has a form of its own: it takes back what it corrects."""
    found = visible_expenses(request.membership).select_related("building", "supplier", "refers_to")
    if is_locked:
        found = found.select_for_update(no_key=True, of=("self",))
    expense = get_object_or_404(found, pk=pk)
    if expense.is_correction:
        raise Http404
    return expense


def _not_now(request: MemberRequest, expense: Expense) -> HttpResponse:
    messages.error(request, sentence(WrongStatus(expense.get_status_display())))
    return redirect("expenses:detail", expense.pk)

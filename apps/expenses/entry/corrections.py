"""A supplier's credit note on an expense, and the correction of one that is issued, in the form of an invoice."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.editing import beside, once
from apps.expenses import corrections, services
from apps.expenses.attachments import attachments_of
from apps.expenses.drafts import Head, create_expense, entry_of
from apps.expenses.entry import typed
from apps.expenses.entry.credit_notes import KEPT_OF_CREDIT_NOTE, CreditNoteForm
from apps.expenses.entry.forms import REFUSALS, InvoiceForm, Sign, texts_of
from apps.expenses.entry.pages import Purpose, is_save, reshaped, show, take_papers
from apps.expenses.entry.views import saved_expense
from apps.expenses.figures import line_values
from apps.expenses.models import Expense
from apps.expenses.queries import lines_to_split, visible_expenses
from apps.expenses.refusals import REFUSALS as STEP_REFUSALS
from apps.expenses.refusals import sentence
from koprogo.addresses import redirect
from koprogo.merging import state_of

KEPT_OF_CORRECTION = {"building", "supplier", "number", "due_on"}


def _find(request: MemberRequest, pk: int) -> Expense:
    found = visible_expenses(request.membership).select_related("building", "supplier", "refers_to__supplier")
    return get_object_or_404(found, pk=pk)


def _trail(expense: Expense) -> list[tuple[str, str]]:
    page = reverse("expenses:detail", args=[expense.pk])
    return [(_("Dépenses"), reverse("expenses:list")), (str(expense), page)]


# --- Credit notes ---
def _credited(request: MemberRequest, pk: int) -> Expense:
    expense = _find(request, pk)
    if not expense.is_approved or expense.is_correction or expense.amount < 0:
        raise Http404
    return expense


def _credit_note(expense: Expense) -> Purpose:
    return Purpose(
        _("Note de crédit"), [("save", _("Enregistrer")), ("save-submit", _("Enregistrer et soumettre"))],
        _trail(expense),
        _("Sur la facture %(number)s de %(supplier)s : gardez les lignes que le fournisseur rend, et leurs montants.")
        % {"number": expense.number, "supplier": expense.supplier.name},
        back=reverse("expenses:detail", args=[expense.pk]),
    )  # fmt: skip


def _credit_texts(expense: Expense) -> typed.Texts:
    """The invoice's own lines with the other sign: whole until the person says less."""
    head = Head(
        expense.building, expense.supplier, "", timezone.localdate(), None,
        _("Note de crédit : %(what)s") % {"what": expense.description},
    )  # fmt: skip
    return texts_of(head, [corrections.negated(entry_of(line)) for line in lines_to_split(expense)])


@reads("submit")
def show_credit_note(request: MemberRequest, pk: int) -> HttpResponse:
    expense = _credited(request, pk)
    form = InvoiceForm(
        membership=request.membership, texts=_credit_texts(expense), sign=Sign.CREDIT_NOTE, fixed=KEPT_OF_CREDIT_NOTE
    )
    return show(request, form, _credit_note(expense))


@writes("submit")
def take_credit_note(request: MemberRequest, pk: int) -> HttpResponse:
    expense = _credited(request, pk)
    if is_save(request):
        return _write_credit_note(request, expense)
    form = reshaped(request, texts=_credit_texts(expense), sign=Sign.CREDIT_NOTE, fixed=KEPT_OF_CREDIT_NOTE)
    return show(request, form, _credit_note(expense), papers=take_papers(request))


@once
def _write_credit_note(request: MemberRequest, expense: Expense) -> HttpResponse:
    papers = take_papers(request)
    form = CreditNoteForm(
        request.POST, membership=request.membership, texts=_credit_texts(expense), sign=Sign.CREDIT_NOTE,
        fixed=KEPT_OF_CREDIT_NOTE, credited=expense,
    )  # fmt: skip
    if form.is_valid():
        with beside(form, REFUSALS):
            note = create_expense(head=form.head(), lines=form.written_entries, refers_to=expense)
        if not form.errors:
            messages.success(request, _("La note de crédit %(number)s est enregistrée.") % {"number": note.number})
            return saved_expense(request, note, papers)
    return show(request, form, _credit_note(expense), papers=papers, status=422)


credit_note = by_method(get=show_credit_note, post=take_credit_note)


# --- Corrections ---
def _corrected(request: MemberRequest, pk: int) -> tuple[Expense, Expense | None]:
    """The first expense, and the correction that is written anew: the address may be either's."""
    expense = _find(request, pk)
    if not expense.is_correction:
        return expense, None
    if not expense.is_editable or expense.refers_to is None:
        raise Http404
    return expense.refers_to, expense


def _correction(expense: Expense, draft: Expense | None) -> Purpose:
    """Its page carries what it began from: another correction may come before it is saved."""
    shown = draft or expense
    return Purpose(
        _("Corriger la dépense %(number)s") % {"number": expense.number},
        [("save", _("Enregistrer la correction")), ("save-submit", _("Enregistrer et soumettre"))],
        _trail(shown),
        _("Écrivez la dépense telle qu’elle doit être. Les lignes qui changent sont reprises et redonnées par une "
          "pièce à la date ci-dessous ; le libellé en dit le motif."),
        back=reverse("expenses:detail", args=[shown.pk]),
        hidden={"began": _state(expense, draft)},
    )  # fmt: skip


def _state(expense: Expense, draft: Expense | None) -> str:
    entries = corrections.corrected_entries(expense, draft)
    return state_of({"lines": [line_values(entry) for entry in entries]})


def _check_began(request: MemberRequest, form: InvoiceForm, expense: Expense, draft: Expense | None) -> None:
    """What the lines have become since the page was opened is told; saving again decides."""
    if request.POST.get("began") != _state(expense, draft):
        values = [line_values(entry) for entry in corrections.corrected_entries(expense, draft)]
        form.add_error(None, _(
            "Quelqu’un d’autre a corrigé cette dépense depuis que vous l’avez ouverte. Ses lignes sont maintenant : "
            "%(lines)s. Rien n’est enregistré ; enregistrer encore garde ce que vous avez écrit."
        ) % {"lines": form.words("lines", values)})  # fmt: skip


def _correction_options(expense: Expense, draft: Expense | None) -> dict[str, Any]:
    head = Head(
        expense.building, expense.supplier, draft.number if draft else corrections.next_number(expense),
        draft.date if draft else timezone.localdate(), None, draft.description if draft else "",
    )  # fmt: skip
    return {
        "texts": texts_of(head, corrections.corrected_entries(expense, draft)), "sign": Sign.ANY,
        "fixed": KEPT_OF_CORRECTION,
    }  # fmt: skip


@reads("submit")
def show_correction(request: MemberRequest, pk: int) -> HttpResponse:
    expense, draft = _corrected(request, pk)
    try:
        corrections.require_correctable(expense, draft)
    except STEP_REFUSALS as refusal:
        messages.error(request, sentence(refusal))
        return redirect("expenses:detail", pk)
    form = InvoiceForm(membership=request.membership, **_correction_options(expense, draft))
    attachments = attachments_of(draft) if draft else []
    return show(request, form, _correction(expense, draft), attachments=attachments)


@writes("submit")
def take_correction(request: MemberRequest, pk: int) -> HttpResponse:
    expense, draft = _corrected(request, pk)
    if is_save(request):
        return _write_correction(request, expense, draft)
    form = reshaped(request, **_correction_options(expense, draft))
    return show(request, form, _correction(expense, draft), papers=take_papers(request))


@once
def _write_correction(request: MemberRequest, expense: Expense, draft: Expense | None) -> HttpResponse:
    papers = take_papers(request)
    form = InvoiceForm(request.POST, membership=request.membership, **_correction_options(expense, draft))
    try:
        with services.waiting_at_most("2s"):
            services.lock_buildings([expense.building_id])
        if form.is_valid():
            _check_began(request, form, expense, draft)
        if form.is_valid():
            written = corrections.correct_expense(
                expense=expense, lines=form.written_entries, on=form.cleaned_data["date"],
                reason=form.cleaned_data["description"], draft=draft,
            )  # fmt: skip
            messages.success(request, _("La correction %(number)s est enregistrée.") % {"number": written.number})
            return saved_expense(request, written, papers)
    except STEP_REFUSALS as refusal:
        form.add_error("date" if isinstance(refusal, services.SpanIsClosed) else None, sentence(refusal))
    return show(request, form, _correction(expense, draft), papers=papers, status=422)


correct = by_method(get=show_correction, post=take_correction)

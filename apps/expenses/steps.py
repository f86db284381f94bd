"""The steps of an expense in the browser: one POST each, for one expense or for those ticked in the list."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import MemberRequest, writes
from apps.expenses import services
from apps.expenses.basis import load_basis
from apps.expenses.corrections import withdraw_approval
from apps.expenses.figures import figures_of
from apps.expenses.forms import PaymentForm, ReasonForm, RejectionForm, fault_of
from apps.expenses.models import Expense
from apps.expenses.queries import visible_expenses
from apps.expenses.refusals import REFUSALS, sentence
from apps.expenses.table import expense_table
from apps.expenses.views import find_expense
from koprogo.addresses import redirect
from koprogo.forms import made_up
from koprogo.listing import PAGE_SIZE


class FiguresChanged(Exception):
    """The expense is no longer what the person saw."""


def _take(
    request: MemberRequest, expense: Expense, success: str, step: Callable[..., Any], **arguments: Any
) -> HttpResponse:
    try:
        with transaction.atomic():
            step(expense=expense, **arguments)
            _require_shown(request, expense)
    except FiguresChanged:
        messages.warning(
            request, _("Cette dépense a été modifiée depuis que cette page s’est affichée : la voici, rien n’est fait.")
        )
    except REFUSALS as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, success)
    return redirect("expenses:detail", expense.pk)


def _require_shown(request: MemberRequest, expense: Expense) -> None:
    """Of what a button carries along: asked after the step, which holds the expense. Raises FiguresChanged."""
    if shown := request.POST.get("shown"):
        stored = Expense.objects.for_organization(request.organization).get(pk=expense.pk)
        if shown != figures_of(stored, expense_table(stored, load_basis(stored.building))):
            raise FiguresChanged


@writes("submit")
def submit(request: MemberRequest, pk: int) -> HttpResponse:
    expense = find_expense(request, pk)
    return _take(request, expense, _("La dépense est soumise pour approbation."), services.submit_expense,
                 by=request.user, at=timezone.now())  # fmt: skip


@writes("submit")
def take_back(request: MemberRequest, pk: int) -> HttpResponse:
    return _take(
        request, find_expense(request, pk), _("La dépense est de nouveau un brouillon."), services.take_back_expense
    )


@writes("approve")
def approve(request: MemberRequest, pk: int) -> HttpResponse:
    expense = find_expense(request, pk)
    return _take(request, expense, _("La dépense est approuvée ; sa répartition est figée."), services.approve_expense,
                 by=request.user, on=timezone.localdate())  # fmt: skip


@writes("approve")
def reject(request: MemberRequest, pk: int) -> HttpResponse:
    expense, form = find_expense(request, pk), RejectionForm(request.POST)
    if not form.is_valid():
        missing = _("Dites en quelques mots pourquoi la dépense est rejetée (500 caractères au plus).")
        messages.error(request, fault_of(form, missing))
        return redirect("expenses:detail", pk)
    return _take(request, expense, _("La dépense est rejetée."), services.reject_expense, **form.cleaned_data)


@writes("approve")
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    expense, form = find_expense(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        missing = _("Dites en quelques mots pourquoi l’approbation est retirée (500 caractères au plus).")
        messages.error(request, fault_of(form, missing))
        return redirect("expenses:detail", pk)
    return _take(request, expense, _("L’approbation est retirée : la dépense est de nouveau un brouillon."),
                 withdraw_approval, by=request.user, on=timezone.localdate(), **form.cleaned_data)  # fmt: skip


@writes("pay")
def pay(request: MemberRequest, pk: int) -> HttpResponse:
    expense, form = find_expense(request, pk), PaymentForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        messages.error(request, _("Indiquez le jour du paiement, passé ou d’aujourd’hui, par exemple 31/12/2025."))
        return redirect("expenses:detail", pk)
    return _take(request, expense, _("La dépense est notée comme payée."), services.pay_expense, **form.cleaned_data)


@writes("pay")
def unpay(request: MemberRequest, pk: int) -> HttpResponse:
    return _take(request, find_expense(request, pk), _("Le paiement est retiré."), services.unpay_expense)


@writes("submit")
def submit_ticked(request: MemberRequest) -> HttpResponse:
    done = _take_ticked(request, services.submit_expense, by=request.user, at=timezone.now())
    if done:
        text = ngettext("%(count)s dépense est soumise.", "%(count)s dépenses sont soumises.", done)
        messages.success(request, text % {"count": done})
    return _back_to_list(request)


@writes("approve")
def approve_ticked(request: MemberRequest) -> HttpResponse:
    done = _take_ticked(request, services.approve_expense, by=request.user, on=timezone.localdate())
    if done:
        text = ngettext("%(count)s dépense est approuvée.", "%(count)s dépenses sont approuvées.", done)
        messages.success(request, text % {"count": done})
    return _back_to_list(request)


def _take_ticked(request: MemberRequest, step: Callable[..., Any], **arguments: Any) -> int:
    """Take the step with each ticked expense that allows it; say of the others why not. The number taken."""
    ticked = _ticked(request)
    if not ticked:
        messages.info(request, _("Cochez d'abord les dépenses dans la liste."))
    done = 0
    found = list(visible_expenses(request.membership).filter(pk__in=ticked).order_by("date", "id"))
    if len(found) < len(ticked):
        made_up.fields |= {"expense"}
    for expense in found:
        try:
            with transaction.atomic():
                step(expense=expense, **arguments)
                _require_amount(expense, ticked[expense.pk])
            done += 1
        except FiguresChanged:
            messages.warning(request, _("%(name)s : son montant a changé, regardez-la d’abord.") % {"name": expense})
        except REFUSALS as refusal:
            messages.error(request, _("%(name)s : %(value)s") % {"name": expense, "value": sentence(refusal)})
    return done


def _ticked(request: MemberRequest) -> dict[int, str]:
    """The ticked expenses with the amounts that the list showed."""
    pairs = (each.partition(":") for each in request.POST.getlist("expense")[:PAGE_SIZE])
    return {int(number): amount for number, _colon, amount in pairs if number.isdecimal() and len(number) < 19}


def _require_amount(expense: Expense, shown: str) -> None:
    """Raises FiguresChanged."""
    stored = Expense.objects.for_organization(expense.organization_id).values_list("amount", flat=True)
    if shown and shown != str(stored.get(pk=expense.pk)):
        raise FiguresChanged


def _back_to_list(request: MemberRequest) -> HttpResponse:
    """The list as it was: its filters come along in the form."""
    query = QueryDict(request.POST.get("query", "")).urlencode()
    return redirect(f"{reverse('expenses:list')}?{query}")

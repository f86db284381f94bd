"""The pages of expenses: the list, one expense with its table, a building's charges."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, reads
from apps.accounts.queries import member_of
from apps.buildings.models import Building, visible_buildings
from apps.expenses.accounts import Chart
from apps.expenses.attachments import attachments_of
from apps.expenses.basis import LotWithoutHolder, load_basis
from apps.expenses.charges import load_charges
from apps.expenses.figures import figures_of
from apps.expenses.forms import PaymentForm, ReasonForm, RejectionForm, SpanForm, fiscal_year
from apps.expenses.models import Expense, Supplier
from apps.expenses.paper_forms import PapersForm
from apps.expenses.pictures import category_chart
from apps.expenses.queries import (
    approvals_of,
    closed_span_on,
    content_of,
    is_intact,
    overdue_on,
    referring_to,
    visible_expenses,
)
from apps.expenses.refusals import gap_sentence, shares_sentence, split_sentence
from apps.expenses.table import expense_table
from koprogo.formats import labels_of
from koprogo.jinja import render
from koprogo.listing import Listing, page_or_fragment, searched_words
from koprogo.prepared import Value


@dataclass(slots=True)
class ExpenseRow:
    id: int
    date: date
    supplier: str
    number: str
    description: str
    building: str
    status: str
    amount: Decimal


EXPENSE_FIELDS = ["id", "date", "supplier_name", "number", "description", "building_name", "status", "amount"]
OVERDUE = "overdue"  # approved, unpaid and past its day: a filter, no status of its own
EXPENSE_ORDERS = {
    "date": ["date"],
    "supplier": ["supplier__search", "supplier_id", "-date"],
    "amount": ["amount"],
    "building": ["building__search", "building_id", "-date"],
}


def _listed(
    role: str, status: str, *, organization: int, membership: int, building: int | None = None,
    today: date | None = None, words: str = "",
) -> QuerySet[Expense]:  # fmt: skip
    found = visible_expenses(member_of(role, organization, membership))
    if building:
        found = found.filter(building=building)
    if status:
        found = found.filter(overdue_on(today) if today else Q(status=status))
    if words:
        found = found.filter(Q(search__contains=words) | Q(supplier__search__contains=words))
    return with_names(found)


def with_names(found: QuerySet[Expense]) -> QuerySet[Expense]:
    """The names of supplier and building, asked for the rows of a page.

    Joined, both bring row security's conditions along: the planner takes what meets them for rare, and joins and
    sorts a whole organization.
    """
    suppliers = Supplier.objects.filter(pk=OuterRef("supplier_id")).values("name")
    buildings = Building.objects.filter(pk=OuterRef("building_id")).values("name")
    return found.annotate(supplier_name=Subquery(suppliers), building_name=Subquery(buildings))


EXPENSES = Listing(_listed, EXPENSE_FIELDS, ExpenseRow, orders=EXPENSE_ORDERS, default="-date")


@reads("see")
def expenses(request: MemberRequest) -> HttpResponse:
    member, words, status, building = request.membership, searched_words(request), request.GET.get("status", ""), None
    values: dict[str, Value] = {"organization": member.organization_id, "membership": member.pk}
    words_of = labels_of(Expense.Status)
    if chosen := request.GET.get("building", ""):
        building = get_object_or_404(visible_buildings(member), pk=chosen if chosen.isdecimal() else 0)
        values["building"] = building.pk
    if status == OVERDUE:
        values["today"] = timezone.localdate()
    elif status not in words_of:
        status = ""
    if words:
        values["words"] = words
    context = {
        "page": EXPENSES.read(request, member.role, status, **values),
        "building": building,
        "status": status,
        "statuses": [("", _("Toutes")), *words_of.items(), (OVERDUE, _("Échue et impayée"))],
    }
    return render(request, page_or_fragment(request, "expenses/list.html", "expenses/_table.html"), context)


def find_expense(request: MemberRequest, pk: int) -> Expense:
    found = visible_expenses(request.membership).select_related("building", "supplier", "submitted_by", "refers_to")
    return get_object_or_404(found, pk=pk)


def expense_context(request: MemberRequest, expense: Expense) -> dict[str, Any]:
    """What the page and the paper of an expense show."""
    basis = load_basis(expense.building)
    approvals = approvals_of(expense)
    approval = next((each.approval for each in approvals if each.withdrawal is None), None)
    tables = expense_table(expense, basis)
    return {
        "expense": expense,
        "approval": approval,
        "approvals": approvals,
        "is_intact": approval is None or is_intact(approval),
        "tables": tables,
        "lines": list({each.line.pk: each.line for each in tables}.values()),
        "split_sentence": split_sentence,
        "chart": Chart(),
        "shares_are_off": (
            shares_sentence(basis.share_sum, basis.building.total_shares)
            if basis.share_sum != basis.building.total_shares else ""
        ),
    }  # fmt: skip


@reads("see")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    expense = find_expense(request, pk)
    context = expense_context(request, expense)
    context |= {
        "shown": figures_of(expense, context["tables"]),
        "attachments": attachments_of(expense),
        "papers_form": PapersForm(),
        "referring": list(referring_to(expense)),
        "closed": closed_span_on(expense.building, expense.date),
        "rejection_form": RejectionForm(),
        "withdrawal_form": ReasonForm(auto_id="id_withdraw_%s"),
        "payment_form": PaymentForm(initial={"on": timezone.localdate()}, today=timezone.localdate()),
    }
    return render(request, "expenses/detail.html", context)


@reads("see")
def charges(request: MemberRequest, building_pk: int) -> HttpResponse:
    building = find_building(request, building_pk)
    form, span = read_span(request, building)
    context: dict[str, Any] = {"building": building, "form": form}
    if span is None:
        return render(request, "expenses/charges.html", context | {"charges": None}, status=422)
    try:
        found = load_charges(building, *span)
    except LotWithoutHolder as gap:
        messages.error(request, gap_sentence(gap))
        return render(request, "expenses/charges.html", context | {"charges": None}, status=422)
    chart = Chart()
    return render(
        request, "expenses/charges.html",
        context | {"charges": found, "chart": chart, "picture": category_chart(found, chart),
                   "content": content_of(building, *span),
                   "span": urlencode({"first": str(span[0]), "last": str(span[1])})},
    )  # fmt: skip


def find_building(request: MemberRequest, pk: int) -> Building:
    return get_object_or_404(visible_buildings(request.membership), pk=pk)


def read_span(request: MemberRequest, building: Building) -> tuple[SpanForm, tuple[date, date] | None]:
    """The span that the address names, None when it is wrong; without one, the year of the latest approved expense."""
    data = request.GET.copy()
    if "first" not in data and "last" not in data:
        latest = (
            visible_expenses(request.membership)
            .filter(building=building, status__in=Expense.APPROVED_STATUSES)
            .order_by("-date").values_list("date", flat=True).first()
        )  # fmt: skip
        first, last = fiscal_year(building.fiscal_year_start_month, latest or timezone.localdate())
        data.update({"first": first.isoformat(), "last": last.isoformat()})
    form = SpanForm(data)
    return form, (form.cleaned_data["first"], form.cleaned_data["last"]) if form.is_valid() else None

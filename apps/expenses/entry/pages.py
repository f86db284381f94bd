"""The page of the form, whatever it is for: an invoice, a credit note, a correction.

A view of such a page: `take_papers`, then `reshaped` when the button saves nothing, else the form, its service and
`show`. It lets its address end in a word (`/expenses/12/edit/`): these take papers along (koprogo.bodies).
"""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse

from apps.accounts.access import MemberRequest
from apps.documents.models import Document
from apps.documents.services import pending_papers, remove_documents
from apps.expenses.entry import typed
from apps.expenses.entry.forms import InvoiceForm
from apps.expenses.entry.reshaping import SAVES, propose, reshape
from apps.expenses.models import Account, Attachment, Supplier
from apps.expenses.paper_forms import PapersForm, keep_papers
from koprogo.jinja import render
from koprogo.listing import page_or_fragment

MOST_NAMES = 1000  # in the list from which a supplier is picked; others are found by what is typed
SHORTEST_ACCOUNT = 3


@dataclass(frozen=True)
class Purpose:
    """What the form is for. `saves`: the word of each button that saves, with its label."""

    heading: str
    saves: list[tuple[str, str]]
    trail: list[tuple[str, str]] = field(default_factory=list)
    sentence: str = ""
    back: str = ""  # the address that "Annuler" leads to
    hidden: dict[str, str] = field(default_factory=dict)  # what travels with the form


def is_save(request: MemberRequest) -> bool:
    return request.POST.get("do", "") in SAVES


def first_texts(request: MemberRequest, **texts: str) -> typed.Texts:
    """What stands in an empty form, with what can be proposed."""
    data = typed.to_data({"line": ["0"], **texts})
    propose(data, request.membership)
    return dict(data.lists())


def reshaped(request: MemberRequest, **options: Any) -> InvoiceForm:
    """The form after a button that saves nothing; `options` are the form's."""
    data = reshape(request.POST, request.membership)
    return InvoiceForm(data, membership=request.membership, is_checked=False, **options)


def take_papers(request: MemberRequest) -> list[Document]:
    """The papers that came along and those that came before; what a button takes away is removed."""
    if not request.FILES and "paper" not in request.POST:
        return []
    kept, faults = keep_papers(request, PapersForm(request.POST, request.FILES))
    for fault in faults:
        messages.error(request, fault)
    found = pending_papers(request.organization, request.user)
    wanted = [each for each in request.POST.getlist("paper") if each.isdecimal() and len(each) < 19]
    papers = [*found.filter(pk__in=wanted).order_by("pk"), *kept]
    word, _colon, number = request.POST.get("do", "").partition(":")
    if word == "drop":
        remove_documents([paper for paper in papers if str(paper.pk) == number])
        papers = [paper for paper in papers if paper.pk is not None]
    return papers


def show(
    request: MemberRequest, form: InvoiceForm, purpose: Purpose, *, papers: list[Document] | None = None,
    attachments: list[Attachment] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    suppliers = Supplier.objects.for_organization(request.organization).in_use().order_by("search", "id")
    context = {
        "form": form,
        "purpose": purpose,
        "papers": papers or [],
        "attachments": attachments or [],
        "papers_form": PapersForm(),
        "most_megabytes": settings.KOPROGO_PAPER_MEGABYTES,
        "supplier_names": list(suppliers.values_list("name", flat=True)[:MOST_NAMES]),
        "accounts": [each for each in Account.objects.order_by("code") if len(each.code) >= SHORTEST_ACCOUNT],
        "guess": form.texts.get("guess", ""),
    }
    is_about_papers = request.POST.get("do", "").partition(":")[0] in {"keep", "drop"}
    fragment = "expenses/_papers.html" if is_about_papers else "expenses/_invoice.html"
    return render(request, page_or_fragment(request, "expenses/form.html", fragment), context, status=status)

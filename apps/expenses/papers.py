"""Downloads. Who took which paper is in the journal."""

from io import BytesIO
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, reads
from apps.accounts.limits import limited
from apps.audit.services import record
from apps.expenses import exports
from apps.expenses.basis import LotWithoutHolder
from apps.expenses.charges import load_charges
from apps.expenses.views import expense_context, find_building, find_expense, read_span
from koprogo.addresses import redirect

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@reads("export")
@limited
def apportionment_pdf(request: MemberRequest, pk: int) -> HttpResponse:
    expense = find_expense(request, pk)
    context = expense_context(request, expense) | {
        "organization": request.organization, "issued_on": timezone.localdate()
    }  # fmt: skip
    content = exports.write_apportionment_pdf(context)
    name = f"{slugify(_('Répartition'))}-{slugify(expense.building.reference)}-{slugify(expense.number)}.pdf"
    record("exported", organization_id=request.organization.pk, on=expense, changes={"paper": [None, name]})
    return _download(content, PDF, name)


@reads("export")
@limited
def charges_pdf(request: MemberRequest, building_pk: int) -> HttpResponse:
    return _charges(request, building_pk, "pdf")


@reads("export")
@limited
def charges_xlsx(request: MemberRequest, building_pk: int) -> HttpResponse:
    return _charges(request, building_pk, "xlsx")


def _charges(request: MemberRequest, building_pk: int, kind: str) -> HttpResponse:
    building = find_building(request, building_pk)
    _form, span = read_span(request, building)
    if span is None:
        return redirect(f"{request.path.rpartition('/')[0]}/?{request.GET.urlencode()}")
    try:
        charges = load_charges(building, *span)
    except LotWithoutHolder:
        return redirect(f"{request.path.rpartition('/')[0]}/?{request.GET.urlencode()}")  # that page says which
    if kind == "pdf":
        content, media = exports.write_charges_pdf(charges, request.organization, timezone.localdate()), PDF
    else:
        file = BytesIO()
        exports.write_charges_xlsx(charges, file)
        content, media = file.getvalue(), XLSX
    name = f"{slugify(_('Charges'))}-{slugify(building.reference)}-{span[0]:%Y%m%d}-{span[1]:%Y%m%d}.{kind}"
    record("exported", organization_id=request.organization.pk, on=building, changes={"paper": [None, name]})
    return _download(content, media, name)


def _download(content: bytes, media: str, name: str) -> HttpResponse:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media, headers=headers)

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.limits import limited
from apps.takeover import services
from apps.takeover.forms import ConfirmForm, UploadForm
from apps.takeover.models import Takeover
from apps.takeover.preview import Preview
from apps.takeover.reading import write_template
from koprogo.addresses import redirect
from koprogo.jinja import render
from koprogo.listing import read_page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(slots=True)
class TakeoverRow:
    id: int
    started_at: datetime
    name: str
    status: str
    started_by: str | None


FIELDS = ["id", "started_at", "document__name", "status", "started_by__name"]


@reads("import")
def new_upload(request: MemberRequest) -> HttpResponse:
    return _upload_page(request, UploadForm())


@writes("import")
@limited
def receive_upload(request: MemberRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form, status=422)
    file = form.cleaned_data["file"]
    takeover = services.receive_workbook(
        organization=request.organization, file=file, name=file.name, by=request.user, at=timezone.now()
    )
    return redirect("takeover:detail", takeover.pk)


upload = by_method(get=new_upload, post=receive_upload)


def _upload_page(request: MemberRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    found = Takeover.objects.for_organization(request.organization).order_by("-id")
    context = {
        "form": form,
        "page": read_page(request, found, FIELDS, TakeoverRow),
        "labels": dict(Takeover.Status.choices),
    }
    return render(request, "takeover/upload.html", context, status=status)


@reads("import")
def template(request: MemberRequest) -> HttpResponse:
    file = BytesIO()
    write_template(file)
    headers = {"Content-Disposition": f'attachment; filename="{slugify(_("Modèle de classeur"))}.xlsx"'}
    return HttpResponse(file.getvalue(), content_type=XLSX, headers=headers)


def _takeover(request: MemberRequest, pk: int) -> Takeover:
    found = Takeover.objects.for_organization(request.organization)
    return get_object_or_404(found.select_related("document", "job", "started_by"), pk=pk)


@reads("import")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    takeover = _takeover(request, pk)
    context = {"takeover": takeover, "job": takeover.job, "preview": Preview(**takeover.preview), "form": ConfirmForm()}
    return render(request, "takeover/detail.html", context)


@writes("import")
def confirm(request: MemberRequest, pk: int) -> HttpResponse:
    form = ConfirmForm(request.POST)
    form.full_clean()  # two ticks: nothing in them can be wrong
    approve = form.cleaned_data["approve"] and request.membership.may("approve")
    try:
        services.confirm_takeover(
            takeover=_takeover(request, pk), approve=approve, by=request.user, at=timezone.now(),
            still_to_be_settled=form.cleaned_data["still_to_be_settled"],
        )  # fmt: skip
    except services.NotChecked:
        messages.info(request, _("Cette reprise est déjà confirmée, ou le classeur a des fautes."))
    except services.HasFaults:
        services.check_takeover(takeover=_takeover(request, pk))
        messages.error(request, _("Entre-temps, des données ont changé : voyez les fautes. Rien n'a été écrit."))
    except services.CannotApprove as refusal:
        messages.error(
            request, f"{refusal} {_('Rien n’a été écrit : confirmez sans approuver, ou corrigez le classeur.')}"
        )
    else:
        messages.success(request, _("La reprise est confirmée."))
    return redirect("takeover:detail", pk)

"""The report "Rapport de performance et capacité" and the load tests that it is printed from: for our staff."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.audit.services import record
from apps.ops import services
from apps.ops.forms import KeepLoadTestsForm
from apps.ops.models import LoadTest, Mix
from apps.ops.report.build import Report, build_report, latest_tests, main_test
from apps.ops.staff import StaffRequest, staff_only
from koprogo import formats
from koprogo.addresses import redirect
from koprogo.jinja import render
from koprogo.listing import read_page
from koprogo.pdf import render_pdf

READ = ["GET", "HEAD"]
FIELDS = ["id", "started_at", "mix", "portfolio_buildings", "seconds", "connections", "proxy", "kept_by__name"]


@dataclass(slots=True)
class TestRow:
    id: int
    started_at: datetime
    mix: str
    portfolio_buildings: int
    seconds: int
    connections: int
    proxy: bool
    kept_by: str | None


@staff_only(*READ)
def report(request: StaffRequest) -> HttpResponse:
    return render(request, "ops/report.html", {"report": _chosen_report(request)})


@staff_only(*READ)
def report_pdf(request: StaffRequest) -> HttpResponse:
    found = _chosen_report(request)
    if found is None:
        return redirect("ops:report")  # that page says what to do
    content = render_pdf("ops/report_paper.html", {"report": found, "issued_on": timezone.localdate()})
    name = f"rapport-performance-{found.test.started_at:%Y%m%d-%H%M}.pdf"
    record("exported", organization_id=None, on=found.test, changes={"paper": [None, name]})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _chosen_report(request: StaffRequest) -> Report | None:
    """Of the test that ?run= names, else of the main one; None while there is none."""
    latest, chosen = latest_tests(), request.GET.get("run", "")
    if not chosen:
        test = main_test(latest)
    elif chosen.isascii() and chosen.isdigit() and len(chosen) < 18:
        test = get_object_or_404(LoadTest, pk=chosen)
    else:
        raise Http404
    return build_report(test, latest) if test else None


@staff_only("POST", *READ)
def load_tests(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _list(request, KeepLoadTestsForm())
    form = KeepLoadTestsForm(request.POST, request.FILES)
    if form.is_valid():
        files = [(file.name, file.read()) for file in form.cleaned_data["files"]]
        try:
            kept = services.keep_load_tests(files=files, by=request.user, at=timezone.now())
        except services.WrongFiles as refusal:
            form.add_error("files", refusal.sentences)
        else:
            _tell(request, kept)
            return redirect("ops:load_tests")
    return _list(request, form, status=422)


def _tell(request: StaffRequest, kept: services.Kept) -> None:
    for name in kept.known:
        messages.info(request, _("%(file)s : ce test est déjà gardé.") % {"file": name})
    if kept.tests:
        total = len(kept.tests)
        sentence = ngettext("Un test de charge est gardé.", "%(count)s tests de charge sont gardés.", total)
        messages.success(request, sentence % {"count": total})


def _list(request: StaffRequest, form: KeepLoadTestsForm, status: int = 200) -> HttpResponse:
    found = LoadTest.objects.order_by("-started_at", "-id")
    context = {"form": form, "page": read_page(request, found, FIELDS, TestRow), "mixes": formats.labels_of(Mix)}
    return render(request, "ops/load_tests.html", context, status=status)


@staff_only("POST")
@transaction.atomic
def remove_load_test(request: StaffRequest, pk: int) -> HttpResponse:
    services.remove_load_test(test=get_object_or_404(LoadTest, pk=pk))
    messages.success(request, _("Le test de charge est retiré."))
    return redirect("ops:load_tests")

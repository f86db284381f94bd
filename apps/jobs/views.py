"""The list of long works, one work with its progress, and cancelling it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, reads, writes
from apps.jobs.models import Job
from apps.jobs.queries import may_cancel, who_start_jobs
from apps.jobs.services import JobIsOver, cancel_job
from koprogo.addresses import redirect
from koprogo.formats import labels_of
from koprogo.jinja import render
from koprogo.listing import page_or_fragment, read_page


@dataclass(slots=True)
class JobRow:
    id: int
    created_at: datetime
    title: str
    status: str
    done: int
    total: int
    message: str
    result_url: str
    started_by: str | None

    @property
    def is_over(self) -> bool:
        return self.status in Job.OVER


FIELDS = ["id", "created_at", "title", "status", "done", "total", "message", "result_url", "started_by__name"]


@reads("submit")
def jobs(request: MemberRequest) -> HttpResponse:
    """The latest first; while one of them goes on htmx asks for the table again."""
    found = Job.objects.for_organization(request.organization).order_by("-id")
    people = who_start_jobs(request.organization)
    if (status := request.GET.get("status", "")) in Job.Status.values:
        found = found.filter(status=status)
    person = next((pk for pk, _name in people if str(pk) == request.GET.get("person")), None)
    if person is not None:
        found = found.filter(started_by=person)
    page = read_page(request, found, FIELDS, JobRow)
    context = {
        "page": page,
        "is_moving": any(not row.is_over for row in page.rows),
        "labels": labels_of(Job.Status),
        "status": status,
        "people": people,
        "person": person,
    }
    return render(request, page_or_fragment(request, "jobs/list.html", "jobs/_table.html"), context)


@reads("submit")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """A job; while it runs htmx asks for its progress alone."""
    job = _job(request, pk)
    if not request.headers.get("HX-Request"):
        return render(request, "jobs/detail.html", {"job": job, "may_cancel": may_cancel(request.membership, job)})
    response = render(request, "jobs/_progress.html", {"job": job})
    if job.is_over:
        response["HX-Refresh"] = "true"  # the whole page knows what to show now
    return response


@writes("submit")
def cancel(request: MemberRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    if not job.is_over and not may_cancel(request.membership, job):
        raise PermissionDenied
    try:
        job = cancel_job(job=job, by=request.user)
    except JobIsOver:
        messages.info(request, _("Ce traitement est déjà terminé : il n’y a plus rien à annuler."))
    else:
        if not job.is_over:
            messages.info(request, _("L’annulation est demandée : le traitement s’arrête à sa prochaine étape."))
    return redirect("jobs:detail", pk)


def _job(request: MemberRequest, pk: int) -> Job:
    return get_object_or_404(Job.objects.for_organization(request.organization).select_related("started_by"), pk=pk)

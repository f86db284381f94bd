from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from apps.accounts.access import MemberRequest, reads
from apps.jobs.models import Job
from koprogo.listing import read_page


@dataclass(slots=True)
class JobRow:
    id: int
    created_at: datetime
    title: str
    status: str
    message: str
    result_url: str
    started_by: str | None


FIELDS = ["id", "created_at", "title", "status", "message", "result_url", "started_by__name"]


@reads("submit")
def jobs(request: MemberRequest) -> HttpResponse:
    found = Job.objects.for_organization(request.organization).order_by("-id")
    context = {"page": read_page(request, found, FIELDS, JobRow), "labels": dict(Job.Status.choices)}
    return render(request, "jobs/list.html", context)


@reads("submit")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """A job; while it runs htmx asks for its progress alone."""
    job = get_object_or_404(Job.objects.for_organization(request.organization), pk=pk)
    if not request.headers.get("HX-Request"):
        return render(request, "jobs/detail.html", {"job": job})
    response = render(request, "jobs/_progress.html", {"job": job})
    if job.is_over:
        response["HX-Refresh"] = "true"  # the whole page knows what to show now
    return response

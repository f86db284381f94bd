"""The yardstick of the load test."""

from django.http import HttpResponse

from apps.accounts.access import MemberRequest, reads


@reads("see")
def empty(request: MemberRequest) -> HttpResponse:
    """A member's page that shows nothing: what the way there and back costs alone (`deploy/loadtest`)."""
    return HttpResponse("")

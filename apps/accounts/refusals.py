"""Who tries a door that is not theirs leaves a trace: a page that is refused or not there is told to the journal."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import csrf
from django.views.defaults import page_not_found

from apps.audit.services import record
from koprogo.forms import made_up

logger = logging.getLogger(__name__)
INSUFFICIENT_PRIVILEGE = "42501"
LONGEST_REASON = 500  # characters


class RefusalMiddleware:
    """What PostgreSQL refuses to this organization is a page that does not exist."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        made_up.fields = frozenset()
        answer = self.get_response(request)
        if made_up.fields:  # of somebody else's, or gone since the page was opened
            record_refusal(request, HTTPStatus.UNPROCESSABLE_ENTITY, sorted(made_up.fields))
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, PermissionDenied):
            record_refusal(request, HTTPStatus.FORBIDDEN)
        elif isinstance(exception, Http404):
            record_refusal(request, HTTPStatus.NOT_FOUND)
        elif isinstance(exception, DatabaseError) and _is_refusal(exception):
            logger.error("refused by PostgreSQL", exc_info=exception)
            record_refusal(request, HTTPStatus.NOT_FOUND)
            return page_not_found(request, exception)
        return None


def record_refusal(request: HttpRequest, answer: HTTPStatus, fields: Sequence[str] = ()) -> None:
    organization = request.organization  # type: ignore[attr-defined]
    reason = f"{request.method} {request.path}".replace("\0", "")[:LONGEST_REASON]
    changes = {"answer": [None, answer.value]} | ({"fields": [None, ", ".join(fields)]} if fields else {})
    record("refused", organization_id=organization.pk if organization else None, changes=changes, reason=reason)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own pages."""
    record_refusal(request, HTTPStatus.FORBIDDEN)
    return csrf.csrf_failure(request, reason)


def _is_refusal(exception: DatabaseError) -> bool:
    """Row-level security, or a privilege that the application's role does not have."""
    return getattr(exception.__cause__, "sqlstate", "") == INSUFFICIENT_PRIVILEGE

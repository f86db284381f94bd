"""The doors of the product's views: who may enter, and whether the view may write.

What lies outside what you may see is 404 (the views look through the organization); what you may see but not do
is 403 (here).
"""

import logging
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from apps.accounts import second_factor
from apps.accounts.models import Membership, Organization, User
from apps.accounts.permissions import Permission
from koprogo.addresses import redirect
from koprogo.context import judge_deferred_rules
from koprogo.jinja import render

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


class MemberRequest(HttpRequest):
    """A request behind these doors: a person who is a member of the chosen organization."""

    user: User
    membership: Membership
    organization: Organization


class WriteRefused(Exception):
    """A view for reading tried to write: a defect of ours."""


class TryAgain(Exception):
    """What the first try hoped for did not come about (`hope`)."""


def reads(permission: Permission) -> Callable[[View], View]:
    """A view that shows something: GET only, and it cannot write but for the audit."""
    return _door(permission, methods=["GET", "HEAD"], run=_read)


def writes(permission: Permission) -> Callable[[View], View]:
    """A view that changes something: POST only, in one transaction."""
    return _door(permission, methods=["POST"], run=_write)


def by_method(*, get: View, post: View) -> View:
    """One URL for a form: `get` shows it, `post` takes it."""

    @wraps(get)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (post if request.method == "POST" else get)(request, *args, **kwargs)

    view.doors = {"GET": get.permission, "POST": post.permission}  # type: ignore[attr-defined]
    return view


def _door(permission: Permission, *, methods: list[str], run: Callable[..., HttpResponse]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if request.membership is None:  # type: ignore[attr-defined]
                return redirect("accounts:organizations")
            if second_factor.is_missing(request):
                return second_factor.ask(request)
            if not request.membership.may(permission):  # type: ignore[attr-defined]
                raise PermissionDenied
            try:
                return run(view, request, *args, **kwargs)
            except (IntegrityError, DataError) as refusal:
                logger.warning("refused by a rule of the database", extra={"rule": rule_of(refusal)})
                return render(request, "409.html", status=409)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


class _Hope(threading.local):
    is_alive = False


hope = _Hope()  # that no rule of the database refuses: then nothing needs to be undone but the whole


def _write(view: View, request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """In one transaction. Nearly all that is sent goes through: it is tried first without savepoints, a tenth of its
    cost. What is refused is undone whole and done again with them (`beside`), so that the refusal is told in its place.
    """
    hope.is_alive = True
    try:
        return _in_transaction(view, request, *args, **kwargs)
    except (TryAgain, IntegrityError, DataError):
        pass
    finally:
        hope.is_alive = False
    request._messages = default_storage(request)  # type: ignore[attr-defined] # none of the first try's
    for _name, files in request.FILES.lists():
        for each in files:
            each.seek(0)
    return _in_transaction(view, request, *args, **kwargs)


def _in_transaction(view: View, request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """What deferred rules refuse at commit, the door still tells."""
    is_within_another = connection.in_atomic_block
    with transaction.atomic():
        answer = view(request, *args, **kwargs)
        if is_within_another:
            judge_deferred_rules()
    return answer


def rule_of(refusal: DatabaseError) -> str:
    """The name of the constraint or rule that refused."""
    diagnosis = getattr(refusal.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def _read(view: View, request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    wrappers = connection.execute_wrappers  # execute_wrapper() does the same in four calls
    wrappers.append(_refuse_writes)
    try:
        return view(request, *args, **kwargs)
    finally:
        wrappers.pop()


def _refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    words = sql.split(None, 3)
    is_write = words[0].upper() in {"INSERT", "UPDATE", "DELETE"}
    if is_write and words[2].strip('"') != "audit_event":
        raise WriteRefused(sql)
    return execute(sql, params, many, context)

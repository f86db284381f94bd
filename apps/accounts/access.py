"""The doors of the product's views: who may enter, and whether the view may write.

What lies outside what you may see is 404 (the views look through the organization); what you may see but not do
is 403 (here).
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from apps.accounts.models import Membership, Organization, User
from apps.accounts.permissions import Permission
from koprogo.context import judge_deferred_rules

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


class MemberRequest(HttpRequest):
    """A request behind these doors: a person who is a member of the chosen organization."""

    user: User
    membership: Membership
    organization: Organization


class WriteRefused(Exception):
    """A view for reading tried to write: a defect of ours."""


def reads(permission: Permission) -> Callable[[View], View]:
    """A view that shows something: GET only, and it cannot write but for the audit."""
    return _door(permission, methods=["GET", "HEAD"], around=_reading)


def writes(permission: Permission) -> Callable[[View], View]:
    """A view that changes something: POST only, in one transaction."""
    return _door(permission, methods=["POST"], around=_writing)


def by_method(*, get: View, post: View) -> View:
    """One URL for a form: `get` shows it, `post` takes it."""

    @wraps(get)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return (post if request.method == "POST" else get)(request, *args, **kwargs)

    view.doors = {"GET": get.permission, "POST": post.permission}  # type: ignore[attr-defined]
    return view


def _door(permission: Permission, *, methods: list[str], around: Callable[[], Any]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if request.membership is None:  # type: ignore[attr-defined]
                return redirect("accounts:organizations")
            if not request.membership.may(permission):  # type: ignore[attr-defined]
                raise PermissionDenied
            try:
                with around():
                    return view(request, *args, **kwargs)
            except (IntegrityError, DataError) as refusal:
                logger.warning("refused by a rule of the database", extra={"rule": rule_of(refusal)})
                return render(request, "409.html", status=409)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


@contextmanager
def _writing() -> Iterator[None]:
    """One transaction; what its deferred rules refuse at commit, the door still tells."""
    is_within_another = connection.in_atomic_block
    with transaction.atomic():
        yield
        if is_within_another:
            judge_deferred_rules()


def rule_of(refusal: DatabaseError) -> str:
    """The name of the constraint or rule that refused."""
    diagnosis = getattr(refusal.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def _reading() -> Any:
    return connection.execute_wrapper(_refuse_writes)


def _refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    words = sql.split(None, 3)
    is_write = words[0].upper() in {"INSERT", "UPDATE", "DELETE"}
    if is_write and words[2].strip('"') != "audit_event":
        raise WriteRefused(sql)
    return execute(sql, params, many, context)

"""The door of our staff's own pages: for everybody else they do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request behind this door."""

    user: User


def staff_only(*methods: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not cast(User, request.user).is_staff:
                raise Http404
            return view(request, *args, **kwargs)

        return cast(View, require_http_methods(list(methods))(guarded))

    return decorate

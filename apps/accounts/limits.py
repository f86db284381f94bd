"""How often one person may ask for what keeps the processor busy: papers, workbooks, copies, takeovers."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from time import time
from typing import Any

from django.core.cache import cache
from django.http import HttpResponse

from apps.accounts.access import MemberRequest
from apps.accounts.refusals import record_refusal
from koprogo.jinja import render

MOST = 20  # a person and minute, of all such pages together: nobody reads them faster
MINUTE = 60  # seconds
View = Callable[..., HttpResponse]


def limited(view: View) -> View:
    """Below `@reads` or `@writes`. Beyond the limit: 429, a sentence that says when to come back, and the journal."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        minute, second = divmod(int(time()), MINUTE)
        if _asked(f"limited:{request.user.pk}:{minute}") <= MOST:
            return view(request, *args, **kwargs)
        record_refusal(request, HTTPStatus.TOO_MANY_REQUESTS)
        seconds = MINUTE - second
        answer = render(request, "accounts/limited.html", {"seconds": seconds}, status=HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(seconds)
        return answer

    return guarded


def _asked(key: str) -> int:
    """How often, this time included; a cache that has let go of it counts anew."""
    cache.add(key, 0, 2 * MINUTE)
    try:
        return cache.incr(key)
    except ValueError:
        return 1

"""What has waited too long is refused at once: its sender has given up or will, and the others need the time.

Before Django, so that a refusal costs neither a session nor a statement.
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from koprogo.headers import HEADERS
from koprogo.web_worker import QUEUED_AT

RETRY_AFTER = 10  # seconds
# Unix time in seconds, or in milliseconds, as proxies write it: t=1763850000.123, 1763850000123.
STAMP = re.compile(r"(?:t=)?([0-9]{9,10}(?:\.[0-9]{1,9})?|[0-9]{12,13})")
MAX_BELIEVED = 120  # seconds: no proxy waits as long, so one of the two clocks is wrong


class Shedding:
    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application
        with translation.override("fr"):
            self.page = render_to_string("503.html").encode()
        self.headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(self.page))),
            ("Retry-After", str(RETRY_AFTER)),
            *HEADERS.items(),
        ]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if seconds_waited(environ) > settings.KOPROGO_MAX_WAIT:
            start_response("503 Service Unavailable", self.headers)
            return [self.page]
        return self.application(environ, start_response)


def seconds_waited(environ: dict[str, Any]) -> float:
    """In the web server's queue, or since a trusted proxy stamped it (X-Request-Start)."""
    queued_at = environ.get(QUEUED_AT)
    in_queue = 0.0 if queued_at is None else time.monotonic() - queued_at
    stamp = environ.get("HTTP_X_REQUEST_START") if settings.KOPROGO_PROXIES else None
    return max(in_queue, _seconds_since(stamp) if stamp else 0.0)


def _seconds_since(stamp: str) -> float:
    found = STAMP.fullmatch(stamp.strip())
    if found is None:
        return 0.0
    written = float(found[1])
    waited = time.time() - (written if written < 10**11 else written / 1000)
    return waited if waited < MAX_BELIEVED else 0.0

import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.test import RequestFactory

from koprogo.headers import HEADERS
from koprogo.shedding import Shedding, seconds_waited
from koprogo.web_worker import QUEUED_AT


class Answer:
    """What a WSGI server would have sent."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.was_served = False
        self.body = b"".join(Shedding(self.served)(environ, self.start))

    def served(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.was_served = True
        start_response("200 OK", [])
        return [b"served"]

    def start(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)


def stamped(rf: RequestFactory, stamp: str) -> dict[str, Any]:
    return rf.get("/", HTTP_X_REQUEST_START=stamp).environ


@pytest.fixture
def _behind_a_proxy(settings: Any) -> None:
    settings.KOPROGO_PROXIES = 1


@pytest.mark.usefixtures("_behind_a_proxy")
def test_what_has_waited_too_long_is_refused_at_once(rf: RequestFactory) -> None:
    """Without the database: this test may not use it."""
    answer = Answer(stamped(rf, f"t={time.time() - 6:.3f}"))

    assert (answer.was_served, answer.status) == (False, "503 Service Unavailable")
    assert answer.headers == HEADERS | {
        "Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(answer.body)), "Retry-After": "10",
    }  # fmt: skip
    page = answer.body.decode()
    assert '<html lang="fr">' in page
    assert "réessayez dans quelques secondes" in page
    assert "probeer het over enkele seconden opnieuw" in page


@pytest.mark.usefixtures("_behind_a_proxy")
@pytest.mark.parametrize("write", ["t={0:.3f}", "{0:.6f}", "t={1}", "{1}"])
def test_proxies_write_seconds_or_milliseconds(rf: RequestFactory, write: str) -> None:
    for age in (1, 4):
        assert Answer(stamped(rf, write.format(time.time() - age, int(1000 * (time.time() - age))))).was_served
    for age in (6, 60):
        assert not Answer(stamped(rf, write.format(time.time() - age, int(1000 * (time.time() - age))))).was_served


@pytest.mark.usefixtures("_behind_a_proxy")
@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "yesterday",
        "t=",
        "t=-1",
        "0",
        "nan",
        "inf",
        "1e9",
        "t=1763850000,t=1763850000",
        "9" * 400,
        "t=１７６３８５００００",
    ],
)
def test_odd_stamp_refuses_nobody(rf: RequestFactory, stamp: str) -> None:
    assert Answer(stamped(rf, stamp)).was_served


@pytest.mark.usefixtures("_behind_a_proxy")
@pytest.mark.parametrize("ahead", [-3600, -121, 3600])
def test_clock_set_wrong_refuses_nobody(rf: RequestFactory, ahead: int) -> None:
    assert Answer(stamped(rf, f"t={time.time() + ahead:.3f}")).was_served


def test_without_a_proxy_a_stamp_counts_for_nothing(rf: RequestFactory) -> None:
    assert Answer(stamped(rf, f"t={time.time() - 60:.3f}")).was_served


def test_time_in_the_queue_of_the_web_server_counts_without_a_proxy(rf: RequestFactory, settings: Any) -> None:
    environ = rf.get("/").environ | {QUEUED_AT: time.monotonic() - 2}

    assert Answer(environ).was_served
    settings.KOPROGO_MAX_WAIT = 1.5
    assert not Answer(environ).was_served


@pytest.mark.usefixtures("_behind_a_proxy")
def test_longer_of_both_waits_counts(rf: RequestFactory) -> None:
    environ = stamped(rf, f"t={time.time() - 3:.3f}")

    assert seconds_waited(environ | {QUEUED_AT: time.monotonic() - 1}) == pytest.approx(3, abs=0.5)
    assert seconds_waited(environ | {QUEUED_AT: time.monotonic() - 4}) == pytest.approx(4, abs=0.5)

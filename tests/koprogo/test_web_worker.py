"""A real gunicorn of one thread: whoever holds that thread is seen at once."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from koprogo.web_worker import AT_ONCE, GATHERED, is_whole, kind_of
from tests.koprogo.instance import ROOT, free_port

APPLICATION = f"""
import time

from koprogo import web_worker

web_worker.MAX_ARRIVAL, web_worker.MAX_STALL = 2, 1
at_work = []
most_at_work = 0


def application(environ, start_response):
    global most_at_work
    waited = time.monotonic() - environ[web_worker.QUEUED_AT]
    at_work.append(None)
    most_at_work = max(most_at_work, len(at_work))
    time.sleep(float(environ["QUERY_STRING"] or 0))
    at_work.pop()
    body = environ["wsgi.input"].read() if environ["PATH_INFO"] == "/read" else b""
    answer = f"{{environ['PATH_INFO']}} {{len(body)}} {{waited:.1f}}".encode()
    if environ["PATH_INFO"] == "/large":
        answer = b"x" * {8 * 1024 * 1024}
    if environ["PATH_INFO"] == "/most":
        answer = str(most_at_work).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
    return [answer]
"""
HEAD = b"GET /page HTTP/1.1\r\nHost: localhost\r\n"
FORM = b"POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
ENOUGH = 20  # connections


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("application")) as (_, port):
        yield port


@contextmanager
def serving(folder: Path, threads: int = 1) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    (folder / "patient_application.py").write_text(APPLICATION)
    port = free_port()
    settings = {"bind": f"127.0.0.1:{port}", "threads": threads, "worker-connections": ENOUGH, "pythonpath": folder}
    options = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "gunicorn", "-k", "koprogo.web_worker.Worker", "--keep-alive", "60"]
    with subprocess.Popen(
        [
            *command,
            "--preload",
            "--no-control-socket",
            "--log-level",
            "critical",
            *options,
            "patient_application:application",
        ],
        cwd=ROOT,
    ) as gunicorn:
        try:
            wait_until_served(port)
            yield gunicorn, port
        finally:
            gunicorn.kill() if gunicorn.poll() is None else None


def wait_until_served(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if ask(port) == "/page 0 0.0":
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("gunicorn does not answer")


def connect(port: int, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(sent)
    return connection


def read(connection: socket.socket) -> str:
    """One answer's body, and nothing of what may come behind it; "" where the server has hung up."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        head += byte
    left = int(head.lower().partition(b"content-length:")[2].split()[0])
    pieces = []
    while left:
        pieces.append(connection.recv(left))
        assert pieces[-1], "the server has hung up within a body"
        left -= len(pieces[-1])
    return b"".join(pieces).decode()


def ask(port: int, request: bytes = HEAD + b"\r\n", patience: float = 1) -> str:
    with connect(port, request) as connection:
        connection.settimeout(patience)
        return read(connection)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", False),
        (b"POST / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc", True),
        (b"POST / HTTP/1.1\r\nX: y\r\nCONTENT-LENGTH: \t3 \r\nA: b\r\n\r\nabcd", True),
        (b"POST / HTTP/1.1\r\nHost: a\r\n\r\nContent-Length: 9\r\n", True),  # a body is no head
        (b"POST / HTTP/1.1\r\nContent-Length: 99\r\nExpect: 100-Continue\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: nine\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n" + b"a" * (GATHERED - 100), False),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n" + b"a" * GATHERED, True),
        (b"a" * GATHERED, True),
    ],
)
def test_thread_begins_when_the_request_is_there(received: bytes, expected: bool) -> None:
    assert is_whole(received) is expected


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", HEAD, FORM + b"a", HEAD + b"\r\n" + HEAD, b"GET /page HTTP/1.0\r\n\r\n", b"nonsense\r\n\r\n"],
    ids=["silent", "a byte", "half a head", "half a form", "half a second request", "stays", "nonsense"],
)
def test_slow_visitor_keeps_nobody_waiting(port: int, sent: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connect(port, sent))
        time.sleep(0.2)

        assert ask(port) == "/page 0 0.0"


def test_request_may_come_in_pieces(port: int) -> None:
    with connect(port) as connection:
        for byte in HEAD + b"\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.005)
        assert read(connection).startswith("/page 0")
        for piece in (FORM[:30], FORM[30:] + b"a" * 400, b"a" * 600):
            connection.sendall(piece)
            time.sleep(0.1)
        assert read(connection).startswith("/read 1000")


def test_requests_may_come_together(port: int) -> None:
    with connect(port, HEAD + b"\r\n" + FORM + b"a" * 1000 + HEAD) as connection:
        assert read(connection).startswith("/page 0")
        assert read(connection).startswith("/read 1000")
        connection.sendall(b"\r\n")
        assert read(connection).startswith("/page 0")


@pytest.mark.parametrize("size", [GATHERED - 200, GATHERED, 3 * 1024 * 1024])
def test_large_body_is_read_to_its_end(port: int, size: int) -> None:
    request = FORM.replace(b"1000", b"%d" % size) + b"a" * size

    assert ask(port, request, patience=10).startswith(f"/read {size}")


def test_body_that_is_not_read_is_no_next_request(port: int) -> None:
    with connect(port, FORM.replace(b"/read", b"/page") + b"a" * 1000 + HEAD + b"\r\n") as connection:
        assert read(connection).startswith("/page 0")
        assert read(connection).startswith("/page 0")


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"\r\n" + HEAD], ids=["silent", "half a head", "half a second one"])
def test_who_sends_no_whole_request_is_left_after_a_while(port: int, sent: bytes) -> None:
    with connect(port, sent) as connection:
        begun = time.monotonic()
        while read(connection):
            pass

    assert 1 < time.monotonic() - begun < 5


def test_stalled_upload_gives_the_thread_back(port: int) -> None:
    with connect(port, FORM.replace(b"1000", b"999999") + b"a" * GATHERED):
        assert ask(port, patience=5).startswith("/page 0")


def test_reader_who_stalls_gives_the_thread_back(port: int) -> None:
    with connect(port, HEAD.replace(b"/page", b"/large") + b"\r\n"):
        assert ask(port, patience=5).startswith("/page 0")


def test_idle_connections_make_room_for_new_visitors(port: int) -> None:
    with ExitStack() as stack:
        kept = [stack.enter_context(connect(port, HEAD + b"\r\n")) for _ in range(ENOUGH // 2)]
        for connection in kept:
            assert read(connection)
        for _ in range(2 * ENOUGH):
            stack.enter_context(connect(port))

        assert ask(port, patience=5).startswith("/page 0")
        assert read(kept[0]) == ""


def test_visitor_who_left_while_waiting_is_not_served(port: int) -> None:
    with connect(port, HEAD.replace(b"/page", b"/page?1.5") + b"\r\n") as slow:
        time.sleep(0.2)
        for _ in range(5):
            connect(port, HEAD.replace(b"/page", b"/page?1") + b"\r\n").close()
        assert read(slow)

        assert float(ask(port).split()[2]) < 0.5


def test_time_in_the_queue_is_told(port: int) -> None:
    slow = Thread(target=ask, args=(port, HEAD.replace(b"/page", b"/page?1") + b"\r\n", 5))
    slow.start()
    time.sleep(0.3)

    waited = float(ask(port, patience=5).split()[2])

    slow.join()
    assert 0.3 < waited < 1


def test_what_waits_together_is_served_kind_by_kind(port: int) -> None:
    with connect(port, HEAD.replace(b"/page", b"/page?0.5") + b"\r\n") as slow, ExitStack() as stack:
        time.sleep(0.2)
        paths = (b"/b/1", b"/a", b"/b/2", b"/a", b"/b/1")
        waiting = [
            stack.enter_context(connect(port, HEAD.replace(b"/page", path + b"?0.1") + b"\r\n")) for path in paths
        ]
        answers = [read(connection).split() for connection in waiting]
        assert read(slow)

    in_order = [answer[0] for answer in sorted(answers, key=lambda answer: float(answer[2]))]
    assert in_order in (["/a", "/a", "/b/1", "/b/2", "/b/1"], ["/b/1", "/b/2", "/b/1", "/a", "/a"])


@pytest.mark.parametrize(
    ("received", "kind"),
    [
        (b"GET /units/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /units/ HTTP/."),
        (b"POST /buildings/12/units/new/ HTTP/1.1\r\n\r\n", b"POST /buildings//units/new/ HTTP/."),
        (b"\xff" * 300, b"\xff" * 100),
        (b"", b""),
    ],
)
def test_kind_is_what_is_asked_for_without_numbers(received: bytes, kind: bytes) -> None:
    assert kind_of(bytearray(received)) == kind


def test_few_begin_at_once_and_none_waits_for_a_slow_one(tmp_path: Path) -> None:
    with serving(tmp_path, threads=4) as (_, port), ExitStack() as stack:
        page = HEAD.replace(b"/page", b"/page?0.02") + b"\r\n"
        for connection in [stack.enter_context(connect(port, page)) for _ in range(10)]:
            assert read(connection)
        assert ask(port, HEAD.replace(b"/page", b"/most") + b"\r\n") == str(AT_ONCE)

        for _ in range(3):
            stack.enter_context(connect(port, HEAD.replace(b"/page", b"/page?3") + b"\r\n"))
        time.sleep(0.1)
        assert ask(port).startswith("/page 0")


def test_worker_that_stops_ends_what_it_has_begun_and_awaits_nobody_else(tmp_path: Path) -> None:
    with serving(tmp_path) as (gunicorn, port), connect(port), connect(port, HEAD), connect(port) as at_work:
        at_work.sendall(HEAD.replace(b"/page", b"/page?1") + b"\r\n")
        time.sleep(0.3)
        begun = time.monotonic()
        gunicorn.terminate()

        assert read(at_work).startswith("/page 0")
        assert gunicorn.wait(10) == 0
        assert time.monotonic() - begun < 5

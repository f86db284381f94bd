"""gunicorn's threaded worker, made patient: a thread gets a request when it is there, not while it trickles in.

gunicorn's own (27.0) waits for a head and its body inside one of its few threads, five seconds for a connection that
says nothing, and in its only loop two seconds for a visitor who does not hang up: fifty such visitors held the site,
tried for each of the four. Here the loop that watches the connections gathers what comes in, and a deadline ends what
does not come. The proxy in front (deploy/Caddyfile) does the same; this is for where there is none.
"""

import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from koprogo.by_kind import ByKind

# Seconds.
MAX_ARRIVAL = 10  # for a request's head and the first of its body
MAX_STALL = 10  # without one byte moving, in a larger body or an answer
MAX_FAREWELL = 2  # for the visitor to hang up after us
SLOW = 0.1  # for an answer: pages take a hundredth of it
PATIENCE = 1  # before a visitor's silence counts: whether one in the queue is still there, who makes room for others

GATHERED = 64 * 1024  # bytes: a larger body is read by the thread, as it comes
SEND_BUFFER = 512 * 1024  # bytes: a whole page, so that a slow reader holds no thread
ACCEPTED_AT_ONCE = 50
# Requests begun at once, slow ones aside: with two a page takes a twentieth less of the CPU than with four, which
# drive each other's data out of its caches; with one, nobody works while PostgreSQL's answer is on its way.
AT_ONCE = 2
KIND_LENGTH = 100  # bytes of a request that say what it asks for
DIGITS = b"0123456789"
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", re.IGNORECASE)

QUEUED_AT = "koprogo.queued_at"  # in a request's environment: when all of it was there, by time.monotonic()


class Connection(TConn):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.init()
        self.sock.setblocking(False)
        self.received = bytearray()
        self.kind = b""
        self.queued_at = self.begun_at = 0.0


def is_whole(received: bytes | bytearray) -> bool:
    """Whether a thread may begin: its request is there, or is for gunicorn to judge."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return len(received) >= GATHERED
    if received.startswith((b"GET ", b"HEAD ")):
        return True
    head = bytes(received[: end + 2])
    length = CONTENT_LENGTH.search(head)
    if length is None or b"100-continue" in head.lower():  # waits for our word before it sends its body
        return True
    return len(received) >= min(end + 4 + int(length[1]), GATHERED)


def kind_of(received: bytes | bytearray) -> bytes:
    """Its method and address without numbers: the pages of all buildings are of one kind."""
    return bytes(received[:KIND_LENGTH]).partition(b"\r\n")[0].translate(None, DIGITS)


def has_left(sock: socket.socket) -> bool:
    """Whether the visitor has hung up. One who only says that nothing more will come is taken for one, as by nginx."""
    try:
        return not sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


class Threads:
    """`regular` threads that take what waits, and `reserve` ones that take one each time they are called."""

    def __init__(self, work: Callable[[Connection], None], *, regular: int, reserve: int) -> None:
        self._work = work
        self._waiting = ByKind[Connection](lambda conn: conn.kind)
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._number = regular, reserve
        for number, target in ((regular, self._take_all), (reserve, self._take_when_called)):
            for _ in range(number):
                threading.Thread(target=target, daemon=True).start()

    def put(self, conn: Connection) -> None:
        self._waiting.put(conn)

    def has_waiting(self) -> bool:
        return not self._waiting.empty()

    def call_reserve(self) -> None:
        if self._calls.empty():
            self._calls.put(True)

    def shutdown(self, *, wait: bool) -> None:
        for _ in range(self._number[0]):
            self._waiting.send_home()
        for _ in range(self._number[1]):
            self._calls.put(False)

    def _take_all(self) -> None:
        while (conn := self._waiting.get()) is not None:
            self._work(conn)

    def _take_when_called(self) -> None:
        while self._calls.get():
            with suppress(Empty):
                conn = self._waiting.get_nowait()
                if conn is not None:
                    self._work(conn)


class Worker(ThreadWorker):
    wsgi: Callable[..., Iterable[bytes]]

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.begun_conns: set[Connection] = set()  # at work in threads
        self.leaving_conns: deque[Connection] = deque()  # have their answer, and are to hang up
        self.at_work = threading.local()

    def init_process(self) -> None:
        # Connections inherit these from what they were accepted on.
        stall = struct.pack("ll", MAX_STALL, 0)
        for listener in self.sockets:
            for option, value in {
                socket.SO_RCVTIMEO: stall, socket.SO_SNDTIMEO: stall, socket.SO_SNDBUF: SEND_BUFFER,
            }.items():  # fmt: skip
                listener.setsockopt(socket.SOL_SOCKET, option, value)
        super().init_process()

    def get_thread_pool(self) -> Threads:
        regular = min(AT_ONCE, self.cfg.threads)
        return Threads(self._work, regular=regular, reserve=self.cfg.threads - regular)

    def load_wsgi(self) -> None:
        super().load_wsgi()
        application = self.wsgi

        def stamped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            environ[QUEUED_AT] = self.at_work.queued_at
            return application(environ, start_response)

        self.wsgi = stamped

    # --- Coming in: all of it in the loop ---

    def accept(self, listener: Any) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, address = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            self.nr_conns += 1
            conn = Connection(self.cfg, accepted, address, listener.getsockname())
            self._await(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
            if self.nr_conns >= self.worker_connections:
                return

    def _make_room(self) -> None:
        """Close who has been idle longest, and who has been sending longest: others want to come in."""
        wanted = self.worker_connections - self.worker_connections // 10
        for conns, patience in ((self.keepalived_conns, self.cfg.keepalive), (self.pending_conns, MAX_ARRIVAL)):
            latest = time.monotonic() + patience - PATIENCE
            while conns and self.nr_conns > wanted and conns[0].timeout < latest:
                self._forget(conns.popleft())

    def _await(self, conn: Connection) -> None:
        conn.timeout = time.monotonic() + MAX_ARRIVAL
        self.pending_conns.append(conn)

    def on_pending_socket_readable(self, conn: Connection, client: Any) -> None:
        if self._gather(conn):
            self.pending_conns.remove(conn)

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """A connection that was kept begins its next request."""
        self.keepalived_conns.remove(conn)
        if not self._gather(conn):
            self._await(conn)
            self.poller.modify(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _gather(self, conn: Connection) -> bool:
        """Whether there is nothing more to wait for: the request is queued, or the visitor is gone."""
        try:
            received = conn.sock.recv(GATHERED)
        except BlockingIOError:
            return False
        except OSError:
            received = b""
        if not received:
            self._forget(conn)
            return True
        conn.received += received
        if not is_whole(conn.received):
            return False
        self.poller.unregister(conn.sock)
        self.enqueue_req(conn)
        return True

    def enqueue_req(self, conn: Connection) -> None:
        conn.kind = kind_of(conn.received)
        conn.parser.unreader.unread(bytes(conn.received))
        conn.received.clear()
        conn.queued_at = time.monotonic()
        self.tpool.put(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.tpool.has_waiting():
            self._relieve()
            timeout = min(timeout, SLOW)
        super().wait_for_and_dispatch_events(timeout)

    def _relieve(self) -> None:
        """Nobody waits behind slow requests while there is a thread left."""
        latest, begun = time.monotonic() - SLOW, tuple(self.begun_conns)
        if len(begun) < self.cfg.threads and sum(conn.begun_at > latest for conn in begun) < AT_ONCE <= len(begun):
            self.tpool.call_reserve()

    # --- At work: in a thread ---

    def _work(self, conn: Connection) -> None:
        conn.begun_at = time.monotonic()
        self.begun_conns.add(conn)
        is_kept = False
        try:
            is_kept = bool(self.handle(conn))
        except BaseException:  # the thread stays
            self.log.exception("a request ended its thread's work")
        self.begun_conns.discard(conn)
        self.method_queue.defer(self.finish_request, conn, is_kept)

    def handle(self, conn: Connection) -> Any:
        if time.monotonic() - conn.queued_at > PATIENCE and has_left(conn.sock):
            return False
        self.at_work.queued_at = conn.queued_at
        return super().handle(conn)

    # --- Going out: in the loop again ---

    def finish_request(self, conn: Connection, is_kept: bool) -> None:
        if not is_kept:
            self._see_off(conn)
        elif received := conn.parser.unreader.take_buffered():  # the next request came along with the last one
            conn.received += received
            if is_whole(received):
                self.enqueue_req(conn)
                return
            conn.sock.setblocking(False)
            self._await(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
        else:
            conn.sock.setblocking(False)
            conn.set_timeout()
            if not self.alive:
                conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
            self.keepalived_conns.append(conn)
            self.poller.register(conn.sock, EVENT_READ, partial(self.on_client_socket_readable, conn))

    def _see_off(self, conn: Connection) -> None:
        """An answer is lost where a connection is closed that still brings something: wait for the visitor's end."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
        except OSError:
            self._forget(conn)
            return
        conn.timeout = time.monotonic() + MAX_FAREWELL
        self.leaving_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_leaving_socket_readable, conn))

    def _on_leaving_socket_readable(self, conn: Connection, client: Any) -> None:
        with suppress(BlockingIOError, ConnectionError):
            if conn.sock.recv(GATHERED):
                return
        self.leaving_conns.remove(conn)
        self._forget(conn)

    def _forget(self, conn: Connection) -> None:
        with suppress(KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        super().murder_pending()
        now = time.monotonic()
        while self.leaving_conns and self.leaving_conns[0].timeout < now:
            self._forget(self.leaving_conns.popleft())
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker is to stop: who has not sent a whole request by then is not waited for either."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

"""The port that is served: whether it is free, who holds it, which other one is."""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LISTENING = "0A"  # in /proc/net/tcp


class StartError(Exception):
    """It cannot start, or cannot go on; the message tells whoever started it what to do."""


@dataclass(frozen=True)
class Holder:
    pid: int

    def read(self, name: str) -> bytes:
        with suppress(OSError):
            return Path(f"/proc/{self.pid}/{name}").read_bytes()
        return b""

    def __str__(self) -> str:
        is_ours = b"koprogo.wsgi" in self.read("cmdline")
        name = "another KoproGo" if is_ours else self.read("comm").decode(errors="replace").strip()
        return f"{name} (process {self.pid})"


def read_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartError(f"PORT={text} is no port: choose a number from 1024 to 65535.")
    return int(text)


def reserve_port(host: str, port: int, data: Path, *, may_be_another: bool) -> tuple[int, socket.socket]:
    """The port, or with `may_be_another` the next free one; it is reserved while the socket given with it is open."""
    for candidate in range(port, 65536):
        reservation = _reserve(candidate)
        fault = _fault(host, candidate, data) if reservation else _busy(candidate, "another KoproGo")
        if reservation and not fault:
            return candidate, reservation
        if reservation:
            reservation.close()
        if not may_be_another:
            raise StartError(fault)
    raise StartError(f"No port from {port} on is free.")


def _reserve(port: int) -> socket.socket | None:
    """Among ours, from here until the web server binds it: a first start takes its time."""
    reservation = socket.socket(socket.AF_UNIX)
    try:
        reservation.bind(f"\0koprogo-port-{port}")  # a name without a file: it ends with the process
    except OSError:
        reservation.close()
        return None
    return reservation


def _fault(host: str, port: int, data: Path) -> str:
    """Why this port cannot be served, in a sentence; empty when it can."""
    error = _error_of_binding(host, port)
    holder = next(holders(port), None)
    if error and holder and _is_left_behind(holder, data):
        error = _wait_for_end(host, port)
    if error is None:
        return ""
    if error.errno == errno.EADDRINUSE:
        return _busy(port, "a program of another user")
    return f"Port {port} cannot be used ({error.strerror}): choose another one, PORT=8000 deploy/run."


def _busy(port: int, unknown: str) -> str:
    holder = next(holders(port), unknown)
    return f"Port {port} is held by {holder}: stop it, or let KoproGo take the next free port, deploy/run --any-port."


def _error_of_binding(host: str, port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return error
    return None


def _is_left_behind(holder: Holder, data: Path) -> bool:
    """Nobody serves this folder (the lock of koprogo.serve is ours): its web server is one that is about to end."""
    return f"KOPROGO_DATA={data}".encode() in holder.read("environ").split(b"\0")


def _wait_for_end(host: str, port: int) -> OSError | None:
    deadline = time.monotonic() + 20  # its graceful_timeout and some
    while (error := _error_of_binding(host, port)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return error


def holders(port: int) -> Iterator[Holder]:
    """The processes that listen on this port, as far as this user may know them."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in sorted((path for path in Path("/proc").iterdir() if path.name.isdecimal()), key=_number):
        with suppress(OSError):
            if any(_target(file) in inodes for file in (process / "fd").iterdir()):
                yield Holder(_number(process))


def _number(path: Path) -> int:
    return int(path.name)


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""

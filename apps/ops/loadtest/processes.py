"""What each service takes: CPU, memory, connections, restarts, read from /proc once a second."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
BYTES_A_MEGABYTE = 1_000_000
CLIENT = b"postgres: koprogo_"  # a process of PostgreSQL that serves one of our two roles
STEADY = {"postgres": b"postgres: checkpointer", "gunicorn": b""}  # the child whose change is a restart


@dataclass(frozen=True)
class Sample:
    """One service at one moment: CPU seconds since its start, bytes of memory, bytes read from and written to disk."""

    at: float
    cpu: float
    pss: int
    rss: int
    disk_read: int = 0
    disk_written: int = 0


@dataclass
class Service:
    """One service: its first process and all below it."""

    name: str
    pid: int
    samples: list[Sample] = field(default_factory=list)
    steady: set[int] = field(default_factory=set)
    connections: int = 0

    def look(self, children: dict[int, list[int]]) -> None:
        pids = list(_tree(self.pid, children))
        self.samples.append(_sample(pids))
        lines = {pid: _read(pid, "cmdline") for pid in pids[1:]}
        if self.name in STEADY:
            self.steady |= {pid for pid, line in lines.items() if line.startswith(STEADY[self.name])}
        if self.name == "postgres":
            self.connections = max(self.connections, sum(line.startswith(CLIENT) for line in lines.values()))

    @property
    def restarts(self) -> int:
        return max(0, len(self.steady) - 1)


class Watch:
    """All services. `rest()` ends the time at rest; what is sampled after it is under load."""

    def __init__(self, pids: dict[str, int]) -> None:
        self.services = [Service(name, pid) for name, pid in pids.items()]
        self._at_rest = 0

    def look(self) -> None:
        children = _children()
        for service in self.services:
            service.look(children)

    def rest(self) -> None:
        self._at_rest = len(self.services[0].samples)

    @property
    def connections(self) -> int:
        return max(service.connections for service in self.services)

    def processes(self) -> list[dict[str, Any]]:
        """As the load test's file has them."""
        return [_figures(service, self._at_rest) for service in self.services]

    def disk(self) -> tuple[float, float]:
        """kB read and written a second under load, by all services."""
        loaded = [service.samples[self._at_rest - 1 :] for service in self.services]
        seconds = loaded[0][-1].at - loaded[0][0].at
        read = sum(samples[-1].disk_read - samples[0].disk_read for samples in loaded)
        written = sum(samples[-1].disk_written - samples[0].disk_written for samples in loaded)
        return max(0, read) / 1000 / seconds, max(0, written) / 1000 / seconds


def _figures(service: Service, at_rest: int) -> dict[str, Any]:
    rest, loaded = service.samples[:at_rest], service.samples[at_rest - 1 :]
    memory = [sample.pss for sample in loaded]
    return {
        "name": service.name,
        "cpu_seconds": round(loaded[-1].cpu - loaded[0].cpu, 2),
        "cpu_percent": {"rest": _percent(rest), "mean": _percent(loaded), "peak": _peak(loaded)},
        "mb": {
            "rest": _megabytes(rest[-1].pss), "mean": _megabytes(sum(memory) / len(memory)),
            "peak": _megabytes(max(memory)),
        },
        "rss_mb_peak": _megabytes(max(sample.rss for sample in loaded)),
        "restarts": service.restarts,
    }  # fmt: skip


def _percent(samples: Sequence[Sample]) -> float:
    first, last = samples[0], samples[-1]
    return round(100 * max(0.0, last.cpu - first.cpu) / (last.at - first.at), 1) if last.at > first.at else 0.0


def _peak(samples: Sequence[Sample]) -> float:
    return max((_percent(pair) for pair in pairwise(samples)), default=0.0)


def _megabytes(number: float) -> float:
    return round(number / BYTES_A_MEGABYTE, 1)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for path in PROC.iterdir():
        if path.name.isdecimal() and (stat := _stat(int(path.name))):
            found.setdefault(int(stat[1]), []).append(int(path.name))
    return found


def _tree(pid: int, children: dict[int, list[int]]) -> Iterator[int]:
    yield pid
    for child in children.get(pid, []):
        yield from _tree(child, children)


def _sample(pids: Iterable[int]) -> Sample:
    cpu, pss, rss, disk_read, disk_written = 0.0, 0, 0, 0, 0
    for place, pid in enumerate(pids):
        stat = _stat(pid)
        if not stat:
            continue
        # Of the first also what its children took that have ended.
        cpu += sum(int(stat[column]) for column in ((11, 12, 13, 14) if place == 0 else (11, 12))) / TICKS
        memory = _table(pid, "smaps_rollup")
        pss, rss = pss + memory.get("Pss", 0) * 1024, rss + memory.get("Rss", 0) * 1024
        disk = _table(pid, "io")
        disk_read, disk_written = disk_read + disk.get("read_bytes", 0), disk_written + disk.get("write_bytes", 0)
    return Sample(time.monotonic(), cpu, pss, rss, disk_read, disk_written)


def _stat(pid: int) -> list[bytes]:
    """What stands after the name: [0] is the state, [1] the parent, [11] to [14] CPU time (proc(5))."""
    return _read(pid, "stat").rpartition(b")")[2].split()


def _table(pid: int, name: str) -> dict[str, int]:
    pairs = (line.split(":") for line in _read(pid, name).decode(errors="replace").splitlines()[-60:])
    return {pair[0]: int(pair[1].split()[0]) for pair in pairs if len(pair) == 2 and pair[1].split()[0].isdecimal()}


def _read(pid: int, name: str) -> bytes:
    with suppress(OSError):
        return (PROC / str(pid) / name).read_bytes()
    return b""

"""What is read from /proc about the services, with processes of our own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.ops.loadtest import machine, proxy
from apps.ops.loadtest.pinning import Cpus, TooFewCpus, choose_cpus, on
from apps.ops.loadtest.processes import Watch
from koprogo.serve_port import StartError

# A process with a child that works for a while, in 20 MB of its own.
BUSY = """
import os, time
if not os.fork():
    kept, end = bytearray(os.urandom(20_000_000)), time.monotonic() + 60
    while time.monotonic() < end: pass
os.wait()
"""


@pytest.fixture
def busy() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", BUSY], process_group=0)
    yield process.pid
    os.killpg(process.pid, 9)
    process.wait()


def test_a_service_is_measured_with_all_its_processes(busy: int) -> None:
    watch = Watch({"gunicorn": busy})
    for _ in range(2):
        watch.look()
    watch.rest()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        time.sleep(0.2)
        watch.look()
        [found] = watch.processes()
        if found["mb"]["peak"] > 20 and found["cpu_seconds"] > 0.1:
            break
    assert found["name"] == "gunicorn"
    assert found["mb"]["peak"] > 20
    assert found["cpu_seconds"] > 0.1
    assert found["cpu_percent"]["peak"] >= found["cpu_percent"]["mean"] > 0
    assert found["restarts"] == 0


def test_a_worker_that_is_another_one_was_restarted(busy: int) -> None:
    watch = Watch({"gunicorn": busy})
    watch.look()
    [service] = watch.services
    service.steady.add(1)
    deadline = time.monotonic() + 20
    while not service.restarts and time.monotonic() < deadline:
        time.sleep(0.1)
        watch.look()
    assert service.restarts == 1


def test_the_machine_is_read() -> None:
    before = machine.cpu_time(min(os.sched_getaffinity(0)))
    found = machine.figures(cpu_idle=1.5, disk=(0.25, 3.0), bytes_in=1, bytes_out=2)
    assert found["model"]
    assert found["swap_mb"] >= 0
    assert before.total > before.idle > 0
    assert machine.idle_percent(machine.CpuTime(50, 100), machine.CpuTime(75, 200)) == 25.0


def test_one_serves_and_another_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3, 1, 2})
    assert choose_cpus() == Cpus(1, 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    with pytest.raises(TooFewCpus):
        choose_cpus()


def test_what_is_started_inside_stays_on_its_cpu() -> None:
    before = os.sched_getaffinity(0)
    cpu = min(before)
    with on(cpu):
        command = [sys.executable, "-c", "import os; print(sorted(os.sched_getaffinity(0)))"]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == f"[{cpu}]\n"
    assert os.sched_getaffinity(0) == before


def test_without_a_caddyfile_there_is_no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(proxy, "CADDYFILE", tmp_path / "Caddyfile")
    with pytest.raises(StartError, match="Caddyfile is missing: without it there is no --proxy"):
        proxy.check_caddyfile()
    (tmp_path / "Caddyfile").touch()
    proxy.check_caddyfile()

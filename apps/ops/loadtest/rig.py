"""One load test from its fresh database to its figures."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from apps.ops.loadtest import machine
from apps.ops.loadtest.browser import Browser, sign_in
from apps.ops.loadtest.data_set import EMAIL, PASSWORD, rig_environment, take_fresh_copy
from apps.ops.loadtest.figures import Measured, Plan
from apps.ops.loadtest.generator import Counted, Generator, GeneratorError
from apps.ops.loadtest.pinning import Cpus, on
from apps.ops.loadtest.processes import Watch
from apps.ops.loadtest.proxy import HEADERS, proxy, site_environment
from apps.ops.loadtest.workload import Workload, read_workload, single
from koprogo.backup_place import ROOT
from koprogo.postgres import EmbeddedServer
from koprogo.serve import die_with_parent, running, say, serving_alone, stop, wait_until_served

HOST = "127.0.0.1"
YARDSTICK_WARM_UP_SECONDS, YARDSTICK_SECONDS = 3, 8
WARM_UP_SECONDS = 8
REST_SECONDS = 4


@dataclass
class Rig:
    plan: Plan
    data: Path
    port: int
    tls_port: int
    cpus: Cpus

    def measure(self) -> Measured:
        """Raises what koprogo.serve, the data set, the browser and the generator raise."""
        server, environment = EmbeddedServer(self.data), rig_environment(self.data, self.port)
        with serving_alone(self.data, self.port), self._pinned_lease(server):
            say(f"A fresh copy of the portfolio of {self.plan.buildings} buildings …")
            take_fresh_copy(server, environment, self.plan.buildings)
            before = self._bare(environment)
            with self._serving(environment) as pids:
                measured = self._load(pids | {"postgres": _postmaster(server)})
            return replace(measured, bare=(before, self._bare(environment)))

    @contextmanager
    def _pinned_lease(self, server: EmbeddedServer) -> Iterator[None]:
        with ExitStack() as stack:
            with on(self.cpus.serving):
                stack.enter_context(server.lease())
            os.sched_setaffinity(0, {self.cpus.generating})
            yield

    @contextmanager
    def _serving(self, environment: dict[str, str]) -> Iterator[dict[str, int]]:
        """The web server and the worker, as `deploy/run` has them, and the proxy; gives their processes."""
        if self.plan.proxy:
            environment = site_environment(environment)
        with ExitStack() as stack:
            stack.enter_context(_signals_kept())
            with on(self.cpus.serving):
                children = stack.enter_context(running(environment))
            wait_until_served(HOST, self.port, children)
            pids = {"gunicorn": children["The web server"].pid, "worker": children["The background worker"].pid}
            if self.plan.proxy:
                with on(self.cpus.serving):
                    pids["caddy"] = stack.enter_context(proxy(environment, self._base, self.data))
            yield pids

    def _bare(self, environment: dict[str, str]) -> Counted:
        command = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "apps.ops.loadtest.bare:application"]
        with on(self.cpus.serving):
            gunicorn = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, process_group=0,
                preexec_fn=die_with_parent,
            )  # fmt: skip
        try:
            wait_until_served(HOST, self.port, {"The bare server": gunicorn})
            counted = self._yardstick(self._generator(f"http://localhost:{self.port}"), single("/"), "The bare server")
        finally:
            with _signals_kept():
                stop([gunicorn])
        return counted

    def _load(self, pids: dict[str, int]) -> Measured:
        browser = Browser(self._base, HEADERS if self.plan.proxy else {})
        sign_in(browser, EMAIL, PASSWORD)
        workload = read_workload(browser, self.plan.mix, datetime.now(UTC).date())
        empty = Workload(single("/ops/empty/").steps, workload.headers)
        browser.get("/ops/empty/")
        generator, watch = self._generator(self._base), Watch(pids)
        say(f"Warming up, {WARM_UP_SECONDS} s …")
        generator.run(workload, WARM_UP_SECONDS, 1)
        for _ in range(REST_SECONDS):
            watch.look()
            time.sleep(1)
        watch.look()
        watch.rest()
        say(f"Measuring, {self.plan.seconds} s …")
        started_at, before = datetime.now(UTC), machine.cpu_time(self.cpus.serving)
        load = generator.run(workload, self.plan.seconds, 2, watch.look)
        watch.look()
        after = machine.cpu_time(self.cpus.serving)
        say(f"{load.requests} requests, {load.per_second:.0f} a second, {load.errors} errors")
        figures = machine.figures(
            cpu_idle=machine.idle_percent(before, after), disk=watch.disk(),
            bytes_in=load.bytes_sent, bytes_out=load.bytes_received,
        )  # fmt: skip
        floor = self._yardstick(generator, empty, "The empty page")
        return Measured(started_at, load, floor, watch.processes(), figures, watch.connections)

    def _yardstick(self, generator: Generator, workload: Workload, name: str) -> Counted:
        generator.run(workload, YARDSTICK_WARM_UP_SECONDS, 1)
        counted = generator.run(workload, YARDSTICK_SECONDS, 1)
        if counted.failed:
            raise GeneratorError(f"{name} is no yardstick: {next(iter(counted.faults))}.")
        say(f"{name}: {counted.per_second:.0f} a second")
        return counted

    @property
    def _base(self) -> str:
        return f"https://localhost:{self.tls_port}" if self.plan.proxy else f"http://localhost:{self.port}"

    def _generator(self, base: str) -> Generator:
        return Generator(base=base, cpu=self.cpus.generating, connections=self.plan.connections, folder=self.data)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """`stop` is deaf to signals from then on; here more is to come."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _postmaster(server: EmbeddedServer) -> int:
    return int((server.place.cluster / "postmaster.pid").read_text().split()[0])

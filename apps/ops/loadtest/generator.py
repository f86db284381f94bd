"""wrk: what it is told, and what it has counted when it is done."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.ops.loadtest.workload import Workload, to_lua
from koprogo.serve import die_with_parent

SCRIPT = Path(__file__).with_name("workload.lua")
MARK = "RESULT "
PATIENCE = 10  # seconds: an answer that takes longer is an error
EACH = 1.0  # seconds between two looks at the processes


class GeneratorError(Exception):
    """wrk could not do its work; the message says why."""


@dataclass(frozen=True)
class Counted:
    """One run of wrk. `percentiles` in ms; `broken`: connections refused or lost, answers that came too late."""

    requests: int
    seconds: float
    bytes_received: int
    bytes_sent: int
    failed: int
    broken: int
    percentiles: dict[str, float]
    peak_per_second: int
    faults: dict[str, int]

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def errors(self) -> int:
        return self.failed + self.broken


class Generator:
    """wrk on a CPU of its own. `folder` takes the files that it reads."""

    def __init__(self, *, base: str, cpu: int, connections: int, folder: Path) -> None:
        self.base, self.cpu, self.connections, self.folder = base, cpu, connections, folder

    def run(self, workload: Workload, seconds: int, number: int, look: Callable[[], None] = lambda: None) -> Counted:
        """Send the workload for so long; `look` is called every second meanwhile.

        `number`: from 1 to 9, another one for each run on the same tables.
        """
        file = self.folder / "workload.data.lua"
        file.write_text(to_lua(workload, self.base))
        connections = str(self.connections)
        command = [
            "wrk", "--threads", connections, "--connections", connections, "--duration", f"{seconds}s",
            "--timeout", f"{PATIENCE}s", "--script", str(SCRIPT), self.base, "--", str(file), str(number), connections,
        ]  # fmt: skip
        wrk = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            process_group=0, preexec_fn=self._begin,
        )  # fmt: skip
        try:
            output = self._wait(wrk, look)
        finally:
            wrk.kill()
            wrk.wait()
        return read_result(output)

    def _begin(self) -> None:
        os.sched_setaffinity(0, {self.cpu})
        die_with_parent()

    def _wait(self, wrk: subprocess.Popen[str], look: Callable[[], None]) -> str:
        while True:
            look()
            try:
                return wrk.communicate(timeout=EACH)[0]
            except subprocess.TimeoutExpired:
                continue


def read_result(output: str) -> Counted:
    """What workload.lua printed last. Raises GeneratorError."""
    lines = [line for line in output.splitlines() if line.startswith(MARK)]
    if not lines:
        raise GeneratorError(f"wrk has not come to its end: {output.strip()[-500:]}")
    found: dict[str, Any] = json.loads(lines[-1].removeprefix(MARK))
    if not found["requests"]:
        raise GeneratorError("wrk got no answer at all")
    faults: dict[str, int] = {}
    for fault in found["faults"].splitlines():
        words = fault.replace("\t", " answers ")
        faults[words] = faults.get(words, 0) + 1
    return Counted(
        requests=found["requests"], seconds=found["microseconds"] / 1e6, bytes_received=found["bytes_received"],
        bytes_sent=found["bytes_sent"], failed=found["failed"], broken=found["broken"],
        percentiles=found["percentiles"], peak_per_second=max(found["per_second"].values(), default=0), faults=faults,
    )  # fmt: skip

"""The machine that a load test ran on, as far as it can be read from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROC = Path("/proc")
BYTES_A_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class CpuTime:
    idle: int
    total: int


def model() -> str:
    """The processor's name."""
    lines = (PROC / "cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next(names, "") or os.uname().machine


def cpu_time(cpu: int) -> CpuTime:
    for line in (PROC / "stat").read_text().splitlines():
        name, *numbers = line.split()
        if name == f"cpu{cpu}":
            times = [int(each) for each in numbers[:8]]
            return CpuTime(times[3] + times[4], sum(times))
    return CpuTime(0, 0)


def idle_percent(before: CpuTime, after: CpuTime) -> float:
    total = after.total - before.total
    return round(100 * (after.idle - before.idle) / total, 1) if total else 0.0


def swap_megabytes() -> float:
    """In use, by all that runs on the machine."""
    lines = (line.partition(":") for line in (PROC / "meminfo").read_text().splitlines())
    sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in lines}
    return round((sizes.get("SwapTotal", 0) - sizes.get("SwapFree", 0)) / BYTES_A_MEGABYTE, 1)


def figures(*, cpu_idle: float, disk: tuple[float, float], bytes_in: int, bytes_out: int) -> dict[str, Any]:
    """As the load test's file has them; `disk`: kB read and written a second."""
    return {
        "model": model(), "load_average": round(os.getloadavg()[0], 2), "cpu_idle": cpu_idle,
        "swap_mb": swap_megabytes(), "disk_read_kb_s": round(disk[0], 1), "disk_write_kb_s": round(disk[1], 1),
        "bytes_in": bytes_in, "bytes_out": bytes_out,
    }  # fmt: skip

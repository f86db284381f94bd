"""Load tests as deploy/loadtest writes them, with figures made by hand."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from apps.ops.models import LoadTest
from apps.ops.services import keep_load_tests

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def _process(name: str, cpu: float, mb: float) -> dict[str, Any]:
    return {
        "name": name, "cpu_seconds": cpu * 0.6, "restarts": 0,
        "cpu_percent": {"rest": 0.2, "mean": cpu, "peak": cpu + 7.5},
        "mb": {"rest": mb - 20.5, "mean": mb - 4.25, "peak": mb},
    }  # fmt: skip


FIGURES: dict[str, Any] = {
    "started_at": "2026-11-22T21:04:00+00:00", "mix": "mixed", "portfolio_buildings": 1500, "seconds": 60,
    "connections": 20, "proxy": False, "requests": 34560, "errors": 3, "success_rate": 0.9999,
    "requests_per_second": 576.0, "peak_requests_per_second": 641.5, "floor_requests_per_second": 1152.0,
    "bare_requests_per_second": 7200.0, "p50": 33.5, "p75": 41.2, "p90": 52.8, "p95": 61.1, "p99": 83.7,
    "p999": 1500.5, "bytes_per_request": {"sent": 1250, "received": 18750}, "co2_g_per_request": 0.1201,
    "postgres_connections": 6,
    "processes": [_process("gunicorn", 58.0, 130.0), _process("worker", 0.5, 82.0), _process("postgres", 37.0, 180.0)],
    "machine": {
        "model": "Processeur d’essai", "load_average": 3.75, "cpu_idle": 4.5, "swap_mb": 0, "disk_read_kb_s": 12.5,
        "disk_write_kb_s": 2350.0, "bytes_in": 43_200_000, "bytes_out": 648_000_000,
    },
}  # fmt: skip


def figures(**changes: Any) -> dict[str, Any]:
    """The figures with some replaced; `machine__swap_mb=3` reaches inside."""
    found = deepcopy(FIGURES)
    for path, value in changes.items():
        *above, key = path.split("__")
        place = found
        for step in above:
            place = place[int(step)] if step.isdigit() else place[step]
        place[key] = value
    return found


def file_of(**changes: Any) -> bytes:
    return json.dumps(figures(**changes)).encode()


def keep(**changes: Any) -> LoadTest:
    return keep_load_tests(files=[("test.json", file_of(**changes))], by=None, at=NOW).tests[0]

"""What a load test has found, as its file keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.ops.constants import GRID_G_PER_KWH, MARGIN, NETWORK_G_PER_KB, SERVER_WATTS_PER_CPU
from apps.ops.loadtest.generator import Counted

BYTES_A_KILOBYTE = 1000
JOULES_A_KILOWATT_HOUR = 3_600_000


@dataclass(frozen=True)
class Plan:
    """What is to be measured."""

    mix: str
    seconds: int
    connections: int
    buildings: int
    proxy: bool


@dataclass(frozen=True)
class Measured:
    """`processes` and `machine` as the file has them."""

    started_at: datetime
    load: Counted
    floor: Counted
    processes: list[dict[str, Any]]
    machine: dict[str, Any]
    postgres_connections: int
    bare: tuple[Counted, ...] = ()  # before and after

    @property
    def bare_per_second(self) -> float:
        return sum(each.per_second for each in self.bare) / len(self.bare)


def co2_grams(bytes_per_request: float, requests_per_second: float) -> float:
    """A request's share by the method of PERFORMANCE: the network by its bytes, one vCPU by its requests."""
    network = bytes_per_request / BYTES_A_KILOBYTE * NETWORK_G_PER_KB
    server = SERVER_WATTS_PER_CPU / JOULES_A_KILOWATT_HOUR * GRID_G_PER_KWH / requests_per_second
    return network + server * MARGIN


def to_figures(plan: Plan, found: Measured) -> dict[str, Any]:
    load = found.load
    requests = load.requests + load.broken
    sent, received = load.bytes_sent / load.requests, load.bytes_received / load.requests
    return {
        "started_at": found.started_at.isoformat(),
        "mix": plan.mix, "seconds": plan.seconds, "connections": plan.connections,
        "portfolio_buildings": plan.buildings, "proxy": plan.proxy,
        "requests": requests, "errors": load.errors,
        "success_rate": round(max(0, requests - load.errors) / requests, 6),
        "requests_per_second": round(load.per_second, 1), "peak_requests_per_second": load.peak_per_second,
        "floor_requests_per_second": round(found.floor.per_second, 1),
        "bare_requests_per_second": round(found.bare_per_second, 1),
        "bare_before_and_after": [round(each.per_second, 1) for each in found.bare],
        **{name: round(value, 2) for name, value in load.percentiles.items()},
        "bytes_per_request": {"sent": round(sent, 1), "received": round(received, 1)},
        "co2_g_per_request": round(co2_grams(sent + received, load.per_second), 6),
        "postgres_connections": found.postgres_connections,
        "processes": found.processes, "machine": found.machine,
        "faults": load.faults,
    }  # fmt: skip

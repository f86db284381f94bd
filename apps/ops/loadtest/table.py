"""What a person reads when a load test is done: each figure beside its bar."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BYTES_A_KILOBYTE = 1000


@dataclass(frozen=True)
class Bar:
    """What a figure should be: at least `limit`, or with `is_most` at most."""

    limit: float
    is_most: bool = False

    def is_reached(self, value: float) -> bool:
        return value <= self.limit if self.is_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.is_most else '≥'} {_number(self.limit)}"


@dataclass(frozen=True)
class Line:
    what: str
    value: float
    unit: str = ""
    bar: Bar | None = None

    def __str__(self) -> str:
        verdict = "" if self.bar is None else "reached" if self.bar.is_reached(self.value) else "NOT REACHED"
        shown = f"{_number(self.value)} {self.unit}".strip()
        return f"{self.what:<34}{shown:>16}   {self.bar or ''!s:<10} {verdict}".rstrip()


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value)}"
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.1f}"


def lines(figures: dict[str, Any]) -> Iterator[Line]:
    """The figures of a load test's file in the order of the bars."""
    rate, bare, p50 = figures["requests_per_second"], figures["bare_requests_per_second"], figures["p50"]
    yield Line("requests", figures["requests"])
    yield Line("errors", figures["errors"], "", Bar(0, is_most=True))
    yield Line("requests a second", rate)
    yield Line("  best second", figures["peak_requests_per_second"])
    yield Line("  bare server", bare)
    yield Line("  empty page, signed in", figures["floor_requests_per_second"])
    yield Line("  share of bare", rate / bare, "", Bar(_share_of_bare(figures)))
    for name in ("p50", "p75", "p90", "p95", "p99", "p999"):
        yield Line(f"  {name}", figures[name], "ms")
    yield Line("p99 ÷ p50", figures["p99"] / p50, "", Bar(3, is_most=True))
    yield Line("p99.9 ÷ p50", figures["p999"] / p50, "", Bar(7, is_most=True))
    yield from _bytes(figures)
    yield from _memory(figures["processes"])
    yield Line("PostgreSQL connections", figures["postgres_connections"])


def _share_of_bare(figures: dict[str, Any]) -> float:
    if figures["proxy"]:
        return 0.05
    return 0.07 if figures["mix"] == "mixed" else 0.085


def _bytes(figures: dict[str, Any]) -> Iterator[Line]:
    found = figures["bytes_per_request"]
    both = (found["sent"] + found["received"]) / BYTES_A_KILOBYTE
    is_judged = figures["proxy"]
    yield Line("kB a request, sent", found["sent"] / BYTES_A_KILOBYTE)
    yield Line("kB a request, received", found["received"] / BYTES_A_KILOBYTE)
    yield Line("kB a request, both", both, "", Bar(5, is_most=True) if is_judged else None)
    yield Line("g CO₂ a request", figures["co2_g_per_request"], "", Bar(0.03, is_most=True) if is_judged else None)


def _memory(processes: list[dict[str, Any]]) -> Iterator[Line]:
    peaks = {process["name"]: process["mb"]["peak"] for process in processes}
    for process in processes:
        yield Line(f"{process['name']}: CPU seconds", process["cpu_seconds"])
    yield Line("MB at peak, web + worker", peaks["gunicorn"] + peaks["worker"], "", Bar(220, is_most=True))
    yield Line("MB at peak, PostgreSQL", peaks["postgres"], "", Bar(200, is_most=True))
    yield Line("MB at peak, everything", sum(peaks.values()), "", Bar(450, is_most=True))


def table(figures: dict[str, Any]) -> str:
    return "\n".join(str(line) for line in lines(figures))

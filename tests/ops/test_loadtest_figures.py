"""From what wrk prints to the file and the table."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from apps.ops.loadtest.__main__ import default_file
from apps.ops.loadtest.figures import Measured, Plan, co2_grams, to_figures
from apps.ops.loadtest.generator import Counted, GeneratorError, read_result
from apps.ops.loadtest.table import Bar, Line, lines, table
from apps.ops.report.shape import read_figures

STARTED = datetime(2026, 11, 22, 21, 4, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAN = Plan("mixed", 10, 20, 1500, proxy=False)
# As workload.lua printed it at the end of a run.
PRINTED = (
    "Running 10s test @ http://localhost:8122\n  1000 requests in 10.10s, 13.0MB read\n\n"
    'RESULT {"requests":1000,"microseconds":10000000,"bytes_received":13000000,"bytes_sent":400000,'
    '"failed":3,"broken":2,"percentiles":{"p50":100.0,"p75":130.5,"p90":150.25,"p95":176.4,"p99":310.5,"p999":600.75},'
    '"per_second":{"1795389938":90,"1795389939":130},'
    '"faults":"POST expense\\u0009422\\u000aPOST expense\\u0009422\\u000aGET /units/\\u0009302\\u000a"}\n'
)
MACHINE = {
    "model": "Processeur", "load_average": 1.5, "cpu_idle": 3.5, "swap_mb": 0.0, "disk_read_kb_s": 0.5,
    "disk_write_kb_s": 2000.0, "bytes_in": 400_000, "bytes_out": 13_000_000,
}  # fmt: skip


def process(name: str, peak: float) -> dict[str, Any]:
    phases = {"rest": 1.0, "mean": 2.0, "peak": peak}
    return {
        "name": name, "cpu_seconds": 5.5, "cpu_percent": phases, "mb": phases, "rss_mb_peak": peak, "restarts": 0
    }  # fmt: skip


def rate(per_second: int) -> Counted:
    return Counted(per_second, 1.0, 0, 0, 0, 0, {}, per_second, {})


def figures(plan: Plan = PLAN) -> dict[str, Any]:
    processes = [process("gunicorn", 120.0), process("worker", 90.0), process("postgres", 220.0)]
    bare = (rate(1000), rate(1200))
    return to_figures(plan, Measured(STARTED, read_result(PRINTED), rate(500), processes, MACHINE, 5, bare))


def test_what_wrk_counted_is_read() -> None:
    assert read_result(PRINTED) == Counted(
        requests=1000, seconds=10.0, bytes_received=13_000_000, bytes_sent=400_000, failed=3, broken=2,
        percentiles={"p50": 100.0, "p75": 130.5, "p90": 150.25, "p95": 176.4, "p99": 310.5, "p999": 600.75},
        peak_per_second=130, faults={"POST expense answers 422": 2, "GET /units/ answers 302": 1},
    )  # fmt: skip


@pytest.mark.parametrize(
    "output", ["unable to connect to localhost\n", PRINTED.replace('"requests":1000', '"requests":0')]
)
def test_a_run_that_measured_nothing_is_no_result(output: str) -> None:
    with pytest.raises(GeneratorError):
        read_result(output)


def test_the_figures_of_a_run() -> None:
    found = figures()
    assert found["started_at"] == "2026-11-22T21:04:00+00:00"
    assert (found["requests"], found["errors"], found["success_rate"]) == (1002, 5, 0.99501)
    assert (found["requests_per_second"], found["peak_requests_per_second"]) == (100.0, 130)
    assert (found["bare_requests_per_second"], found["floor_requests_per_second"]) == (1100.0, 500.0)
    assert (found["p50"], found["p99"], found["p999"]) == (100.0, 310.5, 600.75)
    assert found["bytes_per_request"] == {"sent": 400.0, "received": 13000.0}
    assert found["co2_g_per_request"] == 0.080401


def test_the_report_takes_the_file_as_it_is_written() -> None:
    written = figures()
    assert read_figures(json.dumps(written).encode(), NOW) == written


def test_carbon_is_reckoned_by_the_method() -> None:
    """1 kB: 0.006 g. 5 W × 60 g/kWh = 0.3 g an hour, over 287 × 3 600 requests, and a fifth more: 3.48 × 10⁻⁷ g."""
    assert co2_grams(1000, 287) == pytest.approx(0.006 + 0.3 / 3600 / 287 * 1.2)
    assert co2_grams(0, 287) == pytest.approx(3.484e-7, rel=1e-3)


def test_each_bar_says_whether_it_is_reached() -> None:
    assert Bar(0.07).is_reached(0.07)
    assert not Bar(0.07).is_reached(0.069)
    assert Bar(3, is_most=True).is_reached(3)
    assert not Bar(3, is_most=True).is_reached(3.1)
    assert str(Line("p99 ÷ p50", 3.105, "", Bar(3, is_most=True))).split() == [
        "p99", "÷", "p50", "3.1", "≤", "3", "NOT", "REACHED"
    ]  # fmt: skip


def verdicts(plan: Plan) -> dict[str, bool]:
    return {line.what.strip(): line.bar.is_reached(line.value) for line in lines(figures(plan)) if line.bar}


def test_the_bars_of_a_run_without_proxy() -> None:
    assert verdicts(PLAN) == {
        "errors": False, "share of bare": True, "p99 ÷ p50": False, "p99.9 ÷ p50": True,
        "MB at peak, web + worker": True, "MB at peak, PostgreSQL": False, "MB at peak, everything": True,
    }  # fmt: skip


def test_bytes_and_carbon_are_judged_through_the_proxy() -> None:
    found = verdicts(Plan("mixed", 10, 20, 1500, proxy=True))
    assert (found["kB a request, both"], found["g CO₂ a request"]) == (False, False)


@pytest.mark.parametrize(
    ("mix", "proxy", "limit"), [("mixed", False, 0.07), ("pages", False, 0.085), ("mixed", True, 0.05)]
)
def test_the_bar_of_the_share_of_bare(mix: str, proxy: bool, limit: float) -> None:
    [line] = [each for each in lines(figures(Plan(mix, 10, 20, 1500, proxy=proxy))) if "share" in each.what]
    assert line.bar == Bar(limit)
    assert line.value == pytest.approx(100 / 1100)


def test_the_table_has_every_process() -> None:
    shown = table(figures())
    assert [name for name in ("gunicorn", "worker", "postgres") if f"{name}: CPU seconds" not in shown] == []


def test_the_file_is_named_after_the_run() -> None:
    assert default_file(Path("/data"), PLAN, STARTED) == Path("/data/performance/20261122-210400-mixed-1500.json")

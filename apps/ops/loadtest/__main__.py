"""`deploy/loadtest`: measure, print a table, write a file."""

import argparse
import json
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from apps.ops.loadtest.browser import PageError
from apps.ops.loadtest.data_set import DataSetError
from apps.ops.loadtest.figures import Plan, to_figures
from apps.ops.loadtest.generator import GeneratorError
from apps.ops.loadtest.pinning import TooFewCpus, choose_cpus
from apps.ops.loadtest.proxy import check_caddyfile
from apps.ops.loadtest.rig import HOST, Rig
from apps.ops.loadtest.table import table
from apps.ops.loadtest.workload import MIXES
from koprogo.backup_place import data_folder
from koprogo.postgres_place import ServerError
from koprogo.serve import say
from koprogo.serve_port import StartError, read_port, reserve_port


def main() -> int:
    options = read_options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        measure(options)
    except KeyboardInterrupt:
        say("The load test was stopped; nothing was written.")
        return 1
    except TooFewCpus:
        return _fail("a load test needs two CPUs, one that serves and one that asks; here is one.")
    except (StartError, ServerError, DataSetError, PageError, GeneratorError) as error:
        return _fail(str(error))
    return 0


def _fail(sentence: str) -> int:
    print(f"KoproGo: {sentence}", file=sys.stderr)  # noqa: T201
    return 1


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy/loadtest", description="Measure KoproGo on one CPU of this machine.")
    parser.add_argument("--mix", choices=MIXES, default="mixed", help="pages and forms, or list pages alone (mixed)")
    parser.add_argument("--seconds", type=_count, default=60, metavar="N", help="how long is measured (60)")
    parser.add_argument("--connections", type=_count, default=20, metavar="N", help="how many ask at once (20)")
    parser.add_argument("--buildings", type=_count, default=1500, metavar="N", help="size of the portfolio (1500)")
    parser.add_argument("--proxy", action="store_true", help="through the TLS proxy, compressed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go (KOPROGO_DATA/performance/)")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return int(text)


def measure(options: argparse.Namespace) -> None:
    plan = Plan(options.mix, options.seconds, options.connections, options.buildings, options.proxy)
    if plan.proxy:
        check_caddyfile()
    office = data_folder()
    data = office / "loadtest"
    cpus = choose_cpus()
    data.mkdir(parents=True, exist_ok=True)
    port, reservation = reserve_port(HOST, read_port(), data, may_be_another=True)
    tls_port, tls_reservation = reserve_port(HOST, port + 1, data, may_be_another=True)
    with reservation, tls_reservation:
        found = Rig(plan, data, port, tls_port, cpus).measure()
    figures = to_figures(plan, found)
    file = options.json or default_file(office, plan, found.started_at)
    write(file, figures)
    say(table(figures))
    for fault, times in list(found.load.faults.items())[:5]:
        say(f"  {fault} ({times} seen)")
    say(f"Written: {file}")


def default_file(office: Path, plan: Plan, started_at: datetime) -> Path:
    return office / "performance" / f"{started_at:%Y%m%d-%H%M%S}-{plan.mix}-{plan.buildings}.json"


def write(file: Path, figures: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())

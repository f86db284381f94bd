"""deploy/gunicorn.conf.py, in a process of its own: it sets limits and variables for the process that reads it."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.koprogo.instance import ROOT

SHOW = """
import json, os, resource, runpy, sys
os.sched_getaffinity = lambda _: set(range(int(sys.argv[1])))
resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[2])))
found = runpy.run_path("deploy/gunicorn.conf.py")
found = {name: value for name, value in found.items() if isinstance(value, (int, str)) and name[0] != "_"}
from koprogo import settings
more = {"files": resource.getrlimit(resource.RLIMIT_NOFILE)[0], "cache": settings.CACHES["default"]["BACKEND"]}
print(json.dumps(found | more))
"""


def settings_for(cpus: int, files: int = 4096) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", SHOW, str(cpus), str(files)], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize(("cpus", "workers"), [(1, 1), (2, 2), (64, 8)])
def test_each_cpu_has_a_process_within_the_connections_of_postgresql(cpus: int, workers: int) -> None:
    found = settings_for(cpus)
    allowed = re.search(r"^max_connections = (\d+)", (ROOT / "deploy/postgresql.conf").read_text(), re.MULTILINE)

    assert (found["workers"], found["threads"]) == (workers, 4)
    assert allowed
    assert found["workers"] * found["threads"] + 10 < int(allowed[1])


@pytest.mark.parametrize(("cpus", "cache"), [(1, "locmem.LocMemCache"), (2, "filebased.FileBasedCache")])
def test_several_processes_count_failed_sign_ins_together(cpus: int, cache: str) -> None:
    assert settings_for(cpus)["cache"] == f"django.core.cache.backends.{cache}"


def test_as_many_visitors_come_in_as_files_may_be_open() -> None:
    found = settings_for(1, files=4096)

    assert (found["files"], found["worker_connections"]) == (4096, 2048)


def test_gunicorn_keeps_connections_longer_than_the_proxy() -> None:
    proxy = re.search(r"keepalive (\d+)s", (ROOT / "deploy/Caddyfile").read_text())

    assert proxy
    assert settings_for(1)["keepalive"] > int(proxy[1])

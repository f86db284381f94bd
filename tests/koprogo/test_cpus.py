import os
from pathlib import Path

import pytest

from koprogo.cpus import usable_cpus


@pytest.fixture
def _sixteen_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def test_pinned_process_counts_its_own_cpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7})

    assert usable_cpus(tmp_path) == 3


@pytest.mark.usefixtures("_sixteen_cpus")
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 16),
        ({"proc/self/cgroup": "0::/\n"}, 16),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, 16),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 1),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "3200000 100000\n"}, 16),
        # The narrowest of a service and of the slice that it is in.
        (
            {
                "proc/self/cgroup": "1:name=systemd:/x\n0::/web.slice/koprogo.service\n",
                "sys/fs/cgroup/web.slice/cpu.max": "300000 100000\n",
                "sys/fs/cgroup/web.slice/koprogo.service/cpu.max": "800000 100000\n",
            },
            3,
        ),
        # A container that is not told where its group really lies.
        ({"proc/self/cgroup": "0::/../../elsewhere\n", "sys/fs/cgroup/cpu.max": "200000 100000\n"}, 2),
        # Version 1.
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 16),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, 4),
    ],
)
def test_control_group_may_allow_fewer(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    write(tmp_path, files)

    assert usable_cpus(tmp_path) == expected

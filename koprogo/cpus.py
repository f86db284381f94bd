"""How many CPUs this process may use: those it is pinned to, and no more than its control group allows."""

import os
from pathlib import Path

ROOT = Path("/")


def usable_cpus(root: Path = ROOT) -> int:
    quotas = [quota for quota in (*_quotas(root), _old_quota(root)) if quota is not None]
    return max(1, int(min([len(os.sched_getaffinity(0)), *quotas])))


def _quotas(root: Path) -> list[float | None]:
    """Of this process's control group and of each above it (version 2)."""
    top = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    group = top / next((line[3:].lstrip("/") for line in lines if line.startswith("0::")), "")
    groups = [folder for folder in (group, *group.parents) if top in (folder, *folder.parents)]
    return [_ratio(_words(folder / "cpu.max")) for folder in groups]


def _old_quota(root: Path) -> float | None:
    folder = root / "sys/fs/cgroup/cpu"
    return _ratio([*_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us")])


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _ratio(words: list[str]) -> float | None:
    """From microseconds of CPU in a period of so many; None where there is no limit ("max", -1)."""
    if len(words) != 2 or not all(word.isdecimal() for word in words) or not int(words[1]):
        return None
    return int(words[0]) / int(words[1])

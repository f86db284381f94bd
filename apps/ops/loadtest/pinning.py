"""Who runs on which CPU: what serves on one, the generator and this process on another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class TooFewCpus(Exception):
    """One CPU cannot serve and be asked at the same time without both measuring each other."""


@dataclass(frozen=True)
class Cpus:
    serving: int
    generating: int


def choose_cpus() -> Cpus:
    """Raises TooFewCpus."""
    found = sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        raise TooFewCpus
    return Cpus(found[0], found[1])


@contextmanager
def on(cpu: int) -> Iterator[None]:
    """What is started inside runs on this CPU for good; this process only meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

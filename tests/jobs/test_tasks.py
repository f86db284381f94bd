"""What a killed worker left behind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from apps.jobs import tasks


@dataclass
class Left:
    task_name: str
    attempts: int
    task_kwargs: dict[str, Any] = field(default_factory=dict)


class Manager:
    def __init__(self, *left: Left) -> None:
        self.left, self.retried, self.finished = left, list[str](), list[str]()

    async def get_stalled_jobs(self) -> tuple[Left, ...]:
        return self.left

    async def retry_job(self, job: Left) -> None:
        self.retried.append(job.task_name)

    async def finish_job(self, job: Left, _status: object, *, delete_job: bool) -> None:
        self.finished.append(job.task_name)


def test_somebodys_job_is_told_of_and_the_houses_own_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = Manager(Left("again", 1), Left("the house's", 3), Left("somebody's", 3, {"job_id": 7}))
    told: list[str] = []
    monkeypatch.setattr(tasks.app, "job_manager", manager)
    monkeypatch.setattr(tasks, "give_up", lambda name, _arguments: told.append(name))
    with ThreadPoolExecutor(1) as pool:  # this thread may have a loop of its own: the browser's tests run one
        pool.submit(lambda: asyncio.run(tasks.take_up_what_was_left.func(0))).result()
    assert (manager.retried, manager.finished) == (["again"], ["the house's", "somebody's"])
    assert told == ["somebody's"]

"""A queue that is emptied in rounds: what waits together is taken one kind after the other.

Each kind of page works with code, rows and plans of its own, more than a processor's nearest caches hold: the second of
two lists of owners that follow each other costs less than one after a form. Twenty browsers with pages and forms, the
rule changed every two seconds, 56 times: 576 requests a second in the order of arrival, 628 in rounds. A round takes
all who wait when it begins, and whoever comes after that waits for the next one: nobody waits longer than two rounds.
"""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Rounds(Generic[Item]):
    """For several threads. `kind` gives what items are ordered by within a round; those of one kind go as they came."""

    def __init__(self, kind: Callable[[Item], Any]) -> None:
        self._kind = kind
        self._tickets: SimpleQueue[bool] = SimpleQueue()  # one for each item, and False for each taker who is to go
        self._arrived: list[Item] = []
        self._round: deque[Item] = deque()
        self._goes_back = True
        self._lock = threading.Lock()

    def put(self, item: Item) -> None:
        with self._lock:
            self._arrived.append(item)
        self._tickets.put(True)

    def send_home(self) -> None:
        """One taker gets None, after all that wait now."""
        self._tickets.put(False)

    def get(self) -> Item | None:
        return self._next() if self._tickets.get() else None

    def get_nowait(self) -> Item | None:
        """Raises queue.Empty."""
        return self._next() if self._tickets.get_nowait() else None

    def empty(self) -> bool:
        return self._tickets.empty()

    def _next(self) -> Item:
        with self._lock:
            if not self._round:
                self._goes_back = not self._goes_back  # the last kind of a round is the first of the next
                self._round.extend(sorted(self._arrived, key=self._kind, reverse=self._goes_back))
                self._arrived.clear()
            return self._round.popleft()

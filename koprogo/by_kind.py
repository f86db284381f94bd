"""A queue in rounds: of what waits, all of one kind is taken together, and the kind that has waited longest is next.

Each kind of page works with code, rows and plans of its own, more than a processor's nearest caches hold: the second of
two lists of owners that follow each other costs less than one after a form. Pages and forms from twenty browsers, the
rule changed every two seconds within one run: 576 requests a second in the order of arrival, 628 by kind. The most
numerous kind first was no faster (1.00 ± 0.01 of that), and made those of a rare kind wait.
Whoever comes while a kind is served waits for its next turn: nobody is passed over twice by the same kind.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")


class ByKind(Generic[Item]):
    """For several threads. Those of one kind go as they came."""

    def __init__(self, kind: Callable[[Item], Hashable]) -> None:
        self._kind = kind
        self._tickets: SimpleQueue[bool] = SimpleQueue()  # one for each item, and False for each taker who is to go
        self._waiting: dict[Hashable, deque[Item]] = {}  # the kind that waits longest comes first
        self._at_turn: deque[Item] = deque()
        self._lock = threading.Lock()

    def put(self, item: Item) -> None:
        kind = self._kind(item)
        with self._lock:
            self._waiting.setdefault(kind, deque()).append(item)
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
            if not self._at_turn:
                self._at_turn = self._waiting.pop(next(iter(self._waiting)))
            return self._at_turn.popleft()

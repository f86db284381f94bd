"""A queue from which what is of one kind is taken together: of what waits, the most numerous kind goes first.

Each kind of page works with code, rows and plans of its own, more than a processor's nearest caches hold: the second of
two lists of owners that follow each other costs less than one after a form. Pages and forms from twenty browsers, the
rule changed every two seconds within one run: 576 requests a second in the order of arrival, 628 where all who wait are
sorted by kind, and 1.06 times that if the most numerous kind goes first, as two of a kind are seldom there otherwise.
Whoever comes while a kind is served waits for its next turn, and who has waited for LONGEST is next with all of a kind.
"""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from time import monotonic
from typing import Generic, TypeVar

LONGEST = 0.05  # seconds: some thirty pages

Item = TypeVar("Item")


class ByKind(Generic[Item]):
    """For several threads. Those of one kind go as they came."""

    def __init__(self, kind: Callable[[Item], Hashable], now: Callable[[], float] = monotonic) -> None:
        self._kind, self._now = kind, now
        self._tickets: SimpleQueue[bool] = SimpleQueue()  # one for each item, and False for each taker who is to go
        self._waiting: dict[Hashable, tuple[float, deque[Item]]] = {}  # since when; who waits longest comes first
        self._at_turn: deque[Item] = deque()
        self._lock = threading.Lock()

    def put(self, item: Item) -> None:
        kind = self._kind(item)
        with self._lock:
            if kind not in self._waiting:
                self._waiting[kind] = self._now(), deque()
            self._waiting[kind][1].append(item)
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
                self._at_turn = self._waiting.pop(self._next_kind())[1]
            return self._at_turn.popleft()

    def _next_kind(self) -> Hashable:
        oldest, (since, _items) = next(iter(self._waiting.items()))
        if self._now() - since >= LONGEST:
            return oldest
        return max(self._waiting, key=lambda kind: len(self._waiting[kind][1]))

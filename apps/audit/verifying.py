"""Does everything still say what was sealed? Compares events, seals and the log outside the database.

All three are read as streams, so that memory stays flat; the database as of one moment, the log as it was before it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from django.utils import timezone

from koprogo.seals import (
    LOG_FILE,
    Seal,
    Sum,
    events,
    fingerprint,
    read_keys,
    read_log,
    seals,
    size_of_log,
)

# What the application is shown must be what is read here: a view or a policy could tell each role something else.
ARE_READ_ALIKE = """
    SELECT count(*) = 2 FROM pg_class AS c WHERE relkind = 'r'
    AND oid IN ('public.audit_event'::regclass, 'public.audit_seal'::regclass)
    AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND NOT polpermissive)
"""
Progress = Callable[[int], None]  # events so far


class Broken(Exception):
    """The first thing that does not fit, as one sentence."""


@dataclass
class Figures:
    events: int = 0
    seals: int = 0
    last: Seal | None = None
    is_last_logged: bool = True
    not_sealed: int = 0
    not_sealed_since: datetime | None = None


def verify(connection: psycopg.Connection[Any], data: Path, progress: Progress) -> Figures:
    """Raises Broken; SealError when there is no key."""
    keys = {fingerprint(key): key for key in read_keys(data)}
    size = size_of_log(data)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        if connection.execute(ARE_READ_ALIKE).fetchone() != (True,):
            raise Broken("Une vue ou une règle d’accès montre le journal autrement qu’il n’est.")
        return _Verification(events(connection), read_log(data, size), keys, progress).run(seals(connection))


class _Verification:
    def __init__(
        self, rows: Iterator[Any], log: Iterator[Seal | None], keys: dict[str, str], progress: Progress
    ) -> None:
        self.rows, self.log, self.keys, self.progress = rows, log, keys, progress
        self.figures = Figures()

    def run(self, found: Iterator[Seal]) -> Figures:
        for seal in found:
            self._check_chain(seal)
            self._check_log(seal)
            self._check_events(seal)
            self.figures.last = seal
            self.figures.seals += 1
        self._check_that_nothing_follows()
        for _id, at, _row in self.rows:
            self.figures.not_sealed += 1
            self.figures.not_sealed_since = self.figures.not_sealed_since or at
        return self.figures

    def _check_chain(self, seal: Seal) -> None:
        last = self.figures.last
        number, first, previous = (last.number + 1, last.last_event + 1, last.mac) if last else (1, 1, "")
        if seal.number != number:
            raise Broken(f"Le sceau {number} manque : après lui vient le {_describe(seal)}.")
        key = self.keys.get(seal.key)
        if key is None:
            raise Broken(f"Une autre clé que la nôtre (empreinte {seal.key}) a signé le {_describe(seal)}.")
        if not seal.is_made_by(key):
            raise Broken(f"La signature ne correspond plus à ce que dit le {_describe(seal)}.")
        if (seal.first_event, seal.previous) != (first, previous):
            raise Broken(f"Le sceau qui précède n’est plus celui que suivait le {_describe(seal)}.")

    def _check_log(self, seal: Seal) -> None:
        if not self.figures.is_last_logged:
            raise Broken(f"{LOG_FILE} n’a pas le {_describe(self.figures.last or seal)}, que d’autres suivent.")
        line = next(self.log, self)
        if line is self:  # its line may follow in a moment, or with the next seal after a crash
            self.figures.is_last_logged = False
        elif line != seal:
            raise Broken(f"{LOG_FILE} ne dit pas la même chose que la base du {_describe(seal)}.")

    def _check_events(self, seal: Seal) -> None:
        total = Sum()
        for id_, at, row in self.rows:
            if id_ > seal.last_event:
                self.rows = chain([(id_, at, row)], self.rows)
                break
            total.add(row)
            self.figures.events += 1
            self.progress(self.figures.events)
        if total.count != seal.events:
            change = "retirés" if total.count < seal.events else "ajoutés"
            raise Broken(
                f"Des événements ont été {change} : {total.count} au lieu de {seal.events} sous le {_describe(seal)}."
            )
        if total.sha256.hexdigest() != seal.digest:
            raise Broken(f"Le contenu d’au moins un événement a été changé sous le {_describe(seal)}.")

    def _check_that_nothing_follows(self) -> None:
        following = next(self.log, self)
        if following is self:
            return
        if isinstance(following, Seal):
            raise Broken(f"La base a perdu ce que {LOG_FILE} connaît encore : le {_describe(following)}.")
        raise Broken(f"Une ligne de {LOG_FILE} n’est pas un sceau.")


def _describe(seal: Seal) -> str:
    sealed_at = timezone.localtime(datetime.fromisoformat(seal.sealed_at))
    return (
        f"sceau {seal.number} (événements {seal.first_event} à {seal.last_event}, "
        f"scellés le {sealed_at:%d/%m/%Y à %H:%M})"
    )

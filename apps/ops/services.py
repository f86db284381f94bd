"""Load tests come in from outside, are kept whole, and are removed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.ops.models import LoadTest
from apps.ops.report.shape import Wrong, read_figures

GivenFile = tuple[str, bytes]  # its name and what is in it


class WrongFiles(Exception):
    """Files that are no load tests; `sentences` say which and why. Nothing of any file is kept."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(slots=True)
class Kept:
    """What became of the files: tests kept now, and names of files whose test was there already."""

    tests: list[LoadTest] = field(default_factory=list)
    known: list[str] = field(default_factory=list)


@transaction.atomic
def keep_load_tests(*, files: Sequence[GivenFile], by: User | None, at: datetime) -> Kept:
    """Keep the tests that these files hold, all or none; `by` None: the command line. Raises WrongFiles."""
    kept = Kept()
    for name, figures in _read_all(files, at):
        test, is_new = LoadTest.objects.get_or_create(
            started_at=datetime.fromisoformat(figures["started_at"]),
            **{key: figures[key] for key in ("mix", "portfolio_buildings", "proxy")},
            defaults={key: figures[key] for key in ("seconds", "connections")}
            | {"figures": figures, "kept_at": at, "kept_by": by},
        )
        if is_new:
            kept.tests.append(test)
        else:
            kept.known.append(name)
    return kept


def _read_all(files: Sequence[GivenFile], at: datetime) -> list[tuple[str, dict[str, Any]]]:
    found, sentences = [], []
    for name, content in files:
        try:
            found.append((name, read_figures(content, at)))
        except Wrong as wrong:
            sentences.append(_("%(file)s : %(problem)s") % {"file": name, "problem": wrong})
    if sentences:
        raise WrongFiles(sentences)
    return found


def remove_load_test(*, test: LoadTest) -> None:
    """The journal keeps that it was there and who removed it."""
    test.delete()

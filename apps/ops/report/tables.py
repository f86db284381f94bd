"""What a section of the report is made of: sentences, tables whose rows name their sources, pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from markupsafe import Markup

from apps.ops.models import LoadTest
from apps.ops.report.published import Figure
from apps.ops.report.reckoning import compare
from apps.ops.report.words import Show, Verdict, Words, published, verdict

Cell = str | Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """The first cell is its heading; `sources` are keys of the JSON and names of constants."""

    cells: list[Cell]
    sources: list[str]


@dataclass(slots=True)
class Table:
    caption: str
    headings: list[str]
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    caption: str
    svg: Markup


@dataclass(slots=True)
class Section:
    """`answers`: the sections of the published report that it stands beside."""

    title: str
    answers: str
    sentences: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Compared:
    """A table of ours beside theirs."""

    test: LoadTest
    caption: str
    rows: list[Row] = field(default_factory=list)

    def read(
        self, label: str, key: str, theirs: Figure | None, show: Show, words: Words | None = None, *,
        more_is_better: bool = False, times: Decimal | int = 1,
    ) -> None:  # fmt: skip
        """A row whose number stands in the JSON under `key`, `times` over where the units differ."""
        self.reckon(label, self.test.figure(key) * times, [key], theirs, show, words, more_is_better=more_is_better)

    def reckon(
        self, label: str, ours: Decimal, sources: Sequence[str], theirs: Figure | None, show: Show,
        words: Words | None = None, *, more_is_better: bool = False,
    ) -> None:  # fmt: skip
        """A row whose number was worked out of what `sources` name."""
        cells: list[Cell] = [label, show(ours), "", ""]
        if theirs is not None:
            cells[2] = published(theirs, show)
            sources = [*sources, theirs.source]
        if theirs is not None and words is not None:
            found = compare(ours, theirs.value, high=theirs.high, more_is_better=more_is_better)
            cells[3] = verdict(found, words)
        self.rows.append(Row(cells, list(sources)))

    def table(self) -> Table:
        return Table(self.caption, [_("Mesure"), _("Ce test"), _("Publié"), _("Verdict")], self.rows)

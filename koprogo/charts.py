"""Charts as SVG: numbers in, markup out, the same picture in a page and in a PDF.

Presentation attributes only: no style, no script, no class, so a strict content security policy and WeasyPrint
(which ignores a page's CSS inside SVG) both show them. Every chart names itself with a <title>; the figures belong
in a table beside it. Negative amounts (credit notes) are drawn to the left of, or below, the zero line.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from math import cos, floor, log10, pi, sin

from django.utils.translation import gettext
from markupsafe import Markup, escape

Number = Decimal | int
Show = Callable[[Number], str]
Point = tuple[str, Number]

# Told apart by people who see few colours, and at least 3:1 against white.
COLOURS = ("#11607a", "#c2571a", "#5b7f2b", "#8a4fa3", "#a8760a", "#2f6fd0", "#a83a4b", "#5f6b76")
INK, MUTED, LINE = "#1f2d3a", "#5a6775", "#d5dce3"
FONT = "system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, DejaVu Sans, sans-serif"
WIDTH = 460
TEXT = 13
CHARACTER = 7.2  # a usual one at that size, in a wide font (DejaVu)


def bars(title: str, points: Sequence[Point], show: Show = str) -> Markup:
    """Horizontal bars with their label above and their value at the right."""
    row, width = 44, WIDTH - 8
    room = width - _text_width(max((show(value) for _, value in points), key=len, default="")) - 8
    low, high = _span([value for _, value in points])
    scale = room / float(high - low)
    zero = 4 - float(low) * scale
    parts = []
    for index, (label, value) in enumerate(points):
        y = index * row
        parts.append(_text(4, y + 15, _cut(label, width)))
        length = abs(float(value)) * scale
        left = zero if value >= 0 else zero - length
        parts.append(_line(zero, y + 19, zero, y + 37, MUTED))
        colour = COLOURS[0] if value >= 0 else COLOURS[1]
        parts.append(_rectangle(left, y + 21, length, 14, colour, _told(label, show(value))))
        parts.append(_text(max(left + length, zero) + 6, y + 33, show(value), fill=MUTED))
    return _svg(title, len(points) * row or row, parts)


def stacked_bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[Number]]],
    show: Show = str,
    mark: Show | None = None,
) -> Markup:
    """One column per label, piled up from its series (name, one value for each label); the legend stands below."""
    columns = [[values[index] for _, values in series] for index in range(len(labels))]
    piles = [sum((v for v in column if v > 0), Decimal()) for column in columns]
    pits = [sum((v for v in column if v < 0), Decimal()) for column in columns]
    frame = Frame(labels, piles + pits, mark or show)
    parts = frame.axes()
    for index, column in enumerate(columns):
        above, below = Decimal(), Decimal()
        for place, value in enumerate(column):
            base = above if value >= 0 else below
            told = _told(f"{labels[index]}, {series[place][0]}", show(value))
            parts.append(frame.box(index, base, base + value, _colour(place), told))
            above, below = (above + value, below) if value >= 0 else (above, below + value)
    legend, height = _legend([(name, "") for name, _ in series], 0, frame.height + 8, WIDTH)
    return _svg(title, frame.height + 8 + height, [*parts, *legend])


def grouped_bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[Number]]],
    show: Show = str,
    mark: Show | None = None,
) -> Markup:
    """For each label one column of every series, side by side; the legend stands below."""
    frame = Frame(labels, [value for _, values in series for value in values], mark or show)
    parts = frame.axes()
    for place, (name, values) in enumerate(series):
        for index, value in enumerate(values):
            told = _told(f"{labels[index]}, {name}", show(value))
            parts.append(frame.box(index, Decimal(), Decimal(value), _colour(place), told, (place, len(series))))
    legend, height = _legend([(name, "") for name, _ in series], 0, frame.height + 8, WIDTH)
    return _svg(title, frame.height + 8 + height, [*parts, *legend])


def line(title: str, points: Sequence[Point], show: Show = str, mark: Show | None = None) -> Markup:
    """One value over time, a dot for each; the scale always contains zero. `mark` writes the values of the scale."""
    frame = Frame([label for label, _ in points], [value for _, value in points], mark or show)
    places = [(frame.middle(index), frame.y(value)) for index, (_, value) in enumerate(points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    drawn = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2.5" stroke-linejoin="round"/>')
    dot = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}"><title>{}</title></circle>')
    dots = [
        dot.format(x, y, COLOURS[0], _told(label, show(value)))
        for (x, y), (label, value) in zip(places, points, strict=True)
    ]
    return _svg(title, frame.height, [*frame.axes(), drawn.format(path, COLOURS[0]), *dots])


def donut(title: str, points: Sequence[Point], show: Show = str, centre: str = "") -> Markup:
    """Parts of a whole, clockwise from the top, with their legend at the right. What is not positive is left out."""
    shown = [(label, value) for label, value in points if value > 0]
    total = sum((value for _, value in shown), Decimal())
    radius, thick, x = 64, 28, 80
    legend, height = _legend([(label, show(value)) for label, value in shown], 166, 0, WIDTH - 166)
    tall = max(2 * (radius + thick // 2) + 6, height)
    y, angle, parts = tall / 2, 0.0, []
    for index, (label, value) in enumerate(shown):
        turn = float(value / total)
        parts.append(_ring(x, y, radius, thick, (angle, turn), _colour(index), _told(label, show(value))))
        angle += turn
    if centre:
        parts.append(_text(x, y + 5, centre, anchor="middle", weight="600"))
    moved = Markup('<g transform="translate(0 {:.1f})">{}</g>').format((tall - height) / 2, Markup().join(legend))
    return _svg(title, tall, [*parts, moved])


class Frame:
    """The axes of a chart whose values stand upright over labels; `show` writes the round values at the left."""

    height, top, foot = 230, 12, 26

    def __init__(self, labels: Sequence[str], values: Sequence[Number], show: Show) -> None:
        self.labels = labels
        low, high = _span(values)
        step = _step(high - low)
        self.low = floor(low / step) * step
        self.high = -floor(-high / step) * step
        steps = int((self.high - self.low) / step)
        self.marks = [(self.low + step * index, show(self.low + step * index)) for index in range(steps + 1)]
        self.left = _text_width(max((text for _, text in self.marks), key=len)) + 10
        self.column = (WIDTH - self.left - 4) / max(len(labels), 1)

    def y(self, value: Number) -> float:
        return self.top + (self.height - self.top - self.foot) * float((self.high - value) / (self.high - self.low))

    def middle(self, index: int) -> float:
        return self.left + self.column * (index + 0.5)

    def box(
        self, index: int, start: Number, end: Number, colour: str, told: str, beside: tuple[int, int] = (0, 1)
    ) -> Markup:
        """A column over a label; `beside`: its place among so many that share the label."""
        upper, lower = sorted((self.y(start), self.y(end)))
        place, places = beside
        width = min(self.column * 0.64, 56 * places) / places
        left = self.middle(index) + width * (place - places / 2)
        return _rectangle(left, upper, width, lower - upper, colour, told, radius=0)

    def axes(self) -> list[Markup]:
        parts = []
        for value, text in self.marks:
            y = self.y(value)
            parts.append(_line(self.left, y, WIDTH - 4, y, MUTED if value == 0 else LINE))
            parts.append(_text(self.left - 8, y + 4, text, fill=MUTED, anchor="end"))
        # Leave out labels that would run into each other.
        widest = max((_text_width(label) for label in self.labels), default=0) + 8
        every = max(1, -int(-widest // self.column))
        for index in range(0, len(self.labels), every):
            parts.append(_text(self.middle(index), self.height - 8, self.labels[index], fill=MUTED, anchor="middle"))
        return parts


def _span(values: Sequence[Number]) -> tuple[Decimal, Decimal]:
    """The lowest and highest value, with zero among them and never equal."""
    low = min([Decimal(), *map(Decimal, values)])
    high = max([Decimal(), *map(Decimal, values)])
    return (low, high) if low < high else (low, low + 1)


def _step(span: Decimal) -> Decimal:
    """A round distance between four to eight marks: 1, 2 or 5 times a power of ten."""
    rough = span / 5
    power = Decimal(10) ** floor(log10(rough))
    return power * next(factor for factor in (1, 2, 5, 10) if rough <= power * factor)


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def _told(name: str, value: str) -> str:
    """What a part of the chart says under the pointer."""
    return gettext("%(name)s : %(value)s") % {"name": name, "value": value}


def _text_width(text: str) -> int:
    return round(len(text) * CHARACTER)


def _cut(text: str, width: float) -> str:
    room = int(width // CHARACTER)
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"


def _legend(entries: Sequence[tuple[str, str]], x: float, y: float, width: float) -> tuple[list[Markup], int]:
    """A coloured square and a name for each entry, its value at the right; and the height that it takes."""
    parts, row = [], 22
    for index, (name, value) in enumerate(entries):
        top = y + index * row
        parts.append(_rectangle(x + 2, top + 5, 12, 12, _colour(index), ""))
        parts.append(_text(x + 22, top + 16, _cut(name, width - 36 - _text_width(value))))
        if value:
            parts.append(_text(x + width - 2, top + 16, value, fill=MUTED, anchor="end"))
    return parts, len(entries) * row


def _ring(x: float, y: float, radius: int, thick: int, arc: tuple[float, float], colour: str, told: str) -> Markup:
    """A piece of a ring: `arc` is where it starts and how much it takes, both as parts of a full turn."""
    start, turn = arc
    # An arc that ends where it starts would be nothing: a whole ring is drawn as two halves.
    ends = [start, start + turn / 2, start + turn]
    points = [(x + radius * sin(2 * pi * end), y - radius * cos(2 * pi * end)) for end in ends]
    path = f"M{points[0][0]:.2f} {points[0][1]:.2f}"
    for _, (to_x, to_y) in pairwise(points):
        path += f"A{radius} {radius} 0 0 1 {to_x:.2f} {to_y:.2f}"
    shape = Markup('<path d="{}" fill="none" stroke="{}" stroke-width="{}"><title>{}</title></path>')
    return shape.format(path, colour, thick, told)


def _rectangle(x: float, y: float, width: float, height: float, colour: str, told: str, *, radius: int = 2) -> Markup:
    shape = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}" fill="{}">{}</rect>')
    note = Markup("<title>{}</title>").format(told) if told else ""
    return shape.format(x, y, width, height, radius, colour, note)


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> Markup:
    shape = Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" stroke="{}" stroke-width="1"/>')
    return shape.format(x1, y1, x2, y2, colour)


def _text(x: float, y: float, text: str, *, fill: str = INK, anchor: str = "start", weight: str = "400") -> Markup:
    shape = Markup('<text x="{:.1f}" y="{:.1f}" fill="{}" text-anchor="{}" font-weight="{}">{}</text>')
    return shape.format(x, y, fill, anchor, weight, text)


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {:.0f}" width="{}" height="{:.0f}" role="img" '
        'aria-label="{}" font-family="{}" font-size="{}">'
    ).format(WIDTH, height, WIDTH, height, title, FONT, TEXT)
    return head + Markup("<title>{}</title>").format(escape(title)) + Markup().join(parts) + Markup("</svg>")

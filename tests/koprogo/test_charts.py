from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from koprogo import charts

AMOUNTS = [
    ("Ascenseur", Decimal("1240.02")),
    ("Nettoyage <parties communes>", Decimal("900")),
    ("Eau", Decimal("60.5")),
]
SVG = "{http://www.w3.org/2000/svg}"
KINDS = {
    "bars": lambda points: charts.bars("Charges", points),
    "stacked_bars": lambda points: charts.stacked_bars(
        "Charges", [p[0] for p in points], [("2025", [p[1] for p in points])]
    ),
    "grouped_bars": lambda points: charts.grouped_bars(
        "Charges", [p[0] for p in points], [("2025", [p[1] for p in points]), ("2026", [-p[1] for p in points])]
    ),
    "line": lambda points: charts.line("Charges", points),
    "donut": lambda points: charts.donut("Charges", points),
}


def shapes(svg: Markup, tag: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall(f".//{SVG}{tag}")  # noqa: S314 (our own markup)


@pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)
def test_chart_names_itself_and_carries_no_style_and_no_script(draw) -> None:
    svg = draw(AMOUNTS)

    root = ElementTree.fromstring(svg)  # noqa: S314
    attributes = {name for element in root.iter() for name in element.attrib}
    assert isinstance(svg, Markup)
    assert (root.find(f"{SVG}title").text, root.get("role")) == ("Charges", "img")
    assert not {"style", "class", "onclick"} & attributes
    assert not {f"{SVG}style", f"{SVG}script"} & {element.tag for element in root.iter()}


@pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("points", [[], [("Eau", Decimal(0))]], ids=["nothing", "zero"])
def test_chart_of_nothing_is_still_a_picture(draw, points) -> None:
    assert shapes(draw(points), "title")[0].text == "Charges"


@pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)
@given(st.lists(st.tuples(st.text("aé<&\"'", max_size=80), st.decimals(-(10**9), 10**9, places=2)), max_size=14))
def test_chart_is_well_formed_for_any_amounts_and_labels(draw, points) -> None:
    assert ElementTree.fromstring(draw(points)).tag == f"{SVG}svg"  # noqa: S314


def test_bars_are_as_long_as_their_amounts() -> None:
    long, short = shapes(charts.bars("Charges", [("a", 400), ("b", 100)]), "rect")
    assert float(long.get("width")) == pytest.approx(4 * float(short.get("width")), abs=0.2)


def test_grouped_bars_stand_side_by_side_without_touching_their_neighbours() -> None:
    series = [("ici", [10, 20]), ("publié", [20, 10])]
    boxes = shapes(charts.grouped_bars("Latences", ["P50", "P99"], series), "rect")[:4]
    first, second, third, fourth = sorted(boxes, key=lambda box: float(box.get("x")))
    widths = [float(box.get("width")) for box in boxes]
    assert float(first.get("x")) + widths[0] == pytest.approx(float(second.get("x")), abs=0.2)
    assert float(second.get("x")) + widths[0] < float(third.get("x"))
    assert float(second.get("height")) == pytest.approx(2 * float(first.get("height")), abs=0.2)
    assert float(third.get("height")) == pytest.approx(2 * float(fourth.get("height")), abs=0.2)


def test_bars_draw_a_credit_note_to_the_left_of_zero() -> None:
    charge, credit = shapes(charts.bars("Charges", [("a", 100), ("b", -100)]), "rect")
    assert float(credit.get("x")) + float(credit.get("width")) == pytest.approx(float(charge.get("x")), abs=0.2)


def test_stacked_bars_pile_up() -> None:
    svg = charts.stacked_bars("Charges", ["janvier"], [("Eau", [30]), ("Gaz", [70])])
    water, gas = shapes(svg, "rect")[:2]
    assert float(gas.get("y")) + float(gas.get("height")) == pytest.approx(float(water.get("y")), abs=0.2)


def test_donut_of_one_part_is_a_whole_ring() -> None:
    (ring,) = shapes(charts.donut("Charges", [("Eau", 5)]), "path")
    assert ring.get("d").count("A") == 2


def test_values_are_written_as_asked() -> None:
    svg = charts.donut("Charges", [("Eau", Decimal("5"))], show=lambda value: f"{value:.2f} €")
    assert "5.00 €" in [text.text for text in shapes(svg, "text")]


def test_long_label_is_cut() -> None:
    (label, _) = shapes(charts.bars("Charges", [("x" * 200, 1)]), "text")
    assert label.text.endswith("x…")

from xml.etree import ElementTree

import pytest

from app.cli.chart import Panel, nice_step, svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*panels, note="a note"):
    return ElementTree.fromstring(svg(panels, note))


def heights(figure):
    lines = [line.get("points").split() for line in figure.iter(f"{SVG}polyline")]
    return [[float(point.split(",")[1]) for point in line] for line in lines]


def test_higher_values_are_drawn_higher_and_in_proportion():
    panel = Panel("Cost", "targets", "ms", ["1", "2", "4"], {"median": [10.0, 20.0, 40.0]})
    ((a, b, c),) = heights(drawn(panel))
    assert a > b > c
    assert (b - c) / (a - b) == pytest.approx(2.0, rel=0.02)


def test_points_lie_where_they_belong_along_x():
    panel = Panel("Cost", "targets", "ms", ["1", "2", "4"], {"median": [1.0, 1.0, 1.0]}, [1.0, 2.0, 4.0])
    (line,) = (line.get("points").split() for line in drawn(panel).iter(f"{SVG}polyline"))
    one, two, four = (float(point.split(",")[0]) for point in line)
    assert (four - two) / (two - one) == pytest.approx(2.0, rel=0.02)


def test_every_word_is_there_and_nothing_breaks_the_file():
    figure = drawn(
        Panel("A < B & C", "targets", "ms", ["1", "2"], {"median": [1.0, 2.0], "p99": [3.0, 4.0]}),
        Panel("Second", "size", "ms", ["640x480"], {"median": [5.0]}),
        note="<small> print",
    )
    texts = {text.text for text in figure.iter(f"{SVG}text")}
    assert {"A < B & C", "Second", "targets", "size", "median", "p99", "640x480", "<small> print"} <= texts
    assert len(heights(figure)) == 3


@pytest.mark.parametrize(("highest", "step"), [(48.0, 10.0), (5.0, 1.0), (0.8, 0.2), (930.0, 200.0), (0.0, 2e-10)])
def test_lines_are_at_round_values(highest, step):
    assert nice_step(highest) == pytest.approx(step)

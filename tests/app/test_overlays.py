from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from app import overlays
from app.canvas_view import View
from app.overlays import OverlayOptions, Scene
from app.palette import candidate_color, state_color, state_dash, state_word, target_color
from engine.types import AttentionMap, Box, Candidate, ProposalKind, Proposals, Target, TrackState

pytestmark = pytest.mark.usefixtures("qapp")  # text needs an application
VIEW = View().with_image(200, 100).with_canvas(400, 200)
NOTHING = OverlayOptions(False, False, False, False, False, False, False)


def painted(scene, **layers):
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    overlays.paint(painter, VIEW, scene, replace(NOTHING, **layers), QFont())
    painter.end()
    return image


def pixels(image):
    return np.frombuffer(image.constBits(), np.uint8).reshape(200, 400, 4)[..., :3].astype(int)


TARGET = Target(1, Box(50, 30, 40, 40), 0.9, TrackState.TRACKED, search=Box(20, 5, 100, 90))
SCENE = Scene(
    (TARGET,),
    AttentionMap(np.pad(np.ones((2, 2), np.float32), ((3, 5), (6, 2))), Box(0, 0, 200, 100)),
    np.array([[120.0, 20, 40, 30]]),
    Proposals(np.array([[60.0, 40, 30, 30], [150, 60, 20, 20]]), np.array([0.9, 0.2]), np.array([1, 2], np.uint8)),
    {1: np.array([[10.0, 10], [30, 40], [np.nan, np.nan], [60, 50], [70, 50]])},
)


def test_a_far_place_that_was_looked_at_is_shown_with_the_candidates():
    scene = replace(SCENE, proposals=None, far=Candidate(Box(150, 20, 20, 20), 0.3))
    assert pixels(painted(scene)).max() == 0
    seen = pixels(painted(scene, proposals=True))
    assert seen[38:44, 300:340].max() > 100 and seen[:, :250].max() == 0


def test_without_layers_nothing_is_painted():
    assert pixels(painted(SCENE)).max() == 0


@pytest.mark.parametrize("layer", ["heatmap", "regions", "proposals", "search", "trail", "boxes", "labels"])
def test_each_layer_paints_something(layer):
    assert pixels(painted(SCENE, **{layer: True})).max() > 60


def test_the_heatmap_lies_where_attention_is_and_follows_its_opacity():
    # cells of 20 x 10 picture pixels: the bright ones cover 120..160 x 30..50, twice that on the canvas
    strong = pixels(painted(SCENE, heatmap=True, opacity=1.0))
    weak = pixels(painted(SCENE, heatmap=True, opacity=0.2))
    assert strong[80, 280].sum() > 500 and strong[10, 20].max() == 0
    assert 0 < weak[80, 280].sum() < strong[80, 280].sum() / 2


def test_the_box_has_the_colour_of_its_target_and_stands_where_it_should():
    image = painted(SCENE, boxes=True)
    assert image.pixelColor(100, 100) == target_color(1)
    assert image.pixelColor(140, 100) == QColor("black")


def test_a_lost_target_is_drawn_dotted_where_it_is_searched():
    lost = Target(1, None, 0.1, TrackState.LOST, search=Box(20, 5, 100, 90))
    column = pixels(painted(Scene((lost,)), boxes=True))[10:190, 40]
    orange = state_color(TrackState.LOST)
    hits = (np.abs(column - [orange.blue(), orange.green(), orange.red()]).sum(axis=1) < 60).mean()
    assert 0.1 < hits < 0.8


def test_a_trail_has_a_gap_where_the_target_was_not_seen():
    image = pixels(painted(SCENE, trail=True))
    assert image[95:106, 120:141].max() > 0
    assert image[85:100, 80:105].max() == 0


def test_states_differ_by_word_and_the_bad_ones_by_dash():
    assert len({state_word(state) for state in TrackState}) == len(TrackState)
    assert len({state_dash(s) for s in (TrackState.TRACKED, TrackState.UNCERTAIN, TrackState.LOST)}) == 3


def test_better_candidates_are_brighter():
    low, high = candidate_color(ProposalKind.LOCAL, 0.1), candidate_color(ProposalKind.LOCAL, 0.9)
    assert high.lightness() > low.lightness() and high.alpha() > low.alpha()


def test_lines_are_as_thick_on_a_dense_screen_as_on_any_other():
    """A box line of two pixels must not become one on a screen of scale 2."""
    widths = []
    for scale in (1, 2):
        image = QImage(400 * scale, 200 * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        image.fill(QColor("black"))
        painter = QPainter(image)
        target = Target(1, Box(40, 20, 100, 60), 0.9, TrackState.TRACKED)
        overlays.paint_box(painter, VIEW, target, overlays.box_color(target, 1))
        painter.end()
        green = [image.pixelColor(x, 100 * scale).green() for x in range(60 * scale, 100 * scale)]
        widths.append(sum(value > 128 for value in green) / scale)
    assert widths[0] == pytest.approx(widths[1], abs=0.6) and widths[1] >= 1.5


def test_labels_of_boxes_in_the_same_place_do_not_cover_each_other(monkeypatch):
    plates = []
    monkeypatch.setattr(overlays, "paint_plate", lambda painter, rect, *rest: plates.append(rect))
    same = [replace(TARGET, id=number, box=Box(50, 60, 40, 30)) for number in (1, 2, 3)]
    painted(replace(SCENE, targets=tuple(same)), labels=True)
    assert len(plates) == 3
    assert not any(a.intersects(b) for a in plates for b in plates if a is not b)
    assert min(plate.top() for plate in plates) >= 0

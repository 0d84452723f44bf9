from dataclasses import replace

import numpy as np
import pytest

from engine.errors import FormatError
from engine.render import OVERLAY_NAMES, Overlay, Renderer, draw_attention, draw_target, parse_overlay
from engine.style import (
    HEAT_FLOOR,
    PROPOSAL_COLORS,
    STATE_COLORS,
    STATE_DASHES,
    STATE_WORDS,
    heat_table,
    target_color,
)
from engine.target_info import TargetInfo
from engine.testing import FakeSource, FakeTracker, moving_box
from engine.types import AttentionMap, Box, Frame, FrameResult, Proposals, Target, TrackState, read_only

NOTHING = Overlay(box=False)
GREY = 90


def result(targets=(), **more):
    image = read_only(np.full((200, 300, 3), GREY, np.uint8))
    return FrameResult(Frame(0, 0.0, image), tuple(targets), **more)


def changed(image):
    return (image != GREY).any(axis=2)


def test_nothing_switched_on_is_the_picture_and_a_copy():
    original = result([Target(1, Box(50, 60, 80, 70), 0.9, TrackState.TRACKED)])
    image = Renderer(NOTHING).render(original)
    assert not changed(image).any()
    image[:] = 0
    assert original.frame.image[0, 0, 0] == GREY


def test_the_box_is_drawn_where_it_is_in_its_states_colour():
    target = Target(1, Box(50, 60, 80, 70), 0.9, TrackState.TRACKED)
    image = Renderer(Overlay()).render(result([target]))
    for x, y in [(50, 95), (130, 95), (90, 130)]:
        assert tuple(image[y, x][::-1]) == STATE_COLORS[TrackState.TRACKED]
    assert not changed(image)[66:124, 56:124].any(), "the object itself stays free"
    assert not changed(image)[150:, :].any()


def line_of(state):
    image = np.full((200, 300, 3), GREY, np.uint8)
    draw_target(image, Target(1, Box(50, 60, 200, 70), 0.9, state), pen=1)
    return (image[130, 55:245] != GREY).any(axis=1)


def test_states_differ_by_dash_as_well_as_by_colour():
    assert line_of(TrackState.TRACKED).all()
    uncertain = line_of(TrackState.UNCERTAIN)
    assert 0.3 < uncertain.mean() < 0.95
    lost = line_of(TrackState.LOST)
    assert lost.mean() < uncertain.mean()


def test_every_state_has_a_colour_a_dash_and_a_word():
    for table in (STATE_COLORS, STATE_DASHES, STATE_WORDS):
        assert set(table) == set(TrackState)
    claims = {(STATE_COLORS[s], STATE_DASHES[s]) for s in (TrackState.TRACKED, TrackState.UNCERTAIN, TrackState.LOST)}
    assert len(claims) == 3


def test_a_lost_target_is_labelled_where_it_is_being_searched():
    target = Target(1, None, 0.1, TrackState.LOST, search=Box(100, 80, 90, 60))
    image = Renderer(Overlay()).render(result([target]))
    marks = changed(image)
    assert marks[50:80, 100:170].any(), "the label stands above the region"
    assert marks[80:142, 100:192].any()
    assert not marks[:, :90].any()


def test_a_label_stays_in_the_picture_and_on_its_plate():
    for box in (Box(-40, -40, 50, 50), Box(280, 190, 100, 100), Box(0, 0, 300, 200)):
        image = Renderer(Overlay()).render(result([Target(1, box, 1.0, TrackState.INIT)]))
        assert changed(image).sum() > 300


def test_a_target_without_any_place_is_named_in_the_corner():
    image = Renderer(Overlay()).render(result([Target(1, None, 0.0, TrackState.ABSENT)]))
    assert changed(image)[:60, :150].any()


def test_attention_glows_where_it_is_and_leaves_the_rest_alone():
    values = np.zeros((20, 30), np.float32)
    values[10, 20] = 1.0  # covers x 200..210, y 100..110
    image = np.full((200, 300, 3), GREY, np.uint8)
    draw_attention(image, AttentionMap(values, Box(0, 0, 300, 200)))
    marks = changed(image)
    assert marks[105, 205]
    ys, xs = np.nonzero(marks)
    assert xs.mean() == pytest.approx(204.5, abs=1.0)
    assert ys.mean() == pytest.approx(104.5, abs=1.0)
    assert xs.min() > 185
    assert xs.max() < 225


def test_attention_of_a_letterboxed_map_lies_where_its_region_says():
    values = np.zeros((24, 40), np.float32)
    values[12, 20] = 1.0
    region = Box(-50, -100, 400, 400)  # reaches past the picture
    image = np.full((200, 300, 3), GREY, np.uint8)
    draw_attention(image, AttentionMap(values, region))
    ys, xs = np.nonzero(changed(image))
    assert xs.mean() == pytest.approx(-50 + 20.5 * 10 - 0.5, abs=1.0)
    assert ys.mean() == pytest.approx(-100 + 12.5 * 400 / 24 - 0.5, abs=1.5)


def test_attention_outside_the_picture_draws_nothing():
    values = np.zeros((4, 4), np.float32)
    values[0, 0] = 1.0
    image = np.full((200, 300, 3), GREY, np.uint8)
    draw_attention(image, AttentionMap(values, Box(-1000, -1000, 400, 400)))
    draw_attention(image, AttentionMap(np.zeros((4, 4), np.float32), Box(0, 0, 300, 200)))
    assert not changed(image).any()


def test_the_heat_table_is_clear_below_and_rises_in_light_and_alpha():
    table = heat_table(0.7).astype(int)
    assert table.shape == (256, 4)
    assert (table[: int(HEAT_FLOOR * 255)] == 0).all()
    assert (np.diff(table[:, 3]) >= 0).all()
    assert table[255, 3] == round(0.7 * 255)
    assert (table[:, :3] <= table[:, 3:] + 1).all(), "premultiplied"
    light = table[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(light) >= -1).all()
    assert (heat_table(0.0) == 0).all()


def test_kinds_of_proposals_differ_by_colour():
    boxes = np.array([[10, 10, 40, 40], [110, 10, 40, 40], [210, 10, 40, 40]], dtype=np.float64)
    proposals = Proposals(boxes, np.ones(3), np.array([0, 1, 2], np.uint8))
    image = Renderer(Overlay(box=False, proposals=True)).render(result(proposals=proposals))
    seen = [tuple(int(v) for v in image[30, x][::-1]) for x in (10, 110, 210)]
    assert seen == list(PROPOSAL_COLORS.values())


def test_better_proposals_are_brighter():
    boxes = np.array([[10, 10, 40, 40], [110, 10, 40, 40]], dtype=np.float64)
    proposals = Proposals(boxes, np.array([0.1, 0.9]), np.zeros(2, np.uint8))
    image = Renderer(Overlay(box=False, proposals=True)).render(result(proposals=proposals))
    assert image[30, 10].sum() < image[30, 110].sum()


def test_the_trail_follows_and_breaks_where_the_target_was_lost():
    renderer = Renderer(Overlay(box=False, trail=True))
    image = np.full((200, 300, 3), GREY, np.uint8)
    positions = [(20, 50), (60, 50), None, (200, 50), (240, 50)]
    for index, position in enumerate(positions):
        box = None if position is None else Box(position[0] - 5, position[1] - 5, 10, 10)
        state = TrackState.LOST if box is None else TrackState.TRACKED
        frame = Frame(index, index / 10, read_only(image.copy()))
        drawn = renderer.render(FrameResult(frame, (Target(1, box, 0.5, state),)))
    marks = changed(drawn)
    assert marks[50, 40]
    assert marks[50, 220]
    assert not marks[50, 80:190].any()
    drawn = renderer.render(FrameResult(Frame(0, 0.0, read_only(image.copy())), ()))
    assert not changed(drawn).any(), "going back starts a new trail"


def test_everything_at_once_on_a_real_result():
    source, tracker = FakeSource(5), FakeTracker(lambda t, i: moving_box(i))
    tracker.init(source.read(), {1: moving_box(0)})
    shown = tracker.update(source.read())
    all_on = Overlay(**dict.fromkeys(OVERLAY_NAMES, True))
    image = Renderer(all_on).render(shown)
    assert image.shape == shown.frame.image.shape
    assert (image != shown.frame.image).any(axis=2).mean() > 0.1


def test_overlays_are_named_on_the_command_line():
    assert parse_overlay("box, attention,trail") == Overlay(box=True, attention=True, trail=True)
    assert parse_overlay("") == Overlay(box=False)
    with pytest.raises(FormatError, match="no overlay 'boxes': choose from box, attention"):
        parse_overlay("boxes")


def test_target_colours_repeat_after_the_last():
    assert target_color(1) == target_color(9)
    assert len({target_color(i) for i in range(1, 9)}) == 8


def test_names_and_colours_of_the_user_are_drawn_and_the_hidden_are_not():
    image = np.full((200, 300, 3), GREY, np.uint8)
    targets = [Target(id, Box(100 * id - 60, 80, 40, 40), 0.9, TrackState.TRACKED) for id in (1, 2)]
    plain = Renderer(Overlay())
    named = Renderer(Overlay(), [TargetInfo(1, "Zoë ж"), TargetInfo(2, hidden=True)])
    results = [FrameResult(Frame(0, 0.0, read_only(image)), (target,)) for target in targets]
    assert changed(named.render(results[0])).sum() > changed(plain.render(results[0])).sum(), "a longer label"
    assert not changed(named.render(results[1])).any()
    trails = [Renderer(Overlay(box=False, trail=True), infos) for infos in ((), [TargetInfo(1, color=3)])]
    drawn = []
    for renderer in trails:
        for index in (0, 1):
            moved = replace(targets[0], box=Box(40 + 30 * index, 80, 40, 40))
            drawn.append(renderer.render(FrameResult(Frame(index, 0.0, read_only(image)), (moved,))))
    assert (drawn[1] != drawn[3]).any()

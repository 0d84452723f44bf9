import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.time_view import FEWEST, TimeView


@st.composite
def views(draw):
    first = draw(st.integers(0, 1000))
    view = TimeView(left=54, width=draw(st.integers(1, 2000))).with_range(first, first + draw(st.integers(0, 100_000)))
    for _ in range(draw(st.integers(0, 4))):
        view = view.zoomed(draw(st.sampled_from([0.3, 0.8, 1.3, 2.0, 9.0])), draw(st.floats(0, 2100)))
        view = view.panned(draw(st.integers(-5000, 5000)))
    return view


@given(views())
def test_what_is_shown_is_always_a_part_of_what_there_is(view):
    assert view.first <= view.start <= view.end <= view.last
    assert view.shown >= min(FEWEST, view.last - view.first + 1)


@given(views(), st.floats(0, 1))
def test_pixels_and_frames_agree(view, share):
    frame = round(view.start + share * (view.end - view.start))
    assert view.frame_at(view.x_of(frame)) == frame


@given(views())
def test_outside_the_strip_are_its_ends(view):
    assert view.frame_at(-1e6) == view.start and view.frame_at(1e6) == view.end


def test_what_is_under_the_pointer_stays_there_when_zooming():
    view = TimeView(left=54, width=1000).with_range(0, 99_999)
    for _ in range(10):
        before = view.frame_at(700)
        view = view.zoomed(1.3, 700)
        assert abs(view.x_of(before) - 700) <= 1.5 * view.pitch + 1


def test_zooming_out_ends_with_all_frames():
    view = TimeView(width=500).with_range(0, 499).zoomed(8, 250)
    assert view.zoomed_in
    for _ in range(20):
        view = view.zoomed(0.7, 100)
    assert not view.zoomed_in and (view.start, view.end) == (0, 499)


def test_every_step_of_the_wheel_shows_a_change_until_the_ends():
    view = TimeView(width=500).with_range(0, 99)
    counts = []
    while view.shown > FEWEST:
        view = view.zoomed(1.01, 250)
        counts.append(view.shown)
    assert counts == sorted(set(counts), reverse=True) and counts[-1] == FEWEST


def test_it_follows_a_frame_that_leaves():
    view = TimeView(width=500).with_range(0, 999).zoomed(10, 0)
    assert view.following(50) is view
    moved = view.following(view.end + 1)
    assert moved.shows(view.end + 1) and moved.start > view.start and moved.shown == view.shown
    assert view.following(999).end == 999


def test_more_frames_are_all_shown_unless_zoomed_in():
    assert TimeView(width=500).with_range(0, 99).with_range(0, 199).end == 199
    zoomed = TimeView(width=500).with_range(0, 99).zoomed(4, 0)
    assert (zoomed.with_range(0, 199).start, zoomed.with_range(0, 199).end) == (zoomed.start, zoomed.end)


@pytest.mark.parametrize("frames", [1, 5, FEWEST])
def test_a_short_clip_cannot_be_zoomed(frames):
    view = TimeView(width=500).with_range(0, frames - 1)
    assert not view.zoomed(10, 250).zoomed_in

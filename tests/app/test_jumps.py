from app.jumps import lost_places, low_places, neighbour
from app.tracks import Tracks
from engine.track_log import TrackLog
from engine.types import Box, Target, TrackState


def tracks_of(confidences, target=1):
    """A track with these confidences; None is a frame on which the target is lost."""
    log = TrackLog()
    for frame, confidence in enumerate(confidences):
        lost = confidence is None
        state = TrackState.LOST if lost else TrackState.TRACKED if confidence > 0.4 else TrackState.UNCERTAIN
        log.record(
            frame, frame / 30, [Target(target, None if lost else Box(0, 0, 9, 9), 0.1 if lost else confidence, state)]
        )
    tracks = Tracks(log)
    tracks.refresh()
    return tracks


def test_a_spell_of_low_confidence_is_one_place():
    tracks = tracks_of([0.9] * 10 + [0.2] * 6 + [0.9, 0.2] + [0.9] * 10 + [0.3] + [0.9] * 3)
    assert low_places(tracks) == [(10, 1), (28, 1)]


def test_low_from_the_first_frame_counts_and_lost_does_not():
    tracks = tracks_of([0.2, 0.9] + [None] * 9 + [0.9])
    assert low_places(tracks) == [(0, 1)]
    assert lost_places(tracks) == [(2, 1)]


def test_a_lost_target_that_is_seen_for_a_moment_was_lost_once():
    flicker = [None] * 4 + [0.3] * 3
    tracks = tracks_of([0.9] * 10 + flicker * 5 + [None] * 2 + [0.9] * 5 + [None] * 3 + [0.9])
    assert lost_places(tracks) == [(10, 1), (52, 1)]
    assert [(event.kind, event.frame) for event in tracks.events()] == [
        ("lost", 10), ("reacquired", 47), ("lost", 52), ("reacquired", 55)
    ]  # fmt: skip
    assert low_places(tracks) == []


def test_a_longer_unsure_spell_between_lost_ones_is_worth_a_visit():
    tracks = tracks_of([0.9] * 10 + [None] * 4 + [0.3] * 30 + [None] * 4)
    assert lost_places(tracks) == [(10, 1), (44, 1)]
    assert low_places(tracks) == [(14, 1)]


def test_an_unsure_spell_at_the_end_may_yet_become_a_track():
    tracks = tracks_of([0.9] * 3 + [None] * 4 + [0.3] * 3)
    assert [event.kind for event in tracks.events()] == ["lost", "reacquired"]
    assert low_places(tracks) == [(7, 1)]


def test_neighbours():
    places = [(5, 1), (9, 2)]
    assert neighbour(places, 5, True) == (9, 2) and neighbour(places, 9, True) is None
    assert neighbour(places, 9, False) == (5, 1) and neighbour(places, 5, False) is None

from engine.config import StateConfig
from engine.tracking.state import StateMachine
from engine.types import TrackState

CONFIG = StateConfig(success=0.5, failure=0.25, fail_step=1, success_step=3, lost_at=6, reacquire=3)


def run(machine, *confidences):
    return [machine.step(c) for c in confidences]


def test_good_frames_are_tracked():
    machine = StateMachine(CONFIG)
    assert machine.state is TrackState.INIT
    assert run(machine, 0.9, 0.5) == [TrackState.TRACKED] * 2


def test_failures_are_uncertain_then_lost():
    machine = StateMachine(CONFIG)
    assert run(machine, *[0.1] * 6) == [TrackState.UNCERTAIN] * 5 + [TrackState.LOST]


def test_doubtful_frames_are_uncertain_for_ever_and_forgive_nothing():
    machine = StateMachine(CONFIG)
    run(machine, *[0.1] * 5)
    assert run(machine, *[0.3] * 50) == [TrackState.UNCERTAIN] * 50
    assert run(machine, 0.1) == [TrackState.LOST]


def test_a_good_frame_forgives_three_bad_ones():
    machine = StateMachine(CONFIG)
    run(machine, *[0.1] * 5, 0.9)
    assert run(machine, *[0.1] * 3) == [TrackState.UNCERTAIN] * 3


def test_one_good_frame_does_not_end_lost():
    machine = StateMachine(CONFIG)
    run(machine, *[0.1] * 6)
    assert run(machine, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9) == [TrackState.LOST] * 5 + [TrackState.TRACKED]

import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.testing import moving_box, textured_image
from engine.tracking.course import AGO, ALIKE, LEAP, Course
from engine.tracking.judge import Judgement
from engine.tracking.multi import MultiTracker
from engine.types import Box, Frame, Proposals, Verdict

SIDE = 20


def at(x, y=0):
    return Box(x, y, SIDE, SIDE)


def seen(best, confidence, *others):
    """What a view shows: a box, and other candidates with their scores."""
    boxes = np.stack([best.as_array(), *(box.as_array() for box, _ in others)])
    scores = np.array([confidence, *(score for _, score in others)])
    proposals = Proposals(boxes, scores, np.zeros(len(boxes), np.uint8))
    return Judgement(best, confidence, 0.0, 1.0, proposals, np.zeros((len(boxes), 1), np.float32), scores)


@pytest.fixture
def course():
    """Two pixels to the right a frame, until something that passes has drawn the box to the left for some frames."""
    made = Course()
    for n in range(2 * AGO):
        made.step(at(2 * n if n <= AGO else 2 * AGO - 5 * (n - AGO)))
    return made


GONE_ON, DRAWN_AWAY = at(4 * AGO), at(2 * AGO - 5 * AGO)


def test_what_goes_on_as_the_target_did_is_its_rival(course):
    place = course.rival(seen(DRAWN_AWAY, 0.9, (GONE_ON, 0.8)))
    assert place == pytest.approx(GONE_ON.center)


@pytest.mark.parametrize(
    "view",
    [
        seen(DRAWN_AWAY, 0.9),
        seen(DRAWN_AWAY, 0.9, (GONE_ON, 0.89 * ALIKE)),
        seen(DRAWN_AWAY, 0.9, (at(4 * AGO + SIDE), 0.9)),
        seen(GONE_ON, 0.9, (at(4 * AGO + SIDE), 0.9)),
        seen(at(4 * AGO - SIDE * 0.6), 0.9, (at(4 * AGO - SIDE * 0.3), 0.9)),
    ],
    ids=["nothing there", "less good", "elsewhere", "the found is on course", "the found reaches there"],
)
def test_nothing_else_is(course, view):
    assert course.rival(view) is None


def test_a_short_way_says_nothing():
    course = Course()
    for _ in range(2 * AGO - 1):
        course.step(at(0))
    assert course.rival(seen(at(-60), 0.9, (at(0), 0.9))) is None
    course.step(at(0))
    assert course.rival(seen(at(-60), 0.9, (at(0), 0.9))) is not None
    course.forget()
    assert course.rival(seen(at(-60), 0.9, (at(0), 0.9))) is None


def test_what_moves_on_has_not_leapt_and_what_is_elsewhere_has():
    course = Course()
    assert not course.leapt(at(500)), "nothing is known of a target that has just been started"
    for x in (0, 10, 20, 30):
        course.step(at(x))
    assert not course.leapt(at(40))
    assert not course.leapt(at(40 + 0.9 * LEAP * SIDE))
    assert course.leapt(at(40 + 1.1 * LEAP * SIDE))
    assert course.leapt(at(40, 1.1 * LEAP * SIDE))
    assert course.leapt(at(40 - 1.1 * LEAP * SIDE)), "stopping dead is a leap too"
    course.forget()
    assert not course.leapt(at(500))


def test_the_tracker_takes_what_is_on_course_and_says_so(monkeypatch):
    def frame(index):
        return Frame(index, index / 30, textured_image(index))

    with open_backend("onnxruntime") as backend:
        tracker = MultiTracker(backend, TrackerConfig(deterministic=True))
        tracker.init(frame(0), {1: moving_box(0)})
        place = np.array(moving_box(1).center)
        monkeypatch.setattr(Course, "rival", lambda course, found: place)
        result = tracker.update(frame(1))
        tracker.close()
    decision, box = result.why.decision, result.targets[0].box
    assert decision.verdict is Verdict.KEPT_COURSE
    assert decision.far.box.center == pytest.approx(place, abs=10) and box.center == pytest.approx(place, abs=10)

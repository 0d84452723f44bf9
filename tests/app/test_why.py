import numpy as np
import pytest

from app.why import explain
from engine.types import Box, Candidate, Decision, Frame, FrameResult, Proposals, Target, TrackState, Verdict, Why

pytestmark = pytest.mark.usefixtures("qapp")
NEAR, FAR = Candidate(Box(10, 10, 20, 20), 0.4), Candidate(Box(200, 50, 20, 20), 0.8)
IMAGE = np.zeros((100, 300, 3), np.uint8)


def result(decision, proposals=None, target=1):
    targets = (Target(target, NEAR.box, 0.4, TrackState.TRACKED),)
    return FrameResult(Frame(5, 0.5, IMAGE), targets, proposals=proposals, why=Why(target, decision))


def decided(verdict, **more):
    return Decision(NEAR, FAR, verdict, margin=0.1, floor=0.6, needed=3, **more)


@pytest.mark.parametrize(
    ("decision", "far_won", "words"),
    [
        (decided(Verdict.STAYED), False, "beat the near one by 10 points and reach 60%"),
        (decided(Verdict.WAITING, agreeing=2), False, "on 3 frames in a row; this is number 2"),
        (decided(Verdict.WAITING, agreeing=2, bystander=True), False, "was there already while the target was here"),
        (decided(Verdict.KEPT_COURSE), True, "goes on as the target did before"),
        (decided(Verdict.JUMPED, agreeing=3), True, "better on 3 frames in a row"),
        (decided(Verdict.JUMPED, agreeing=1, desperate=True), True, "one frame was enough"),
    ],
    ids=["stayed", "waiting", "waiting for a bystander", "kept course", "jumped", "jumped at once"],
)
def test_the_winner_and_the_reason_are_said(decision, far_won, words):
    told = explain(result(decision), 1)
    assert (told.near, told.far, told.far_won) == (NEAR, FAR, far_won)
    assert words in told.sentence


def test_where_no_far_place_was_looked_at_the_best_global_candidate_stands_in():
    boxes = np.array([[0, 0, 9, 9], [50, 0, 9, 9], [90, 0, 9, 9.0]])
    proposals = Proposals(boxes, np.array([0.9, 0.3, 0.2]), np.array([0, 2, 2], np.uint8))
    told = explain(result(Decision(NEAR, None, Verdict.NOT_COMPARED), proposals), 1)
    assert told.far == Candidate(Box(50, 0, 9, 9), 0.3) and told.far_won is None
    told = explain(result(Decision(NEAR, None, Verdict.NOTHING_FAR)), 1)
    assert told.far is None and told.sentence == "Attention showed no other place."


def test_what_is_not_known_is_said():
    assert "Nothing is tracked" in explain(None, 1).sentence
    assert "no longer kept" in explain(FrameResult(Frame(5, 0.5, IMAGE), result(None).targets), 1).sentence
    assert "box was drawn here" in explain(result(None), 1).sentence
    other = explain(result(decided(Verdict.STAYED), target=2), 1)
    assert "target 2" in other.sentence and other.near is None

import pytest

from engine.config import AttentionConfig
from engine.tracking.jump import JumpRule
from engine.types import Box, Candidate, Verdict

CONFIG = AttentionConfig()
HERE, THERE, ELSEWHERE = Box(0, 0, 20, 20), Box(200, 0, 20, 20), Box(400, 0, 20, 20)


def weigh(rule, near, far, place=THERE, desperate=False, frames=CONFIG.jump_frames):
    return rule.weigh(Candidate(HERE, near), Candidate(place, far), desperate, frames)


def test_a_confident_target_jumps_after_frames_in_a_row_that_agree():
    rule = JumpRule(CONFIG)
    decisions = [weigh(rule, 0.3, 0.9) for _ in range(CONFIG.jump_frames)]
    assert [d.verdict for d in decisions] == [Verdict.WAITING] * (CONFIG.jump_frames - 1) + [Verdict.JUMPED]
    assert [d.agreeing for d in decisions] == list(range(1, CONFIG.jump_frames + 1))
    assert weigh(rule, 0.3, 0.9).verdict is Verdict.WAITING, "a jump uses up what spoke for it"


def test_frames_that_point_to_different_places_do_not_add_up():
    rule = JumpRule(CONFIG)
    places = [THERE, ELSEWHERE] * CONFIG.jump_frames
    assert all(weigh(rule, 0.3, 0.9, place).verdict is Verdict.WAITING for place in places)


def test_a_frame_without_a_far_place_begins_the_count_anew():
    rule = JumpRule(CONFIG)
    weigh(rule, 0.3, 0.9)
    assert rule.agreeing == 1
    rule.nothing_far()
    assert rule.agreeing == 0


def test_a_desperate_target_jumps_at_once():
    assert weigh(JumpRule(CONFIG), 0.3, 0.9, desperate=True).verdict is Verdict.JUMPED


@pytest.mark.parametrize(
    ("near", "far"),
    [(0.85, 0.85 + CONFIG.jump_margin / 2), (0.1, CONFIG.jump_confidence - 0.01)],
    ids=["not better by the margin", "below what a far place must reach"],
)
def test_a_far_place_must_be_clearly_better_and_good(near, far):
    decision = weigh(JumpRule(CONFIG), near, far, desperate=True)
    assert decision.verdict is Verdict.STAYED
    assert (decision.near.confidence, decision.far.confidence) == (near, far)
    assert (decision.margin, decision.floor) == (CONFIG.jump_margin, CONFIG.jump_confidence)


def test_what_a_far_place_must_reach_may_be_less():
    near, far = Candidate(HERE, 0.1), Candidate(THERE, CONFIG.jump_confidence - 0.01)
    decision = JumpRule(CONFIG).weigh(near, far, desperate=True, frames=1, least=far.confidence - 0.01)
    assert decision.verdict is Verdict.JUMPED and decision.floor == far.confidence - 0.01

import pytest

from engine.config import TrackerConfig
from engine.tracking.doubt import Doubt
from engine.tracking.elsewhere import MOST_ZOOM, Elsewhere
from engine.tracking.regions import Region
from engine.types import Box, Candidate, Verdict

CONFIG = TrackerConfig()
SIZE = (640, 480)
BOX = Box(100, 100, 20, 20)
NEAR, LEFT, RIGHT = (Region(Box(x, 100, 20, 20), 0.9, 10.0) for x in (110, 300, 500))


@pytest.fixture
def doubt():
    return Doubt(CONFIG.doubt, CONFIG.state.failure)


@pytest.fixture
def elsewhere(doubt):
    """The target in hand, with a bystander at the left region."""
    made = Elsewhere(CONFIG)
    made.meet([NEAR, LEFT], BOX, 0.95, False, doubt)
    return made


def place(elsewhere, *regions, lost=False, age=1, here=BOX):
    return elsewhere.place(regions, BOX, here, lost, SIZE, age)


def weigh(elsewhere, doubt, region, near=0.1, lost=False):
    return elsewhere.weigh(Candidate(BOX, near), Candidate(region.box, 0.9), BOX, lost, doubt)


def test_a_place_is_far_if_a_look_around_the_target_misses_it(elsewhere):
    assert place(elsewhere, NEAR) is None
    assert place(elsewhere, NEAR, RIGHT) == (RIGHT.box, [RIGHT])


def test_strangers_are_looked_at_before_bystanders(elsewhere):
    assert place(elsewhere, LEFT, RIGHT) == (RIGHT.box, [RIGHT])
    assert place(elsewhere, LEFT) == (LEFT.box, [LEFT])


def test_a_lost_target_is_looked_for_in_every_strange_place_by_turns(elsewhere):
    other = Region(Box(300, 300, 20, 20), 0.9, 10.0)
    seen = [place(elsewhere, LEFT, RIGHT, other, lost=True, age=age)[1] for age in range(4)]
    assert seen == [[RIGHT], [other], [RIGHT], [other]]


def test_a_lost_target_without_a_strange_place_is_looked_for_all_over_the_frame(elsewhere):
    looks = [place(elsewhere, LEFT, lost=True, age=age) for age in range(1, 200)]
    assert all(regions == [] for _, regions in looks)
    centers = [box.center for box, _ in looks]
    assert all(0 <= x <= SIZE[0] and 0 <= y <= SIZE[1] for x, y in centers)
    assert {(int(x // 160), int(y // 160)) for x, y in centers} == {(i, j) for i in range(4) for j in range(3)}


def test_regions_are_looked_at_with_the_last_size_and_with_their_own(elsewhere):
    large = Region(Box(480, 80, 40, 40), 0.9, 10.0)
    boxes = [place(elsewhere, large, lost=True)[0] for _ in range(4)]
    assert sorted({(box.center, box.side) for box in boxes}) == [((500, 100), 20), ((500, 100), 40)]


def test_what_is_seen_from_where_the_other_look_goes_is_not_far(elsewhere):
    assert place(elsewhere, RIGHT, lost=True, here=RIGHT.box)[1] == []


def test_what_earlier_maps_have_shown_waits_for_its_look(elsewhere):
    other = Region(Box(300, 300, 20, 20), 0.8, 10.0)
    assert place(elsewhere, RIGHT, other, lost=True)[1] == [RIGHT]
    assert place(elsewhere, lost=True)[1] == [other], "seen on the map before only"
    assert place(elsewhere, lost=True)[1] == []


def test_places_that_wait_are_forgotten_once_the_target_is_in_hand(elsewhere):
    other = Region(Box(300, 300, 20, 20), 0.8, 10.0)
    place(elsewhere, RIGHT, other, lost=True)
    assert place(elsewhere) is None
    assert place(elsewhere, lost=True)[1] == []


def test_a_candidate_is_looked_at_again_at_its_own_size_within_bounds(elsewhere):
    assert elsewhere.again(BOX, Box(400, 200, 40, 40), SIZE, 1) == Box(400, 200, 40, 40)
    huge = elsewhere.again(BOX, Box(300, 100, 200, 200), SIZE, 1)
    assert huge.center == (400, 200) and huge.side == MOST_ZOOM * BOX.side


def test_without_a_candidate_the_last_place_takes_turns_with_the_rest_of_the_frame(elsewhere):
    looks = [elsewhere.again(BOX, None, SIZE, age) for age in range(400)]
    assert looks.count(BOX) == 200
    assert {(int(b.center[0] // 160), int(b.center[1] // 160)) for b in looks} == {
        (i, j) for i in range(4) for j in range(3)
    }


def test_without_a_candidate_a_place_that_waits_is_looked_at_before_the_rest_of_the_frame(elsewhere):
    other = Region(Box(300, 300, 20, 20), 0.8, 10.0)
    place(elsewhere, RIGHT, other, lost=True)
    assert elsewhere.again(BOX, None, SIZE, 1) == BOX
    assert elsewhere.again(BOX, None, SIZE, 2) == other.box


def test_a_lost_target_jumps_to_a_stranger_at_once_and_to_a_bystander_after_many_frames(elsewhere, doubt):
    stranger = weigh(elsewhere, doubt, RIGHT, lost=True)
    assert stranger.verdict is Verdict.JUMPED and not stranger.bystander
    decisions = [weigh(elsewhere, doubt, LEFT, lost=True) for _ in range(CONFIG.bystander.jump_frames)]
    assert all(decision.bystander for decision in decisions)
    waiting = [Verdict.WAITING] * (CONFIG.bystander.jump_frames - 1)
    assert [decision.verdict for decision in decisions] == [*waiting, Verdict.JUMPED]


def test_one_frame_is_enough_only_after_a_long_doubt_and_while_nothing_is_near(elsewhere, doubt):
    assert weigh(elsewhere, doubt, RIGHT).verdict is Verdict.WAITING
    elsewhere.nothing_far()
    for _ in range(CONFIG.attention.desperate_at):
        doubt.step(0.1)
    assert weigh(elsewhere, doubt, RIGHT, near=0.5).verdict is Verdict.WAITING
    elsewhere.nothing_far()
    assert weigh(elsewhere, doubt, RIGHT).verdict is Verdict.JUMPED


@pytest.mark.parametrize("case", ["unlike", "in doubt", "lost", "waiting for a far place"])
def test_what_is_seen_while_the_target_is_not_in_hand_stays_strange(case, doubt):
    elsewhere, near = Elsewhere(CONFIG), 0.95
    if case == "unlike":
        near = doubt.fair - 0.01
    elif case == "in doubt":
        doubt.step(0.1)
    elif case == "waiting for a far place":
        weigh(elsewhere, doubt, RIGHT)
    elsewhere.meet([LEFT], BOX, near, case == "lost", doubt)
    assert place(elsewhere, LEFT, lost=True)[1] == [LEFT]


def test_a_look_is_due_now_and_then_and_whenever_the_target_is_not_as_usual(doubt):
    elsewhere = Elsewhere(CONFIG)
    ages = [age for age in range(1, 40) if elsewhere.due(doubt, age) and not elsewhere.looked(age)]
    assert ages == [2, 7, 12, 17, 22, 27, 32, 37]
    doubt.step(0.5)
    assert doubt.unlike and elsewhere.due(doubt, 40)
    fresh = Doubt(CONFIG.doubt, CONFIG.state.failure)
    weigh(elsewhere, fresh, RIGHT)
    assert elsewhere.due(fresh, 41), "a far place is waited for"

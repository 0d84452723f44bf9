import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.config import AttentionConfig, TrackerConfig
from engine.drawn import Drawn
from engine.errors import BackendError, Cancelled, FormatError
from engine.geometry import iou
from engine.hurry import NOW, SOON
from engine.models import BOXES
from engine.testing import moving_box, textured_image
from engine.track_rows import is_narrow
from engine.tracking.multi import MultiTracker, usable_box
from engine.types import Box, Frame, Origin, TrackState, Verdict

IN_LINE = TrackerConfig(deterministic=True)


@pytest.fixture(scope="module")
def backend():
    with open_backend("onnxruntime") as opened:
        yield opened


@pytest.fixture
def tracker(backend):
    made = MultiTracker(backend, IN_LINE)
    yield made
    made.close()


def frame(index, target=True):
    image = textured_image(index, target=target)
    image.flags.writeable = False
    return Frame(index, index / 30, image)


def test_it_follows_a_moving_target(tracker):
    result = tracker.init(frame(0), {1: moving_box(0)})
    assert result.targets[0].state is TrackState.INIT and result.targets[0].confidence == 1.0
    overlaps = []
    for index in range(1, 40):
        target = tracker.update(frame(index)).targets[0]
        assert target.state in (TrackState.TRACKED, TrackState.UNCERTAIN) and target.box is not None
        overlaps.append(iou(target.box.as_array(), moving_box(index).as_array()))
    assert np.mean(overlaps) > 0.5


def test_results_carry_what_was_seen(tracker):
    tracker.init(frame(0), {1: moving_box(0)})
    result = tracker.update(frame(1))
    assert result.attention is not None and 0 <= result.attention.values.min() <= result.attention.values.max() <= 1
    assert result.proposals is not None and result.proposals.boxes.shape == (BOXES, 4)
    assert not result.proposals.boxes.flags.writeable and not result.attention.values.flags.writeable
    assert set(result.proposals.kind.tolist()) >= {0, 1}
    assert result.targets[0].search is not None
    assert {"features", "encode", "attend", "locate", "score"} <= set(result.timings.stages)
    assert result.timings.total_ms > 0


def test_results_are_kept_in_few_bytes(tracker):
    tracker.init(frame(0), {1: moving_box(0)})
    results = [tracker.update(frame(index, target=index < 3)) for index in range(1, 6)]
    assert all(is_narrow(frame, result.targets[0]) for frame, result in enumerate(results))


def test_results_say_why_for_the_target_in_focus(tracker):
    first = tracker.init(frame(0), {1: moving_box(0), 4: Box(10, 10, 30, 30)})
    assert first.why.target == 1 and first.why.decision is None and len(first.why.memory) == 1
    tracker.focus = 4
    result = tracker.update(frame(1))
    why = result.why
    assert why.target == 4 and why.memory[0].first and why.memory[0].frame_index == 0
    assert float(np.float32(why.decision.near.confidence)) == result.targets[1].confidence
    assert why.decision.verdict in Verdict and (why.decision.far is None) == (
        why.decision.verdict in (Verdict.NOT_COMPARED, Verdict.NOTHING_FAR)
    )


def test_a_target_that_goes_is_said_to_be_lost(tracker):
    tracker.init(frame(0), {1: moving_box(0)})
    for index in range(1, 15):
        tracker.update(frame(index))
    states = [tracker.update(frame(index, target=False)).targets[0] for index in range(15, 45)]
    assert states[-1].state is TrackState.LOST and states[-1].box is None
    assert states[-1].confidence < 0.5


def test_two_runs_give_the_same_bits(backend):
    def run():
        made = MultiTracker(backend, IN_LINE, seed=3)
        made.init(frame(0), {1: moving_box(0)})
        rows = [made.update(frame(index)).targets[0] for index in range(1, 25)]
        made.close()
        return [(row.box, row.confidence, row.state) for row in rows]

    assert run() == run()


def test_looking_beside_attending_changes_no_bit():
    def run(threads):
        with open_backend("onnxruntime", threads=threads) as backend:
            made = MultiTracker(backend, IN_LINE)
            made.init(frame(0), {1: moving_box(0), 2: Box(10, 10, 30, 30), 3: Box(200, 100, 50, 40)})
            results = [made.update(frame(index), coming=frame(index + 1)) for index in range(1, 13)]
            made.close()
            return backend.info.lanes, [[(t.box, t.confidence) for t in result.targets] for result in results]

    (one_lane, in_turn), (lanes, beside) = run(1), run(2)
    assert (one_lane, lanes) == (1, 2)
    assert in_turn == beside


def test_foresight_changes_no_bit_and_encodes_every_frame_once(monkeypatch):
    def run(foresee, first=0):
        frames = [frame(index) for index in range(first, first + 14)]
        with open_backend("onnxruntime", threads=2) as backend:
            encoded, really = [], backend.run
            note = lambda graph, feeds: (encoded.append(graph), really(graph, feeds))[1]  # noqa: E731
            monkeypatch.setattr(backend, "run", note)
            made = MultiTracker(backend, IN_LINE)
            made.init(frames[0], {1: moving_box(first)})
            started = encoded.count("encode_classic")
            results = []
            for index, at in enumerate(frames[1:-1], 1):
                results.append(made.update(at, coming=foresee(frames, index)))
                assert "encode" in results[-1].timings.stages
            made.close()
            rows = [(r.targets[0].box, r.targets[0].confidence, r.attention.values.tobytes()) for r in results]
            return rows, encoded.count("encode_classic") - started

    unaware, count = run(lambda frames, index: None)
    foreseeing, foreseen = run(lambda frames, index: frames[index + 1])
    assert foreseeing == unaware
    assert count == 12 and 12 <= foreseen <= 13, "the last frame may be foreseen, though it is not asked for"
    wrong, _ = run(lambda frames, index: frames[0])
    assert wrong == unaware, "another frame came than was expected"


def test_attention_that_fails_beside_the_look_is_the_frame_s_failure(backend, monkeypatch):
    made = MultiTracker(backend, IN_LINE)
    made.init(frame(0), {1: moving_box(0)})
    really = backend.run

    def failing(graph, feeds):
        if graph.startswith("attend"):
            raise BackendError("no attention today")
        return really(graph, feeds)

    monkeypatch.setattr(backend, "run", failing)
    with pytest.raises(BackendError, match="no attention today"):
        made.update(frame(1))
    monkeypatch.undo()
    assert made.update(frame(2)).attention is not None
    made.close()


def test_targets_come_and_go(tracker):
    tracker.init(frame(0), {1: moving_box(0), 7: Box(10, 10, 30, 30)})
    assert tracker.targets == (1, 7) and tracker.focus == 1
    assert [t.id for t in tracker.update(frame(1)).targets] == [1, 7]
    assert [t.id for t in tracker.update(frame(2), only=[7]).targets] == [7]
    tracker.remove(1)
    assert tracker.targets == (7,) and tracker.focus == 7
    tracker.remove(7)
    assert tracker.update(frame(3)).targets == () and tracker.focus is None


def test_a_redrawn_box_is_taken_as_drawn(tracker):
    tracker.init(frame(0), {1: moving_box(0)})
    tracker.update(frame(1))
    target = tracker.init(frame(1), {1: Box(20, 30, 40, 50)}, manual=True).targets[0]
    assert (target.box, target.state, target.origin) == (Box(20, 30, 40, 50), TrackState.MANUAL, Origin.MANUAL)


def test_a_correction_is_learned_beside_what_was_drawn_before(tracker):
    first, then = Drawn(0, moving_box(0), lambda: None), Drawn(20, moving_box(20), lambda: None)
    tracker.init(frame(0), {1: moving_box(0)})
    tracker.update(frame(1))
    result = tracker.init(frame(20), {1: moving_box(20)}, manual=True, drawn={1: [first]})
    assert [(p.frame_index, p.first) for p in result.why.memory] == [(20, True), (0, True)]
    result = tracker.init(frame(30), {1: moving_box(30)}, drawn={1: [first, then]})
    assert [(p.frame_index, p.first) for p in result.why.memory] == [(20, True), (0, True), (30, False)], "own box"
    result = tracker.init(frame(20), {1: moving_box(20)}, drawn={1: [first, then]})
    assert [(p.frame_index, p.first) for p in result.why.memory] == [(20, True), (0, True)], "the drawn one again"
    result = tracker.init(frame(30), {1: moving_box(30)}, drawn={1: [first]})
    assert [p.frame_index for p in result.why.memory] == [0, 30], "a correction that was taken back is forgotten"


def test_a_drawn_box_never_seen_is_learned_from_its_picture(tracker):
    asked = []
    shown = Drawn(5, moving_box(5), lambda: asked.append(5) or frame(5))
    for _ in range(2):
        result = tracker.init(frame(9), {1: moving_box(9)}, drawn={1: [shown]})
    assert asked == [5], "a picture is looked at once"
    assert [p.frame_index for p in result.why.memory] == [5, 9]


def test_it_follows_a_target_backwards(tracker):
    tracker.init(frame(40), {1: moving_box(40)})
    overlaps = []
    for index in range(39, 10, -1):
        target = tracker.update(frame(index)).targets[0]
        overlaps.append(0.0 if target.box is None else iou(target.box.as_array(), moving_box(index).as_array()))
    assert np.mean(overlaps) > 0.5


def test_learning_beside_tracking_ends_with_close(backend):
    made = MultiTracker(backend, TrackerConfig())
    made.init(frame(0), {1: moving_box(0)})
    for index in range(1, 25):
        made.update(frame(index))
    made.close()
    assert made.targets == ()


@pytest.mark.parametrize(
    ("box", "message"),
    [
        (Box(float("nan"), 0, 10, 10), "no numbers"),
        (Box(0, 0, float("inf"), 10), "no numbers"),
        (Box(5, 5, 0, 10), "no size"),
        (Box(5, 5, 10, -3), "no size"),
        (Box(400, 5, 10, 10), "outside the frame"),
        (Box(-50, 5, 40, 10), "outside the frame"),
        (Box(318, 5, 40, 10), "smaller than"),
    ],
)
def test_useless_boxes_are_refused_and_change_nothing(tracker, box, message):
    with pytest.raises(FormatError, match=message):
        tracker.init(frame(0), {1: box})
    assert tracker.targets == ()


@pytest.mark.parametrize("thin", [Box(0, 100, 320, 4), Box(150, 0, 4, 240), Box(0, 0, 320, 240), Box(10, 10, 4, 4)])
def test_extreme_boxes_can_be_followed(tracker, thin):
    tracker.init(frame(0), {1: thin})
    for index in range(1, 4):
        box = tracker.update(frame(index)).targets[0].box
        assert box is not None and np.isfinite(box.as_array()).all()


def test_without_attention_there_is_no_global_search(backend):
    made = MultiTracker(backend, TrackerConfig(attention=AttentionConfig(every=0), deterministic=True))
    results = [made.init(frame(0), {1: moving_box(0)}), made.update(frame(1))]
    made.close()
    for result in results:
        assert result.attention is None and len(result.regions) == 0
    assert 2 not in results[1].proposals.kind.tolist()


def test_learning_under_way_can_be_waited_for(backend):
    made = MultiTracker(backend)
    made.init(frame(0), {1: moving_box(0), 2: Box(10, 10, 30, 30)})
    begun = 0
    for index in range(1, 25):
        made.update(frame(index))
        jobs = [t._learner._pending for t in made._trackers.values() if t._learner._pending is not None]
        made.wait()
        begun += len(jobs)
        assert all(job.done() for job in jobs)
        assert all(t._learner._pending is None for t in made._trackers.values())
    made.close()
    assert begun > 0


def test_boxes_past_the_border_are_cut():
    assert usable_box(Box(-10, -10, 50, 50), 320, 240) == Box(0, 0, 40, 40)


def test_starting_gives_way_to_a_seek_and_tracking_only_to_the_end(tracker):
    tracker.init(frame(0), {1: moving_box(0)})
    runs, level = [], [0]

    def pressed():
        runs.append(1)
        return level[0] if len(runs) > 3 else 0  # in the midst of it

    tracker.pressed = pressed
    level[0] = SOON
    with pytest.raises(Cancelled):
        tracker.init(frame(1), {1: moving_box(1), 2: Box(20, 20, 40, 40)})
    assert tracker.targets == (1,)
    runs.clear()
    assert tracker.update(frame(1)).targets[0].box is not None
    runs.clear()
    level[0] = NOW
    with pytest.raises(Cancelled):
        tracker.update(frame(2))


def test_learning_beside_tracking_is_left_in_peace(backend):
    made = MultiTracker(backend)
    try:
        made.init(frame(0), {1: moving_box(0)})
        for index in range(1, 12):
            made.update(frame(index))
        made.pressed = lambda: NOW
        made.wait()  # raises what went wrong in the background
    finally:
        made.close()

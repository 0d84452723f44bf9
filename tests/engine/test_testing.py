"""The stand-ins must be as strict as what they stand in for."""

import numpy as np
import pytest

from engine.errors import BackendError, FormatError, SourceError
from engine.geometry import iou
from engine.sources.file import FileSource
from engine.testing import FakeBackend, FakeSource, FakeTracker, moving_box, textured_image, write_clip
from engine.types import PROPOSAL_KINDS, Box, Origin, TrackState


def test_the_clip_shows_the_target_where_the_truth_says(tmp_path):
    truth = write_clip(tmp_path / "c.mp4", 20, hidden=range(8, 12))
    assert [index for index, box in enumerate(truth) if box is None] == [8, 9, 10, 11]
    source = FileSource(tmp_path / "c.mp4")
    for box in truth:
        image = source.read().image.astype(int)
        empty = textured_image(0, target=False).astype(int)
        difference = np.abs(image - empty).sum(axis=2) > 90
        if box is None:
            assert difference.mean() < 0.01
            continue
        ys, xs = np.nonzero(difference)
        found = np.array([xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1], dtype=float)
        assert iou(found, box.as_array()) > 0.7
    source.close()


def test_a_clip_in_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="Cannot write"):
        write_clip(tmp_path / "no" / "c.mp4", 2)


def test_results_are_plausible():
    source, tracker = FakeSource(), FakeTracker(lost={2: [range(2, 3)]}, uncertain={1: [range(1, 2)]})
    first = tracker.init(source.read(), {1: moving_box(0), 2: Box(5, 5, 20, 20)})
    assert [t.state for t in first.targets] == [TrackState.INIT] * 2
    second = tracker.update(source.read())
    assert [t.state for t in second.targets] == [TrackState.UNCERTAIN, TrackState.TRACKED]
    third = tracker.update(source.read())
    assert third.targets[1].box is None
    assert third.targets[1].confidence < 0.2
    assert third.attention.values.dtype == np.float32
    assert 0.5 < third.attention.values.max() <= 1.0
    assert third.proposals.boxes.shape == (256, 4)
    assert set(third.proposals.kind) == set(range(len(PROPOSAL_KINDS)))
    assert third.regions.shape == (1, 4)
    assert third.timings.total_ms == pytest.approx(12.5)
    for array in (third.attention.values, third.proposals.boxes, third.regions):
        assert not array.flags.writeable


def test_a_correction_is_manual_and_some_targets_can_be_updated_alone():
    source, tracker = FakeSource(), FakeTracker()
    frame = source.read()
    tracker.init(frame, {1: moving_box(0), 2: Box(5, 5, 20, 20)})
    result = tracker.init(frame, {2: Box(6, 6, 20, 20)}, manual=True)
    assert (result.targets[0].state, result.targets[0].origin) == (TrackState.MANUAL, Origin.MANUAL)
    assert [t.id for t in tracker.update(source.read(), only={2}).targets] == [2]
    tracker.remove(1)
    assert tracker.targets == (2,)
    assert tracker.focus == 2
    tracker.close()
    assert tracker.targets == ()


@pytest.mark.parametrize(
    "box", [Box(0, 0, 0, 5), Box(float("nan"), 0, 5, 5), Box(400, 0, 10, 10), Box(0, -20, 10, 10), Box(0, 0, -3, 4)]
)
def test_useless_boxes_are_refused(box):
    with pytest.raises(FormatError, match="draw it again"):
        FakeTracker().init(FakeSource().read(), {1: box})


def test_the_backend_has_no_networks():
    with FakeBackend() as backend:
        backend.warm_up()
        assert backend.head() == {}
        with pytest.raises(BackendError):
            backend.run("features", {})
    assert backend.closed

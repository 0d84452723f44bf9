import numpy as np
import pytest

from engine.datasets import Clip
from engine.errors import FormatError, SourceError
from engine.one_pass import follow
from engine.painting import paint_out
from engine.testing import FakeTracker, moving_box, write_clip
from engine.types import Target


class Recorder:
    """Follows with the fake tracker and keeps the pictures it was shown."""

    def __init__(self, **script):
        self.tracker, self.seen = FakeTracker(lambda _, index: moving_box(index), **script), []

    def init(self, frame, box):
        self.seen.append(frame.image)
        self.tracker.init(frame, {1: box})

    def update(self, frame) -> Target:
        self.seen.append(frame.image)
        return self.tracker.update(frame).targets[0]

    def close(self):
        self.tracker.close()


@pytest.fixture
def clip(tmp_path):
    boxes = write_clip(tmp_path / "c.mp4", frames=12)
    return Clip("c", tmp_path / "c.mp4", np.array([box.as_array() for box in boxes]))


def test_a_track_says_what_was_claimed(clip):
    track = follow(Recorder(lost={1: [range(4, 6)]}, uncertain={1: [range(8, 9)]}), clip)
    assert np.isnan(track.boxes[:, 0]).tolist() == [i in (4, 5) for i in range(12)]
    assert track.tracked.tolist() == [i not in (4, 5, 8) for i in range(12)]
    assert track.confidence[0] == 1.0 and track.confidence[4] == pytest.approx(0.08)
    np.testing.assert_allclose(track.boxes[3], clip.truth[3])


def test_a_part_of_a_clip_starts_on_its_frame(clip):
    recorder = Recorder()
    follow(recorder, Clip("c", clip.source, clip.truth[5:9], start=5))
    assert recorder.tracker.inits[0][0] == 5
    assert [index for index, _ in recorder.tracker.updates] == [6, 7, 8]


def test_hidden_targets_are_painted_out_and_only_they(clip):
    plain, hidden = Recorder(), Recorder()
    follow(plain, clip)
    follow(hidden, clip, range(3, 7))
    for index, (a, b) in enumerate(zip(plain.seen, hidden.seen, strict=True)):
        wanted = paint_out(a, moving_box(index)) if index in range(3, 7) else a
        np.testing.assert_array_equal(b, wanted)
    assert not hidden.seen[4].flags.writeable


def test_too_few_frames_and_useless_boxes_name_the_clip(clip):
    with pytest.raises(SourceError, match=r"c\.mp4 ends after 12 frames, but its truth has 24 boxes"):
        follow(Recorder(), Clip("c", clip.source, np.vstack([clip.truth, clip.truth])))
    outside = clip.truth.copy()
    outside[0] = (900, 900, 10, 10)
    with pytest.raises(FormatError, match="the first true box of the clip c is of no use"):
        follow(Recorder(), Clip("c", clip.source, outside))

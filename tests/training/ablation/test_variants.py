import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.testing import moving_box, textured_image
from engine.types import Box, Frame, FrameResult, Target, TrackState
from training.ablation.rescue import Rescued
from training.ablation.variants import VARIANTS, Tools
from training.ablation.without_locate import WithoutLocate, sampling_only

ALWAYS = [variant for variant in VARIANTS if not variant.models and not variant.peer]


def frame(index, target=True):
    return Frame(index, index / 30, textured_image(index, target=target))


@pytest.fixture(scope="module")
def tools():
    made = Tools({"": None}, threads=1)
    yield made
    made.close()


def test_rows_have_names_of_their_own_and_say_what_they_lack(tools, tmp_path):
    names = [variant.name for variant in VARIANTS]
    assert len(set(names)) == len(names) and names[0] == "full"
    by_name = {variant.name: variant for variant in VARIANTS}
    assert by_name["full"].missing(tools) == ""
    assert "--models frames1=FOLDER" in by_name["frames1"].missing(tools)
    assert by_name["frames1"].missing(Tools({"": None, "frames1": None})) == ""
    assert by_name["csrt"].missing(tools) == ""
    assert "v2_backbone.onnx" in by_name["nano"].missing(Tools({"": None}, peer_models=tmp_path))


@pytest.mark.parametrize("variant", ALWAYS, ids=lambda variant: variant.name)
def test_every_row_follows_an_easy_target(variant, tools):
    follower = variant.make(tools, 0)
    follower.init(frame(0), moving_box(0))
    target = [follower.update(frame(index)) for index in range(1, 4)][-1]
    follower.close()
    assert target.box is not None
    assert abs(target.box.center[0] - moving_box(3).center[0]) < 30


def test_without_locate_only_the_classifier_counts(tools):
    config = sampling_only(TrackerConfig())
    assert (config.search.located, config.search.tight) == (1, 0)
    assert (config.search.belief_weight, config.search.ridge_weight) == (1.0, 1.0)
    with open_backend("onnxruntime", 1) as inner, WithoutLocate(inner) as blind:
        assert blind.info == inner.info and set(blind.head()) == set(inner.head())
        found = blind.run("locate", {})
        assert found["score"].max() == 0 and (found["ltrb"] == 32).all()
        image = np.zeros((1, 3, 256, 256), np.float32)
        assert set(blind.run("features", {"image": image})) == {"f8", "f16"}


class Scripted:
    """A tracker that fails on the frames it is told to, and remembers where it was started."""

    def __init__(self, starts, fails):
        self.starts, self._fails, self.closed = starts, fails, False

    def init(self, frame, box):
        self.starts.append((frame.index, box))

    def update(self, frame):
        confidence = 0.2 if frame.index in self._fails else 0.9
        return Target(1, Box(10, 10, 20, 30), confidence, TrackState.TRACKED)

    def close(self):
        self.closed = True


class Guide:
    """Attention that sees one region, or none on some frames."""

    def __init__(self, dark):
        self._dark = dark

    def init(self, frame, boxes):
        pass

    def update(self, frame):
        regions = np.zeros((0, 4)) if frame.index in self._dark else np.array([[100.0, 100.0, 40.0, 20.0]])
        return FrameResult(frame, (), regions=regions)

    def close(self):
        pass


def test_a_failed_tracker_starts_anew_where_attention_looks_with_its_last_size():
    starts = []
    rescued = Rescued(lambda: Scripted(starts, fails={2, 3}), Guide(dark={3}))
    rescued.init(frame(0), Box(5, 5, 10, 10))
    seen = [rescued.update(frame(index)) for index in range(1, 5)]
    rescued.close()
    assert starts == [(0, Box(5, 5, 10, 10)), (2, Box(110, 95, 20, 30))]
    assert seen[0].state is TrackState.TRACKED
    assert seen[1].box == Box(110, 95, 20, 30) and seen[1].state is TrackState.UNCERTAIN
    assert seen[2].confidence == 0.2  # nothing to be seen: what the tracker says stands

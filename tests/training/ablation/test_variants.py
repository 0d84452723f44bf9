import numpy as np
import pytest

from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.testing import moving_box, textured_image
from engine.types import AttentionMap, Box, Frame, Target, TrackState
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
    """A tracker that stays where it was started and shrinks; on the frames it is told to it sees nothing."""

    def __init__(self, starts, blind=()):
        self.starts, self._blind, self.closed = starts, blind, False

    def init(self, frame, box):
        self.starts.append((frame.index, box))
        self._box = box

    def update(self, frame):
        self._box = Box(self._box.x, self._box.y, self._box.w - 1, self._box.h - 1)
        if frame.index in self._blind:
            return Target(1, None, 0.0, TrackState.LOST)
        return Target(1, self._box, 0.9, TrackState.TRACKED)

    def close(self):
        self.closed = True


class Witness:
    """Attention that is lit at one place of the map, or nowhere, and remembers what it was shown and asked."""

    def __init__(self, cells):
        self._cells, self.seen, self.asked = cells, [], []

    def see(self, frame):
        self.seen.append(frame.index)

    def attend(self, frame):
        self.asked.append(frame.index)
        values = np.zeros((48, 80), np.float32)
        cell = self._cells.get(frame.index)
        if cell is not None:
            values[cell[1] - 1 : cell[1] + 2, cell[0] - 1 : cell[0] + 2] = 0.9
        width, height = frame.size
        return AttentionMap(values, Box(0, 0, width, height))


def rescued(cells, blind=(), frames=18):
    starts, witness = [], Witness(cells)
    follower = Rescued(lambda: Scripted(starts, blind), lambda frame, box: witness)
    follower.init(frame(0), Box(10, 10, 60, 70))
    seen = [None, *(follower.update(frame(index)) for index in range(1, frames))]
    follower.close()
    assert witness.asked == [5, 10, 15] and witness.seen == [3, 4, 8, 9, 13, 14]
    return starts, seen


def at(cell):
    """The middle of a cell of the map in pixels of the frame."""
    width, height = frame(0).size
    return (cell[0] + 0.5) * width / 80, (cell[1] + 0.5) * height / 48


HERE, THERE = (4, 4), (60, 30)


def test_a_tracker_that_attention_sees_elsewhere_twice_starts_anew_there_with_its_last_good_size():
    starts, seen = rescued({5: HERE, 10: THERE, 15: THERE})
    assert [index for index, _ in starts] == [0, 15]
    assert starts[1][1].center == pytest.approx(at(THERE), abs=1) and (starts[1][1].w, starts[1][1].h) == (55, 65)
    assert seen[15].state is TrackState.UNCERTAIN and seen[15].box == starts[1][1]
    assert (seen[16].box.x, seen[16].box.w) == (starts[1][1].x, 54)  # it goes on from there


@pytest.mark.parametrize("cells", [{10: THERE}, {5: THERE, 10: HERE, 15: THERE}, {}], ids=["once", "and back", "dark"])
def test_a_tracker_is_left_alone_unless_attention_insists(cells):
    starts, seen = rescued(cells)
    assert len(starts) == 1 and all(target.state is TrackState.TRACKED for target in seen[1:])


def test_a_tracker_that_gives_up_is_started_again_at_the_first_look():
    starts, seen = rescued({10: THERE}, blind={8, 9, 10})
    assert [index for index, _ in starts] == [0, 10]
    assert seen[9].state is TrackState.LOST and seen[10].box is not None


def test_attention_alone_is_the_witness(tools):
    variant = next(variant for variant in VARIANTS if variant.name == "csrt+attention")
    follower = variant.make(tools, 0)
    follower.init(frame(0), moving_box(0))
    target = [follower.update(frame(index)) for index in range(1, 11)][-1]
    follower.close()
    assert abs(target.box.center[0] - moving_box(10).center[0]) < 30

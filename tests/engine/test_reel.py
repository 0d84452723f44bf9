import threading
import time

import numpy as np
import pytest

from engine.player import Player
from engine.reel import KEPT, PIECE, Reel, reel_of
from engine.sources import open_source
from engine.sources.file import FileSource
from engine.testing import FakeSource, FakeTracker, moving_box, write_clip
from engine.track_log import TrackLog

PATIENCE_S = 20
SIZE = (160, 120)


def until(something):
    """What this returns, once it is something."""
    for _ in range(100 * PATIENCE_S):
        if found := something():
            return found
        time.sleep(0.01)
    raise AssertionError("never came")


class Rig:
    """A reel over a fake file, with ways to wait for what it decodes."""

    def __init__(self, frames, key_before, source=None):
        self.source = source or FakeSource(frames)
        self.opened = 0
        self.reel = Reel(self._open, key_before)

    def _open(self):
        self.opened += 1
        return self.source

    def has(self, *indices):
        return all(self.reel.get(index, SIZE) is not None for index in indices)

    def wait_for(self, *indices):
        until(lambda: self.has(*indices))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clips") / "moving.mp4"
    write_clip(path, 120, (480, 360))
    return path


@pytest.fixture
def make_rig():
    made = []

    def make(*args):
        made.append(Rig(*args))
        return made[-1]

    yield make
    for rig in made:
        assert rig.reel.close(PATIENCE_S)


def test_what_leads_up_to_a_frame_is_decoded_once_and_kept(make_rig):
    rig = make_rig(60, lambda index: index // 20 * 20)
    assert rig.reel.get(35, SIZE) is None and rig.opened == 0
    rig.reel.want(35)
    rig.wait_for(*range(36))
    assert rig.source.reads == [*range(20, 36), *range(20)], "from the key frame on, then what comes before it"
    rig.reel.want(30)
    rig.reel.want(39)
    rig.wait_for(39)
    assert rig.source.reads == [*range(20, 36), *range(20), *range(36, 40)] and rig.opened == 1


def test_before_the_first_frame_there_is_nothing_to_decode_and_it_goes_on(clip):
    source = open_source(str(clip))
    reel = reel_of(source)
    try:
        for wish in (5, 100, 3):
            reel.want(wish)
            until(lambda wish=wish: reel.get(wish, SIZE) is not None)
    finally:
        assert reel.close(PATIENCE_S)
        source.close()


def test_a_copy_is_as_large_as_the_frame_and_shows_the_same(make_rig):
    rig = make_rig(60, lambda index: 0)
    rig.reel.want(7)
    rig.wait_for(7)
    frame = rig.reel.get(7, (1280, 720))
    assert frame.image.shape == (720, 1280, 3) and not frame.image.flags.writeable
    source = FakeSource(60)
    source.seek(7)
    whole = source.read()
    assert (frame.index, frame.time_s) == (7, whole.time_s)
    assert frame.image[0, 0, 0] == whole.image[0, 0, 0], "the fake source writes the number of a frame into its picture"


def test_far_apart_key_frames_are_decoded_in_pieces(make_rig):
    rig = make_rig(3 * PIECE, lambda index: 0)
    rig.reel.want(2 * PIECE + 5)
    rig.wait_for(*range(PIECE, 2 * PIECE + 6))
    assert rig.source.reads == [*range(2 * PIECE, 2 * PIECE + 6), *range(PIECE, 2 * PIECE)]


def test_memory_is_bounded_and_what_lies_before_the_user_stays(make_rig):
    rig = make_rig(6 * PIECE, lambda index: 0)
    for wish in (6 * PIECE - 1, 4 * PIECE - 1, PIECE // 2):
        rig.reel.want(wish)
        rig.wait_for(*range(max(wish - PIECE + 1, 0), wish + 1))
    held = [index for index in range(6 * PIECE) if rig.has(index)]
    assert len(held) <= KEPT and held[: PIECE // 2 + 1] == list(range(PIECE // 2 + 1))


def test_a_user_who_is_elsewhere_does_not_wait_for_the_piece_that_was_begun(make_rig):
    gate, begun = threading.Event(), threading.Event()

    class Gated(FakeSource):
        def read(self):
            begun.set()
            assert gate.wait(PATIENCE_S)
            return super().read()

    rig = make_rig(200, lambda index: index // 50 * 50, Gated(200))
    rig.reel.want(199)
    assert begun.wait(PATIENCE_S)
    rig.reel.want(60)
    gate.set()
    rig.wait_for(60)
    assert rig.source.reads[:3] == [150, 50, 51]


def test_a_file_that_is_gone_ends_it_quietly(make_rig):
    rig = make_rig(20, lambda index: 0)
    rig.source.close()
    rig.reel.want(10)
    assert rig.reel.close(PATIENCE_S)
    assert rig.reel.get(10, SIZE) is None


def test_files_have_a_reel_that_begins_at_their_key_frames(clip):
    source = open_source(str(clip))
    reel = reel_of(source)
    reel.want(119)
    source.seek(119)
    whole = source.read()
    small = until(lambda: reel.get(119, whole.size))
    assert np.abs(small.image.astype(int) - whole.image.astype(int)).mean() < 8 and small.time_s == whole.time_s
    assert reel.close(PATIENCE_S)
    source.close()


def test_the_key_frame_before_a_frame_is_known(clip):
    source = FileSource(clip)
    assert source._times.wait(PATIENCE_S)
    keys = sorted({source.key_before(index) for index in range(120)})
    assert len(keys) > 5 and keys[0] == 0 and all(source.key_before(key) == key for key in keys)
    assert all(source.key_before(index) <= index for index in range(120))
    source.close()


def test_fake_and_live_sources_have_none():
    assert reel_of(FakeSource(10)) is None


@pytest.fixture
def player(clip):
    made = Player(TrackLog(), lambda event: None)
    made.set_tracker(FakeTracker(lambda target, index: moving_box(index)))
    made.open(open_source(str(clip)))
    yield made
    made.close()


def scrub_back(player):
    """Drag backwards until a picture is shown that is not sharp; the result."""
    player.show(119)
    places = iter([*range(80, -1, -1)] * 100)

    def step():
        result = player.show(next(places), quick=True)
        return result if player.rough else None

    return until(step)


def sharp(clip, index):
    source = FileSource(clip)
    source.seek(index)
    picture = source.read().image
    source.close()
    return picture


def test_scrubbing_backwards_shows_a_frame_less_sharply_and_then_as_it_is(player, clip):
    rough = scrub_back(player)
    index = rough.frame.index
    whole = sharp(clip, index)
    assert rough.frame.image.shape == whole.shape and not np.array_equal(rough.frame.image, whole)
    result = player.sharpen()
    assert result.frame.index == index and np.array_equal(result.frame.image, whole) and not player.rough


def test_nothing_is_ever_tracked_on_a_copy(player, clip):
    index = scrub_back(player).frame.index
    result = player.start(1, moving_box(index), index)
    assert np.array_equal(result.frame.image, sharp(clip, index))


def test_without_haste_every_frame_is_sharp(player, clip):
    scrub_back(player)
    result = player.show(40)
    assert np.array_equal(result.frame.image, sharp(clip, 40)) and not player.rough

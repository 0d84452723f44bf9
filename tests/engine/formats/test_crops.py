import numpy as np
import pytest

from engine.errors import FormatError
from engine.formats.crops import CropPlan, CropWriter, crop_regions
from engine.geometry import crop_square
from engine.sources.file import FileSource
from engine.testing import FakeSource, moving_box, textured_image
from engine.track_log import LogFrame, TrackLog
from engine.types import Box, FrameResult, Target, TrackState


def track(frames, lost=(), jitter=0.0, box=moving_box, start=0):
    random = np.random.default_rng(2)
    log = TrackLog()
    for frame in range(start, start + frames):
        true = box(frame)
        moved = Box(true.x + random.normal(0, jitter), true.y + random.normal(0, jitter), true.w, true.h)
        gone = frame in lost
        state = TrackState.LOST if gone else TrackState.TRACKED
        log.record(frame, frame / 30, [Target(1, None if gone else moved, 0.9, state)])
    return log.rows(1)


def test_the_target_is_in_the_middle_and_its_scale_stays():
    regions = crop_regions(track(60), CropPlan(1, margin=3.0))
    sides = {round(region.w, 6) for region in regions.values()}
    assert len(sides) == 1 and list(regions) == list(range(60))
    for frame, region in regions.items():
        assert region.w == region.h
        assert region.center == pytest.approx(moving_box(frame).center, abs=2.5)
    usual = np.median([np.sqrt(moving_box(i).area) for i in range(60)])
    assert sides.pop() == pytest.approx(3.0 * usual, abs=1e-6)


def test_with_a_scale_that_follows_the_target_keeps_its_size():
    shares = []
    for frame, region in crop_regions(track(200), CropPlan(1, margin=2.0, follow_size=True)).items():
        shares.append(np.sqrt(moving_box(frame).area) / region.w)
    assert shares == pytest.approx([0.5] * 200, abs=0.005)


def test_a_shaky_track_gives_a_steady_picture():
    still = lambda frame: Box(100, 80, 40, 30)  # noqa: E731
    centers = np.array([r.center for r in crop_regions(track(120, jitter=3.0, box=still), CropPlan(1)).values()])
    raw = np.diff(track(120, jitter=3.0, box=still)["box"][:, 0]).std()
    assert np.diff(centers[:, 0]).std() < 0.2 * raw


def test_where_it_was_not_seen_the_picture_stays():
    regions = crop_regions(track(60, lost=(*range(4), *range(20, 30))), CropPlan(1))
    assert regions[0] == regions[3] == regions[4]
    assert all(regions[frame] == regions[19] for frame in range(20, 30))
    assert regions[30] != regions[19]


def write(path, plan, rows, frames):
    source = FakeSource(frames)
    with CropWriter(path, 30.0, plan, rows) as writer:
        while (frame := source.read()) is not None:
            writer.write(FrameResult(frame, ()))


def test_the_video_shows_the_target_in_the_same_place_all_the_time(tmp_path):
    path = tmp_path / "crop.mp4"
    write(path, CropPlan(1, side=128, margin=1.6, follow_size=True), track(40), 40)
    video = FileSource(path)
    assert (video.info.width, video.info.height, video.info.frame_count) == (128, 128, 40)
    pictures = []
    while (frame := video.read()) is not None:
        pictures.append(frame.image.astype(float))
    video.close()
    place = crop_regions(track(40), CropPlan(1, side=128, margin=1.6))[20]
    fixed = [crop_square(textured_image(index), place, 128)[0] for index in range(40)]
    assert unrest(pictures) < 0.4 * unrest(fixed)


def unrest(pictures):
    """How much the middle of the pictures changes."""
    return np.array(pictures, float)[:, 40:88, 40:88].std(axis=0).mean()


def test_frames_without_a_row_and_if_wished_without_a_box_are_left_out(tmp_path):
    rows = track(20, lost=range(15, 20), start=5)
    for only_seen, expected in ((False, 20), (True, 15)):
        path = tmp_path / f"{only_seen}.mp4"
        write(path, CropPlan(1, only_seen=only_seen), rows, 40)
        video = FileSource(path)
        assert video.info.frame_count == expected
        video.close()


@pytest.mark.parametrize("wrong", [{"side": 16}, {"side": 129}, {"side": 4000}, {"margin": 0.1}])
def test_sizes_of_no_use_are_refused(wrong):
    with pytest.raises(FormatError):
        CropPlan(1, **wrong)


def test_a_target_that_was_never_seen_and_frames_without_pictures_are_said(tmp_path):
    with pytest.raises(FormatError, match="no box on these frames"):
        crop_regions(track(5, lost=range(5)), CropPlan(1))
    writer = CropWriter(tmp_path / "a.mp4", 30.0, CropPlan(1), track(5))
    with pytest.raises(FormatError, match="needs pictures"):
        writer.write(LogFrame(0, 0.0, ()))
    writer.abort()
    assert list(tmp_path.iterdir()) == []

import pytest

from engine.testing import write_clip


def truth_text(boxes):
    rows = ["nan,nan,nan,nan" if box is None else f"{box.x:.2f},{box.y:.2f},{box.w:.2f},{box.h:.2f}" for box in boxes]
    return "\n".join(rows) + "\n"


@pytest.fixture
def clip(tmp_path):
    """A video of 12 frames with its truth beside it, and the first box as --box takes it."""
    path = tmp_path / "clip.mp4"
    truth = truth_text(write_clip(path, frames=12))
    path.with_suffix(".txt").write_text(truth)
    return path, truth.splitlines()[0]


@pytest.fixture
def clips(tmp_path):
    """A folder of two annotated clips, one with a spell of absence."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name, hidden in (("first", ()), ("second", (4, 5))):
        boxes = write_clip(folder / f"{name}.mp4", frames=8, hidden=hidden)
        (folder / f"{name}.txt").write_text(truth_text(boxes))
    return folder

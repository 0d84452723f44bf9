import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backends.buffers import ALIGNMENT, Layout, TensorSpec

F32 = np.dtype(np.float32)


def layout(*sizes):
    return Layout.of(TensorSpec(f"t{i}", (size,), F32) for i, size in enumerate(sizes))


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=12))
def test_tensors_lie_apart_and_aligned(sizes):
    made = layout(*sizes)
    end = 0
    for spec, offset in zip(made.specs, made.offsets, strict=True):
        assert offset >= end
        assert offset % ALIGNMENT == 0
        end = offset + spec.nbytes
    assert end <= made.nbytes < end + 2 * ALIGNMENT


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.data())
def test_spans_hold_what_is_asked_for_and_nothing_else(sizes, data):
    made = layout(*sizes)
    names = data.draw(st.sets(st.sampled_from([spec.name for spec in made.specs])))
    block = np.zeros(made.nbytes, np.uint8)
    for start, stop in made.spans(names):
        block[start:stop] = 1
    for name, view in made.views(block).items():
        assert (view.view(np.uint8) == (name in names)).all()


def test_neighbours_travel_together():
    made = layout(10, 10, 10, 10)
    assert len(made.spans(["t0", "t1", "t3"])) == 2
    assert len(made.spans(["t2", "t1", "t0", "t3"])) == 1
    assert made.spans([]) == []


def test_views_are_the_block():
    made = Layout.of([TensorSpec("a", (2, 3), F32), TensorSpec("b", (1,), np.dtype(np.int64))])
    block = np.zeros(made.nbytes, np.uint8)
    views = made.views(block)
    views["a"][1, 2] = 1.5
    views["b"][0] = -2
    assert block[20:24].view(np.float32)[0] == 1.5
    assert block[256:264].view(np.int64)[0] == -2
    with pytest.raises(KeyError):
        views["c"]

from __future__ import annotations

from importlib.resources import files

import pytest
import torch
from torch.nn import functional

from training.trunk import BATCH_NORM_EPS, WEIGHTS_FILE, WEIGHTS_PACKAGE, SameConv, load_trunk


@pytest.fixture(scope="module")
def trunk():
    return load_trunk()


@pytest.mark.parametrize(("kernel", "pad"), [(3, (0, 1)), (5, (1, 2))])
def test_stride_two_pads_like_tensorflow(kernel, pad):
    layer = SameConv(2, 4, kernel, 2)
    x = torch.randn(1, 2, 12, 16)
    expected = functional.conv2d(functional.pad(x, (*pad, *pad)), layer.conv.weight, layer.conv.bias, stride=2)
    assert layer(x).shape == (1, 4, 6, 8)
    torch.testing.assert_close(layer(x), expected)


def test_taps_have_the_promised_shapes(trunk):
    f8, f16 = trunk(torch.zeros(2, 3, 64, 96))
    assert f8.shape == (2, 40, 8, 12)
    assert f16.shape == (2, 112, 4, 6)
    assert not f8.requires_grad


def test_first_block_agrees_with_the_unfolded_weights_on_rgb(trunk):
    """Folding the batch norm, the normalisation and BGR order must not change what the published network computes."""
    path = files(WEIGHTS_PACKAGE) / WEIGHTS_FILE
    with path.open("rb") as file:
        state = torch.load(file, weights_only=True)
    bgr = torch.rand(1, 3, 32, 32) * 255
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x = (bgr.flip(1) / 255 - mean.reshape(1, 3, 1, 1)) / std.reshape(1, 3, 1, 1)

    def norm(y, name):
        return functional.batch_norm(
            y,
            state[name + ".running_mean"],
            state[name + ".running_var"],
            state[name + ".weight"],
            state[name + ".bias"],
            eps=BATCH_NORM_EPS,
        )

    x = functional.relu6(
        norm(functional.conv2d(functional.pad(x, (0, 1, 0, 1)), state["_conv_stem.weight"], stride=2), "_bn0")
    )
    y = functional.conv2d(x, state["_blocks.0._depthwise_conv.weight"], padding=1, groups=32)
    y = functional.relu6(norm(y, "_blocks.0._bn1"))
    y = norm(functional.conv2d(y, state["_blocks.0._project_conv.weight"]), "_blocks.0._bn2")
    got = trunk.blocks[0](functional.relu6(trunk.stem(bgr * trunk.scale + trunk.shift)))
    torch.testing.assert_close(got, y, rtol=1e-3, atol=1e-3)


def test_features_tell_pictures_apart(trunk):
    generator = torch.Generator().manual_seed(1)
    a, b = torch.rand(2, 1, 3, 64, 64, generator=generator) * 255
    fa, fb, fc = (trunk(x)[1].flatten() for x in (a, b, a + 1.0))
    assert functional.cosine_similarity(fa, fc, dim=0) > functional.cosine_similarity(fa, fb, dim=0) + 0.01

from __future__ import annotations

import torch
from torch.nn import functional

from training.mdnet.network import BINS, CELL_SHIFT, FEATURES, SharedNeck, head_logits, new_head, roi_features


def test_roi_features_equal_grid_sampling():
    torch.manual_seed(0)
    maps = torch.randn(2, 64, 32, 32)
    boxes = torch.cat([torch.rand(2, 9, 2) * 260 - 20, torch.rand(2, 9, 2) * 120 + 1], dim=-1)
    got = roi_features(maps, boxes).reshape(2, 9, BINS, BINS, 64)
    steps = (torch.arange(BINS) + 0.5) / BINS
    x = (boxes[..., 0:1] + boxes[..., 2:3] * steps - CELL_SHIFT) / 128 - 1
    y = (boxes[..., 1:2] + boxes[..., 3:4] * steps - CELL_SHIFT) / 128 - 1
    grid = torch.stack(torch.broadcast_tensors(x[:, :, None, :], y[:, :, :, None]), dim=-1)
    expected = functional.grid_sample(
        maps, grid.reshape(2, 9 * BINS, BINS, 2), padding_mode="border", align_corners=False
    ).reshape(2, 64, 9, BINS, BINS)
    torch.testing.assert_close(got, expected.permute(0, 2, 3, 4, 1), rtol=1e-4, atol=1e-4)


def test_neck_gives_every_cell_the_same_energy():
    torch.manual_seed(0)
    out = SharedNeck()(torch.randn(1, 40, 32, 32) * 5, torch.randn(1, 112, 16, 16) * 5)
    assert out.shape == (1, 64, 32, 32)
    torch.testing.assert_close(out.square().mean(dim=1), torch.ones(1, 32, 32), rtol=2e-2, atol=2e-2)


def test_new_head_is_reproducible_and_silent():
    a, b, c = new_head(1), new_head(1), new_head(2)
    assert torch.equal(a["w4"], b["w4"])
    assert not torch.equal(a["w4"], c["w4"])
    assert torch.equal(head_logits(torch.randn(5, FEATURES), a), torch.zeros(5))

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from training.mdnet.learn import HARD_NEGATIVES, LearnConfig, LearnGraph
from training.mdnet.network import HEAD_NAMES, head_logits, new_head


def _start(seed):
    torch.manual_seed(seed)
    head = new_head(seed)
    head["w6"] = torch.randn(256, 1) * 0.1
    head["b4"] = torch.randn(256) * 0.1
    return head


def test_twenty_steps_equal_torch_sgd():
    head = _start(0)
    config = LearnConfig()
    leaves = {name: value.clone().requires_grad_() for name, value in head.items()}
    rate = 2e-3
    optimizer = torch.optim.SGD(
        [
            {"params": [leaves[n] for n in ("w4", "b4", "w5", "b5")], "lr": rate},
            {"params": [leaves[n] for n in ("w6", "b6")], "lr": rate * config.last_layer_rate},
        ],
        momentum=config.momentum,
        weight_decay=config.weight_decay,
    )
    graph = LearnGraph(config)
    weights = [head[name] for name in HEAD_NAMES]
    momenta = [torch.zeros_like(w) for w in weights]
    losses = []
    for step in range(20):
        generator = torch.Generator().manual_seed(step)
        positives = torch.randn(32, 1600, generator=generator) + 0.1
        negatives = torch.randn(256, 1600, generator=generator) - 0.1
        out = graph(*weights, *momenta, positives, negatives, torch.tensor([rate]))
        weights, momenta, loss = out[:6], out[6:12], out[12]
        optimizer.zero_grad()
        p = head_logits(positives, leaves)
        q = head_logits(negatives, leaves).topk(HARD_NEGATIVES).values
        labels = torch.cat([torch.ones_like(p), torch.zeros_like(q)])
        expected = functional.binary_cross_entropy_with_logits(torch.cat([p, q]), labels)
        expected.backward()
        optimizer.step()
        assert loss.item() == pytest.approx(expected.item(), rel=1e-4)
        losses.append(loss.item())
    for name, got in zip(HEAD_NAMES, weights, strict=True):
        torch.testing.assert_close(got, leaves[name].detach(), rtol=1e-3, atol=1e-5)
    assert losses[-1] < losses[0]


def test_only_hard_negatives_count():
    head = _start(1)
    weights = [head[name] for name in HEAD_NAMES]
    momenta = [torch.zeros_like(w) for w in weights]
    torch.manual_seed(1)
    positives, negatives = torch.randn(32, 1600), torch.randn(256, 1600)
    easy = head_logits(negatives, head).argsort()[: 256 - HARD_NEGATIVES]
    changed = negatives.clone()
    changed[easy] = negatives[easy[:1]]  # other easy ones in their place change nothing
    lr = torch.tensor([1e-3])
    a = LearnGraph()(*weights, *momenta, positives, negatives, lr)
    b = LearnGraph()(*weights, *momenta, positives, changed, lr)
    for x, y in zip(a, b, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-4, atol=1e-6)


def test_huge_logits_keep_the_loss_finite():
    head = _start(2)
    head["w6"] = head["w6"] * 1e5
    weights = [head[name] for name in HEAD_NAMES]
    out = LearnGraph()(
        *weights,
        *(torch.zeros_like(w) for w in weights),
        torch.randn(32, 1600),
        torch.randn(256, 1600),
        torch.tensor([1e-3]),
    )
    assert torch.isfinite(out[12]).all()
    assert float(out[12]) > 10

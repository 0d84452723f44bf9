import pytest
import torch

from training.attention_net import AttentionNet, AttentionNetConfig
from training.evidence import Learned
from training.gan import Adversary, Batch, Discriminator, LossConfig, content_loss, map_iou

SMALL = AttentionNetConfig(width=24, fine=8, key=16, middle=16, last=8, blocks16=1, blocks8=1)


def logits_of(probabilities):
    return torch.logit(probabilities.clamp(1e-6, 1 - 1e-6))


def box_map(x, y, w, h):
    truth = torch.zeros(1, 1, 24, 32)
    truth[..., y : y + h, x : x + w] = 1
    return truth


@pytest.fixture
def batch():
    torch.manual_seed(0)
    n, rows, columns = 4, 4, 6
    truth = torch.zeros(n, 1, 4 * rows, 4 * columns)
    f16 = torch.randn(n, 112, rows, columns)
    matched = torch.randn(n, 112, 5, 5)
    for i in range(n):
        r, c = i % rows, (2 * i) % columns
        f16[i, :, r, c] = matched[i].mean(dim=(1, 2)) * 5
        truth[i, 0, 4 * r : 4 * r + 4, 4 * c : 4 * c + 4] = 1
    return Batch(
        (f16, f16, f16),
        torch.randn(n, 40, 2 * rows, 2 * columns),
        torch.randn(4 * n, 112, 8, 8),
        matched,
        torch.randn(n, 40, 5, 5),
        Learned(torch.zeros(n, 152), torch.zeros(n, 96, 152), torch.ones(n)),
        torch.rand(n, 3, 4 * rows, 4 * columns),
        truth,
    )


def test_content_prefers_the_truth_to_black_to_the_wrong_place():
    truth, config = box_map(4, 5, 8, 6), LossConfig()
    right = content_loss(logits_of(truth), truth, config)
    black = content_loss(logits_of(torch.zeros_like(truth)), truth, config)
    wrong = content_loss(logits_of(box_map(20, 5, 8, 6)), truth, config)
    assert right < 0.05 < black < wrong


def test_a_small_and_a_large_box_cost_alike_when_missed():
    config = LossConfig(place=0.0)
    black = [
        float(content_loss(logits_of(torch.zeros_like(t)), t, config))
        for t in (box_map(3, 3, 3, 3), box_map(2, 2, 20, 18))
    ]
    assert black[0] == pytest.approx(black[1], rel=0.1)


def test_an_absent_target_wants_a_black_map_and_a_lit_look_alike_costs():
    truth, config = torch.zeros(1, 1, 24, 32), LossConfig()
    black, lit = (content_loss(logits_of(m), truth, config) for m in (torch.zeros_like(truth), box_map(3, 3, 5, 5)))
    assert black < 0.01
    assert lit > black + 0.5


def test_map_iou_counts_only_samples_with_a_target():
    truth = torch.cat([box_map(4, 4, 8, 8), torch.zeros(1, 1, 24, 32)])
    found = logits_of(torch.cat([box_map(4, 4, 8, 4), box_map(0, 0, 9, 9)]))
    assert map_iou(found, truth) == pytest.approx(0.5)


def test_steps_of_the_gan_learn_a_tiny_set_without_collapse(batch):
    torch.manual_seed(1)
    network = AttentionNet(SMALL).train()
    adversary = Adversary(network, Discriminator(width=8), rate=3e-3, judge_rate=3e-3)
    losses = [adversary.step(batch) for _ in range(80)]
    assert losses[-1].content < 0.5 * losses[0].content
    assert losses[-1].iou > losses[0].iou + 0.3
    assert losses[-1].judge < losses[0].judge
    assert all(0.05 < step.judge < 5 and 0.05 < step.adversarial < 5 for step in losses)


def test_the_judge_is_left_trainable_and_the_generator_feels_it(batch):
    torch.manual_seed(1)
    network, judge = AttentionNet(SMALL).train(), Discriminator(width=8)
    adversary = Adversary(network, judge, LossConfig(adversarial=1.0), rate=1e-3, judge_rate=2e-3)
    before = [p.detach().clone() for p in judge.parameters()]
    adversary.step(batch)
    assert all(p.requires_grad for p in judge.parameters())
    moved = [float((a - b.detach()).abs().max()) for a, b in zip(before, judge.parameters(), strict=True)]
    assert max(moved) == pytest.approx(2e-3, rel=0.01), "AdaGrad's first step is the judge's own rate"


def test_the_judge_sees_the_target_and_the_frame(batch):
    judge = Discriminator(width=8).eval()
    base = judge(batch, batch.truth)
    for name in ("matched16", "rgb"):
        changed = Batch(**{**vars(batch), name: getattr(batch, name).flip(0)})
        assert not torch.allclose(judge(changed, batch.truth), base)

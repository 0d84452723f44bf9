from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from engine.geometry import iou
from engine.models import POSITIVES, open_models
from training.data.pool import Pool
from training.mdnet.domains import distinct
from training.mdnet.evaluate import evaluate_head, ranking_auc
from training.mdnet.learn import HARD_NEGATIVES
from training.mdnet.multi_domain import DomainConfig, Shared, domain_losses, draw_domains
from training.mdnet.network import NeckConfig, SharedNeck, head_logits, new_head
from training.mdnet.samples import negative_boxes, positive_boxes
from training.mdnet.start import StartConfig, adapt, binary_loss, meta_gradient
from training.mdnet.train import ClassifierTraining, first_head, train_classifier
from training.schedule import ScheduleConfig, load_checkpoint

DOMAINS = DomainConfig(
    domains=3, support_positives=4, support_negatives=8, query_positives=4, query_negatives=8, query_crops=2
)
START = StartConfig(domains=2, steps=3, first_positives=8, first_negatives=16, later_positives=4, later_negatives=8)


@pytest.mark.parametrize("box", [(96, 96, 64, 64), (20, 100, 8, 120), (200, 10, 90, 12)])
def test_samples_keep_to_their_thresholds(box):
    rng = np.random.default_rng(0)
    truth = np.array(box, dtype=float)
    positive, negative = positive_boxes(truth, 40, rng), negative_boxes(truth, 60, rng)
    assert positive.shape == (40, 4) and negative.shape == (60, 4)
    assert iou(positive, truth).min() > 0.7
    assert iou(negative, truth).max() < 0.5
    assert iou(positive, truth).std() > 0.02  # all kinds of overlap
    assert (iou(negative[:30], truth) > 0.1).mean() > 0.3  # the near half is hard


def test_last_layers_equal_the_learn_graphs_steps():
    torch.manual_seed(0)
    shared = Shared(NeckConfig())
    hidden = torch.randn(2, POSITIVES + HARD_NEGATIVES, 256)
    labels = (torch.arange(POSITIVES + HARD_NEGATIVES) < POSITIVES).float().expand(2, -1)
    with torch.no_grad():
        shared.w6.normal_(0.0, 0.1)
        weights, biases = shared.last_layers(hidden, labels, 3, 1e-3)
    leaf_w, leaf_b = shared.w6[:, 0].detach().clone().requires_grad_(), shared.b6.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([leaf_w, leaf_b], lr=1e-2, momentum=0.9, weight_decay=5e-4)
    for _ in range(3):
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(hidden[1] @ leaf_w + leaf_b, labels[1]).backward()
        optimizer.step()
    torch.testing.assert_close(weights[1], leaf_w.detach(), rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(biases[1:], leaf_b.detach(), rtol=1e-3, atol=1e-5)


def test_settling_centres_the_hidden_units(workspace):
    torch.manual_seed(0)
    shared = Shared(NeckConfig())
    crops = draw_domains(Pool.open(workspace.pool), DOMAINS, np.random.default_rng(0))[0]
    before = shared.hidden(crops).mean(dim=(0, 1)).square().sum() / shared.hidden(crops).square().sum(-1).mean()
    shared.settle(crops)
    after = shared.hidden(crops).mean(dim=(0, 1)).square().sum() / shared.hidden(crops).square().sum(-1).mean()
    assert after < 0.7 * before


def test_domains_are_of_different_targets(workspace):
    pool = Pool.open(workspace.pool)
    slots = distinct(pool, 4, np.random.default_rng(0))
    assert len({int(pool.labels["target"][s]) for s in slots}) == len(slots) > 1


def test_domain_training_lowers_its_loss(workspace):
    torch.manual_seed(0)
    pool, shared = Pool.open(workspace.pool), Shared(NeckConfig(hidden=16))
    batch = draw_domains(pool, DOMAINS, np.random.default_rng(0))
    optimizer = torch.optim.Adam(shared.parameters(), 1e-3)
    losses = []
    for _ in range(12):
        loss = domain_losses(shared, *batch, DOMAINS)
        optimizer.zero_grad()
        loss.total.backward()
        optimizer.step()
        losses.append(loss.total.item())
    assert losses[-1] < 0.8 * losses[0]


def test_adaptation_learns_the_first_frame():
    torch.manual_seed(0)
    positives, negatives = torch.randn(40, 1600) + 0.2, torch.randn(300, 1600) - 0.2
    head = new_head(0)
    adapted = adapt(head, positives, negatives, 20, 2e-2, np.random.default_rng(0))
    assert head_logits(positives, adapted).mean() > head_logits(negatives, adapted).mean() + 1
    assert not head["w6"].any()  # the start is left alone


def test_meta_gradient_is_the_slope_of_the_loss_after_adaptation(workspace):
    torch.manual_seed(0)
    pool, neck = Pool.open(workspace.pool), SharedNeck().requires_grad_(False)
    head = {**new_head(1), "w6": torch.randn(256, 1) * 0.02}
    slot = int(pool.filled()[0])
    calm = dataclasses.replace(START, rate=2e-5)
    gradient, loss = meta_gradient(head, neck, pool, slot, calm, np.random.default_rng(0))
    square = sum(float(g.square().sum()) for g in gradient.values())
    assert square > 0

    def moved(amount: float) -> float:
        there = {name: head[name] + amount * gradient[name] for name in head}
        return meta_gradient(there, neck, pool, slot, calm, np.random.default_rng(0))[1]

    amount = 0.01 * loss / square  # changes the loss by about a hundredth
    slope = (moved(amount) - moved(-amount)) / (2 * amount)
    assert slope == pytest.approx(square, rel=0.1)


def test_auc_counts_ties_half():
    assert ranking_auc(torch.tensor([2.0, 3.0]), torch.tensor([1.0, 0.0])) == 1.0
    assert ranking_auc(torch.tensor([1.0]), torch.tensor([1.0, 2.0])) == 0.25


def test_binary_loss_looks_at_the_hard_half():
    p = torch.tensor([30.0])
    assert binary_loss(p, torch.tensor([-30.0, -30.0, 5.0, 5.0]), 0.5).item() == pytest.approx(2.5, abs=0.01)


def test_classifier_run_publishes_a_head_and_goes_on(workspace, tmp_path):
    schedule = ScheduleConfig(steps=4, minutes=10.0, warm_up=1)
    config = ClassifierTraining(NeckConfig(hidden=16), DOMAINS, START, schedule, schedule)
    out, models = tmp_path / "out", tmp_path / "models"
    figures = train_classifier(config, workspace.pool, workspace.dev, out, models)
    assert 0.0 < figures.auc <= 1.0
    store = open_models(models)
    assert store.graphs == ("learn", "score")
    assert store.manifest["head"]["init_steps"] == START.steps
    assert store.head()["w4"].std() > 0
    longer = dataclasses.replace(schedule, steps=6)
    more = dataclasses.replace(config, domain_schedule=longer, start_schedule=longer)
    train_classifier(more, workspace.pool, workspace.dev, out)
    assert load_checkpoint(out / "domains" / "last.pt")["step"] == 6
    assert load_checkpoint(out / "start" / "last.pt")["step"] == 6


def test_a_trained_start_evaluates(workspace):
    shared = Shared(NeckConfig())
    figures = evaluate_head(shared.neck, first_head(shared), Pool.open(workspace.dev), 3, 5e-3)
    assert 0.0 <= figures.hard_auc <= figures.auc <= 1.0
    assert 0.0 <= figures.accuracy <= 1.0

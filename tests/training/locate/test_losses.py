from __future__ import annotations

import pytest
import torch

from training.locate.losses import LossConfig, boxes_of, giou, label_cells, locate_losses


def _maps(boxes: torch.Tensor, score: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Maps whose boxes are right in every cell."""
    line = (torch.arange(16.0) + 0.5) * 16
    x, y = line[None, None, :].expand(len(boxes), 16, 16), line[None, :, None].expand(len(boxes), 16, 16)
    left, top = (boxes[:, i, None, None] for i in (0, 1))
    right, bottom = ((boxes[:, i] + boxes[:, i + 2])[:, None, None] for i in (0, 1))
    return score, torch.full_like(score, 8.0), torch.stack([x - left, y - top, right - x, bottom - y], dim=1)


def test_labels_of_a_box():
    boxes = torch.tensor([[80.0, 96.0, 64.0, 32.0]])
    labels = label_cells(boxes, torch.tensor([True]), LossConfig(core=0.5))
    rows, columns = torch.nonzero(labels.positive[0], as_tuple=True)
    assert set(rows.tolist()) == {6, 7} and set(columns.tolist()) == {6, 7}
    assert not (labels.positive & labels.negative).any()
    ignored = ~(labels.positive | labels.negative)[0]
    rows, columns = torch.nonzero(ignored, as_tuple=True)
    assert set(rows.tolist()) == {6, 7} and set(columns.tolist()) == {5, 8}


def test_a_tiny_box_has_one_cell():
    labels = label_cells(torch.tensor([[101.0, 37.0, 3.0, 3.0]]), torch.tensor([True]), LossConfig())
    assert torch.nonzero(labels.positive[0]).tolist() == [[2, 6]]
    assert not labels.negative[0, 2, 6]


def test_another_objects_memory_makes_every_cell_negative():
    labels = label_cells(torch.tensor([[80.0, 96.0, 64.0, 32.0]]), torch.tensor([False]), LossConfig())
    assert not labels.positive.any() and labels.negative.all()


def test_a_target_outside_the_crop_has_no_cell():
    labels = label_cells(torch.tensor([[-90.0, 96.0, 64.0, 32.0]]), torch.tensor([True]), LossConfig())
    assert not labels.positive.any()


def test_giou_of_known_boxes():
    a = torch.tensor([[0.0, 0.0, 2.0, 2.0]] * 3)
    b = torch.tensor([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0], [4.0, 0.0, 6.0, 2.0]])
    generalised, iou = giou(a, b)
    assert iou.tolist() == pytest.approx([1.0, 1 / 3, 0.0])
    assert generalised.tolist() == pytest.approx([1.0, 1 / 3, -4 / 12])


def test_perfect_maps_cost_nothing_and_each_fault_costs():
    boxes = torch.tensor([[80.0, 96.0, 64.0, 32.0], [30.0, 40.0, 20.0, 60.0]])
    there = torch.tensor([True, True])
    positive = label_cells(boxes, there, LossConfig()).positive
    score = torch.where(positive, 12.0, -12.0)[:, None]
    perfect = locate_losses(_maps(boxes, score), boxes, there)
    assert perfect.total.item() < 0.01
    assert locate_losses(_maps(boxes, -score), boxes, there).score.item() > 1
    shifted = locate_losses(_maps(boxes + torch.tensor([20.0, 0, 0, 0]), score), boxes, there)
    assert shifted.box.item() > 0.3 and shifted.quality.item() > 1
    absent = locate_losses(_maps(boxes, score), boxes, torch.tensor([False, False]))
    assert absent.score.item() > 1 and absent.box.item() == 0


def test_edges_of_distances():
    edges = boxes_of(torch.ones(1, 4, 16, 16) * torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 4, 1, 1))
    assert edges[0, :, 2, 5].tolist() == [88 - 1, 40 - 2, 88 + 3, 40 + 4]

"""How well attention finds its target on whole frames, without a prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.tracking.attention import INPUT_SIZES, Variant
from engine.tracking.regions import find_regions
from engine.types import AttentionMap, Box
from training.attention_batch import CONDITION, to_batch
from training.attention_net import AttentionNet
from training.attention_pool import SampleRing
from training.parallel import to_device

CHUNK = 16
NEAR_PX = 8.0


@dataclass(frozen=True)
class AttentionScore:
    """Means over clips of the frames' figures, all in 0..1.

    ``peak``: the brightest cell lies in the true box; ``near``: in the box grown by 8 px of the network's input;
    ``top3``: the centre of one of at most three regions does; ``spill``: share of the map's energy outside;
    ``iou``: of the map above 0.5 with the box. ``absent`` and ``other``: frames with a region all the same, where
    the target is gone, or where the target of another clip is looked for.
    """

    peak: float
    near: float
    top3: float
    spill: float
    iou: float
    absent: float
    other: float

    @property
    def total(self) -> float:
        """One figure to choose weights by."""
        return (self.peak + self.near + self.top3 + self.iou - 0.5 * self.other - 0.25 * self.spill) / 4

    def as_dict(self) -> dict[str, float]:
        """Rounded to four digits."""
        return {name: round(value, 4) for name, value in {**asdict(self), "total": self.total}.items()}


def maps_of(network: AttentionNet, records: NDArray[np.void]) -> NDArray[np.float32]:
    """``(N, h, w) float32`` maps of samples."""
    network.eval()
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    with torch.no_grad():
        batches = (to_device(to_batch(records[i : i + CHUNK]), device) for i in range(0, len(records), CHUNK))
        parts = [torch.sigmoid(batch.logits(network))[:, 0].cpu() for batch in batches]
    if not parts:
        return np.zeros(records["truth"].shape, np.float32)
    return torch.cat(parts).numpy()


def _inside(points: NDArray[np.float64], box: NDArray[np.float64], margin: float) -> bool:
    low, high = box[:2] - margin, box[:2] + box[2:] + margin
    return bool(((points >= low) & (points <= high)).all(axis=-1).any())


def _judge(values: NDArray[np.float32], record: np.void, variant: Variant) -> dict[str, float]:
    size = INPUT_SIZES[variant]
    expected = Box(0.0, 0.0, *(float(side) for side in record["sides"]))
    regions = find_regions(AttentionMap(values, Box(0.0, 0.0, *size)), size, expected)
    box = np.asarray(record["box"], dtype=np.float64)
    if not np.isfinite(box).all():
        return {"absent": float(len(regions) > 0)}
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    peak = np.array([[4.0 * column + 2, 4.0 * row + 2]])
    centers = np.array([region.box.center for region in regions]).reshape(-1, 2)
    true, found = record["truth"] > 127, values > 0.5
    return {
        "peak": float(_inside(peak, box, 0.0)),
        "near": float(_inside(peak, box, NEAR_PX)),
        "top3": float(len(centers) > 0 and _inside(centers, box, 0.0)),
        "spill": float(values[~(record["truth"] > 0)].sum() / max(values.sum(), 1e-6)),
        "iou": float((true & found).sum() / max((true | found).sum(), 1)),
    }


def strangers(records: NDArray[np.void]) -> NDArray[np.void]:
    """The same frames, each with the target of a sample of another group: nothing is to be found."""
    out = records.copy()
    order = np.arange(len(records))
    for step in range(len(records)):
        clash = records["group"][order] == records["group"]
        if not clash.any():
            break
        order[clash] = (order[clash] + step + 1) % len(records)
    for name in CONDITION:
        out[name] = records[name][order]
    out["box"], out["truth"] = np.nan, 0
    return out[records["group"][order] != records["group"]]


def evaluate(network: AttentionNet, rings: Mapping[Variant, SampleRing]) -> AttentionScore:
    """The network's score on rings of held-out clips."""
    by_group: dict[tuple[str, int], list[float]] = {}
    for variant, ring in rings.items():
        records = ring.read(ring.filled())
        if len(records) == 0:
            continue
        for values, record in zip(maps_of(network, records), records, strict=True):
            for name, value in _judge(values, record, variant).items():
                by_group.setdefault((name, int(record["group"])), []).append(value)
        others = strangers(records)
        for values, record in zip(maps_of(network, others), others, strict=True):
            by_group.setdefault(("other", int(record["group"])), []).append(_judge(values, record, variant)["absent"])
    means: dict[str, list[float]] = {}
    for (name, _), values_of in by_group.items():
        means.setdefault(name, []).append(float(np.mean(values_of)))
    names = AttentionScore.__dataclass_fields__
    return AttentionScore(**{name: float(np.mean(means[name])) if name in means else 0.0 for name in names})

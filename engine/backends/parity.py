"""Whether a graph gives the same numbers elsewhere: real inputs for every graph, and a measure of the difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from engine.backends.base import Backend, Feeds, Outputs
from engine.models import BOXES, HEAD_NAMES, LOCATE_SLOTS, NEGATIVES, POSITIVES, SLOTS
from engine.types import Float32Array, UInt8Array

LIMITS = {"fp32": 1e-3, "fp16": 1e-2}
"""Largest parity error allowed by precision."""

_UNIT_RANGE = {"score", "quality", "attention", "logits", "loss"}
"""Outputs whose unit is 1 by their meaning, however small all their values are."""

_ENCODINGS = {"wide": (192, 320), "classic": (192, 256), "square": (256, 256)}
_TARGET = (96, 80, 64, 96)
"""The target of the sample scene in the search crop: x, y, w, h."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far a graph's outputs are from the reference's: the worst difference, in units of the output's range."""

    error: float
    limit: float
    output: str
    """The output that is worst."""

    @property
    def passed(self) -> bool:
        """Whether the error is within the limit; one that is no number is not."""
        return bool(self.error <= self.limit)

    def __str__(self) -> str:
        return f"{self.error:.1e} in {self.output} (limit {self.limit:g})"


def compare(found: Outputs, reference: Outputs, precision: str) -> Parity:
    """The parity of ``found`` with ``reference``, which have the same outputs, at the limit of ``precision``."""
    worst, name = -1.0, ""
    for output, wanted in reference.items():
        scale = 1.0 if output in _UNIT_RANGE else 1e-6
        scale = max(scale, float(np.abs(wanted).max()))
        difference = np.abs(np.subtract(found[output], wanted, dtype=np.float64))
        error = float(difference.max()) / scale if np.isfinite(difference).all() else float("inf")
        if error > worst:
            worst, name = error, output
    return Parity(worst, LIMITS[precision], name)


def sample_feeds(reference: Backend) -> dict[str, dict[str, Float32Array]]:
    """Inputs for every graph, as tracking would feed them: a drawn scene sent through the graphs one after another.

    Random inputs would not do: features of noise have other ranges than features of pictures, and float16 cares.
    """
    rng = np.random.default_rng(7)
    crop = _scene(rng, 256, 256)
    feeds: dict[str, dict[str, Float32Array]] = {"features": {"image": _planes(crop)}}
    maps = reference.run("features", feeds["features"])
    memory = {
        "memory8": np.repeat(maps["f8"][:, :, 8:24, 8:24], LOCATE_SLOTS, axis=0),
        "memory16": np.repeat(maps["f16"][:, :, 4:12, 4:12], LOCATE_SLOTS, axis=0),
    }
    feeds["locate"] = {**maps, **memory}
    head = {name: reference.head()[name] for name in HEAD_NAMES}
    # as after some learning: the head as it comes may end in zeros, which any error would vanish in
    head["w6"] = (0.1 * rng.standard_normal(head["w6"].shape)).astype(np.float32)
    boxes = _boxes(rng)
    feeds["score"] = {**maps, "boxes": boxes[0], **head}
    roi = np.concatenate([reference.run("score", {**feeds["score"], "boxes": some})["roi"] for some in boxes])
    feeds["learn"] = {
        **head,
        **{f"m_{name}": (1e-3 * rng.standard_normal(array.shape)).astype(np.float32) for name, array in head.items()},
        "positives": roi[:POSITIVES],
        "negatives": roi[::-1][:NEGATIVES].copy(),
        "lr": np.array([1e-2], np.float32),
    }
    for variant, (height, width) in _ENCODINGS.items():
        frames = [{"image": _planes(_scene(rng, height, width))} for _ in range(3)]
        encoded = [reference.run(f"encode_{variant}", frame) for frame in frames]
        feeds[f"encode_{variant}"] = frames[-1]
        feeds[f"attend_{variant}"] = {
            "f16_t2": encoded[0]["f16"],
            "f16_t1": encoded[1]["f16"],
            "f16_t0": encoded[2]["f16"],
            "f8": encoded[2]["f8"],
            "memory16": memory["memory16"][:SLOTS],
            "matched16": encoded[0]["f16"][:, :, 3:8, 4:9].copy(),
            "matched8": encoded[0]["f8"][:, :, 6:11, 8:13].copy(),
        }
    return feeds


class Yardstick:
    """The reference runtime and its inputs, loaded when the first graph is checked."""

    def __init__(self, reference: Callable[[], Backend]) -> None:
        self._open = reference
        self._reference: Backend | None = None
        self._feeds: dict[str, dict[str, Float32Array]] = {}

    def check(self, graph: str, precision: str, run: Callable[[Feeds], Outputs]) -> Parity:
        """The parity of what ``run`` makes of the graph's sample inputs."""
        if self._reference is None:
            self._reference = self._open()
            self._feeds = sample_feeds(self._reference)
        feeds = self._feeds[graph]
        return compare(run(feeds), self._reference.run(graph, feeds), precision)

    def close(self) -> None:
        """Close the reference."""
        if self._reference is not None:
            self._reference.close()
            self._reference = None


def _scene(rng: np.random.Generator, height: int, width: int) -> UInt8Array:
    """A picture ``(height, width, 3) uint8``: cloudy ground, a textured target in the middle, some grain."""
    coarse = rng.uniform(20, 230, (6, 8, 3)).astype(np.float32)
    image = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    x, y, w, h = (round(value * side / 256) for value, side in zip(_TARGET, (width, height) * 2, strict=True))
    texture = cv2.resize(rng.uniform(0, 255, (9, 6, 3)).astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    image[y : y + h, x : x + w] = texture
    noisy = np.clip(image + rng.normal(0.0, 6.0, image.shape), 0, 255)
    return np.asarray(noisy, np.uint8)


def _planes(image: UInt8Array) -> Float32Array:
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], dtype=np.float32)


def _boxes(rng: np.random.Generator) -> Float32Array:
    """``(2, BOXES, 4) float32`` boxes x, y, w, h in crop pixels: around the target first, then anywhere; twice."""
    target, half = np.array(_TARGET, np.float64), (2, BOXES // 2, 2)
    near = target * np.exp(0.1 * rng.standard_normal((2, BOXES // 2, 4)))
    far = np.concatenate([rng.uniform(0, 180, half), rng.uniform(8, 120, half)], axis=2)
    return np.concatenate([near, far], axis=1).astype(np.float32)

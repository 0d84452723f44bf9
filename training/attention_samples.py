"""Scenes to samples for the attention network: the frozen trunk's features, and the map to be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import crop_square, search_region
from engine.tracking.attention import Variant, frame_variant, network_input, roi_cells
from engine.types import Box, Float64Array
from training.attention_net import SLOTS
from training.data.augment import Image
from training.evidence import LEARNED, learn
from training.one_thread import one_thread_session
from training.synthetic import FRAMES, Scene

MAP_STRIDE = 4
CROP_SIZE = 256
SEARCH_FACTOR = 4.0
MIN_TRUTH_PX = 6.0

GRIDS: dict[Variant, tuple[int, int]] = {"wide": (12, 20), "square": (16, 16)}


def sample_type(variant: Variant) -> np.dtype[np.void]:
    """One sample of the pool.

    ``group`` numbers the footage or photo; ``rgb`` and ``truth`` are at stride 4; ``sides`` are the template's box's
    in network pixels.
    """
    rows, columns = GRIDS[variant]
    return np.dtype(
        [
            ("f16", np.float16, (FRAMES, 112, rows, columns)),
            ("f8", np.float16, (40, 2 * rows, 2 * columns)),
            ("memory16", np.float16, (SLOTS, 112, 8, 8)),
            ("matched16", np.float16, (112, 5, 5)),
            ("matched8", np.float16, (40, 5, 5)),
            *LEARNED,
            ("sides", np.float32, (2,)),
            ("rgb", np.uint8, (3, 4 * rows, 4 * columns)),
            ("truth", np.uint8, (4 * rows, 4 * columns)),
            ("box", np.float32, (4,)),
            ("group", np.int32),
        ]
    )


@dataclass(frozen=True)
class SampleConfig:
    """How far boxes given to the network are off: users draw loosely, trackers drift."""

    template_noise: float = 0.03
    memory_noise: float = 0.06


def truth_map(box: Float64Array | None, rows: int, columns: int) -> NDArray[np.float32]:
    """The map to be drawn, ``(rows, columns) float32``: 1 in the box, 0 outside, an edge of one cell.

    ``box`` is x, y, w, h in network pixels; boxes under 6 px are drawn at 6 px, so that they leave a trace.
    """
    if box is None:
        return np.zeros((rows, columns), np.float32)
    center, side = box[:2] + box[2:] / 2, np.maximum(box[2:], MIN_TRUTH_PX)

    def profile(middle: float, length: float, cells: int) -> NDArray[np.float64]:
        distance = np.abs((np.arange(cells) + 0.5) * MAP_STRIDE - middle)
        return np.clip((length / 2 - distance) / MAP_STRIDE + 0.5, 0.0, 1.0)

    return np.outer(profile(center[1], side[1], rows), profile(center[0], side[0], columns)).astype(np.float32)


class Trunks:
    """The frozen trunk's exported graphs on one thread each."""

    def __init__(self, folder: Path) -> None:
        self._sessions = {
            name: one_thread_session(folder / f"{name}.onnx") for name in ("features", "encode_wide", "encode_square")
        }

    def run(self, graph: str, image: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """f8 and f16 of ``(1, 3, H, W) float32`` BGR 0..255."""
        f8, f16 = self._sessions[graph].run(["f8", "f16"], {"image": image})
        return f8, f16

    def memory(self, image: Image, box: Float64Array) -> NDArray[np.float32]:
        """``(112, 8, 8)``: the middle of the features of a crop around the box."""
        crop, _ = crop_square(image, search_region(Box.from_array(box), SEARCH_FACTOR), CROP_SIZE)
        _, f16 = self.run("features", np.ascontiguousarray(crop.transpose(2, 0, 1)[None], dtype=np.float32))
        return f16[0, :, 4:12, 4:12]


def shaken(box: Float64Array, noise: float, rng: np.random.Generator | None) -> Float64Array:
    """The box as somebody else would have drawn it; the box itself without a generator."""
    if rng is None:
        return box
    center = box[:2] + box[2:] / 2 + rng.normal(0, noise, 2) * box[2:]
    side = box[2:] * np.exp(rng.normal(0, noise, 2))
    return np.concatenate([center - side / 2, side])


def samples(
    scene: Scene, group: int, trunks: Trunks, rng: np.random.Generator | None, config: SampleConfig = SampleConfig()
) -> Iterator[tuple[Variant, NDArray[np.void]]]:
    """One sample a target of the scene; without a generator boxes are exact and the memory holds the template only."""
    if not scene.targets:
        return
    height, width = scene.template.shape[:2]
    variant = frame_variant(width, height)
    if variant not in GRIDS:  # the classic shape is the square one without its bars: both are trained as one
        variant = "square"
    graph = f"encode_{variant}"
    first_image, mapping = network_input(scene.template, variant)
    first8, first16 = trunks.run(graph, first_image)
    encoded: dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
    for frame in scene.frames:  # a frozen scene repeats one picture
        if id(frame) not in encoded:
            encoded[id(frame)] = trunks.run(graph, network_input(frame, variant)[0])
    rows, columns = GRIDS[variant]
    last = network_input(scene.frames[-1], variant)[0][0]
    small = cv2.resize(last.transpose(1, 2, 0), (4 * columns, 4 * rows), interpolation=cv2.INTER_AREA)
    record = np.zeros((), sample_type(variant))
    record["f16"] = np.concatenate([encoded[id(frame)][1] for frame in scene.frames])
    record["f8"] = encoded[id(scene.frames[-1])][0][0]
    record["rgb"] = np.rint(small[..., ::-1]).astype(np.uint8).transpose(2, 0, 1)
    record["group"] = group
    for target in scene.targets:
        inside = mapping.forward(shaken(target.template_box, config.template_noise, rng))
        record["matched16"] = roi_cells(first16, inside, 16)[0]
        record["matched8"] = roi_cells(first8, inside, 8)[0]
        learn(record, first8, first16, inside)
        record["sides"] = inside[2:]
        slots = [trunks.memory(scene.template, shaken(target.template_box, config.template_noise, rng))]
        for picture, box in target.views[: SLOTS - 1]:
            slots.append(trunks.memory(picture, shaken(box, config.memory_noise, rng)))
        record["memory16"] = np.stack([slots[i] if i < len(slots) else slots[0] for i in range(SLOTS)])
        box = None if target.box is None else mapping.forward(target.box)
        record["box"] = np.nan if box is None else box
        record["truth"] = np.rint(truth_map(box, 4 * rows, 4 * columns) * 255)
        yield variant, record.copy()

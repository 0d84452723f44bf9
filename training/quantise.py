"""The trunks with 8-bit integers, for processors on which that is faster: one file for all graphs of the same weights.

Weights and activations are 8-bit integers from the second block on; the stem and the first block, which see the most
cells and the fewest channels, stay float32, and so do inputs and outputs. Before the weights are rounded, they are
tuned to it (:mod:`training.eight_bit_tune`).
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from engine.geometry import crop_square, letterbox, search_region
from engine.models import open_models
from engine.types import Box, Float32Array, UInt8Array
from training.data.clips import Clip, decode
from training.eight_bit import FIRST_BLOCK
from training.eight_bit_tune import tuned
from training.manifest import register_int8

TRUNKS = {"features": ("features",), "encode": ("encode_wide", "encode_classic", "encode_square")}
"""Graphs of the same weights, by the name of the file that stands in for them."""
SIDES = ("height", "width")
"""Names of the input's free dimensions."""
FLOAT_UNTIL = f"/blocks.{FIRST_BLOCK}/"
"""The first node whose name has this part, and all after it, are 8-bit."""
SIDE = 256
SHARE_TO_TEST = 0.1
"""Part of the pictures that is kept for measuring the error."""
MOST_RANGED = 128
"""Pictures that the ranges, and the error, are taken from at most: more of them change nothing."""
FAR_INTO = 90
"""Frames into a clip up to which its picture is drawn: seeking in all of it would take longer than anything else."""


def clip_pictures(clips: list[Clip], count: int, seed: int = 0) -> UInt8Array:
    """``(N, 256, 256, 3) uint8`` BGR, N up to ``count``: search crops and whole frames by turns, two of a footage."""
    random = np.random.default_rng(seed)
    by_group = {clip.group: clip for clip in clips}
    groups = sorted(by_group)
    pictures: list[UInt8Array] = []
    for index in random.permutation(len(groups)):
        if len(pictures) >= count:
            break
        clip = by_group[groups[index]]
        wanted = int(random.integers(0, min(len(clip.targets[0]), FAR_INTO)))
        box = clip.targets[0][wanted]
        frame = next((image for i, image in enumerate(decode(clip.path)) if i == wanted), None)
        if frame is None or not np.isfinite(box).all():
            continue
        region = search_region(Box.from_array(box), 4.0)
        x, y = region.w * random.uniform(-0.2, 0.2, 2)
        pictures.append(crop_square(frame, Box(region.x + x, region.y + y, region.w, region.h), SIDE)[0])
        pictures.append(letterbox(frame, SIDE, SIDE)[0])
    return np.stack(pictures[:count])


def quantise(
    folder: Path, pictures: UInt8Array, steps: int, trunks: Collection[str] = TRUNKS, seed: int = 0
) -> dict[str, float]:
    """Writes the 8-bit trunks, enters them in the manifest for the graphs they stand in for; their errors by name.

    The weights are tuned for so many steps, and the ranges of the activations are averages over :data:`MOST_RANGED` of
    the pictures ``(N, 256, 256, 3) uint8`` BGR. The error is the norm of the difference to float32 over that of
    ``f16``, on pictures that were used for neither.
    """
    held = max(round(SHARE_TO_TEST * len(pictures)), 1)
    test, ranged = _images(pictures[:held][:MOST_RANGED]), _images(pictures[held:][:MOST_RANGED])
    store = open_models(folder)
    errors: dict[str, float] = {}
    for trunk in trunks:
        graphs = TRUNKS[trunk]
        original = store.path(graphs[-1])  # of the size of the pictures
        model = quantised(tuned(onnx.load(original), pictures[held:], steps, seed), ranged)
        errors[trunk] = relative_error(original, model, test)
        path = folder / f"{trunk}.int8.onnx"
        part = path.with_suffix(".part")
        part.write_bytes(of_any_size(model).SerializeToString())
        os.replace(part, path)
        register_int8(folder, path.name, {name: _size(store.path(name)) for name in graphs}, errors[trunk])
    return errors


def _images(pictures: UInt8Array) -> Float32Array:
    """``(N, H, W, 3) uint8`` -> ``(N, 3, H, W) float32``."""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)


def _size(graph: Path) -> dict[str, int]:
    dims = onnx.load(graph).graph.input[0].type.tensor_type.shape.dim
    return dict(zip(SIDES, (dims[2].dim_value, dims[3].dim_value), strict=True))


def quantised(graph: onnx.ModelProto, images: Float32Array) -> onnx.ModelProto:
    """The graph with 8-bit weights and activations, their ranges as on images ``(N, 3, 256, 256)``."""
    names = [node.name for node in graph.graph.node]
    first = next(index for index, name in enumerate(names) if FLOAT_UNTIL in name)
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch) / "int8.onnx"
        logging.disable(logging.WARNING)  # it recommends what the export has done
        try:
            quantize_static(
                graph,
                str(result),
                _Images(images),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,  # sums of two products overflow 16 bits on processors without VNNI
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=names[:first],
                extra_options={"CalibMovingAverage": True},
            )
        finally:
            logging.disable(logging.NOTSET)
        return onnx.load(result)


def of_any_size(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with the sides of its input, and of all that follows from them, left open."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.value_info[:]
    for dim, side in zip(copy.graph.input[0].type.tensor_type.shape.dim[2:], SIDES, strict=True):
        dim.dim_param = side
    for output in copy.graph.output:
        for dim in output.type.tensor_type.shape.dim[2:]:
            dim.Clear()
    onnx.checker.check_model(copy, full_check=True)
    return copy


def relative_error(original: Path, model: onnx.ModelProto, images: Float32Array) -> float:
    """Norm of the difference in ``f16`` over that of the original's own, over all the images."""
    float32 = ort.InferenceSession(str(original), providers=["CPUExecutionProvider"])
    int8 = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    off = full = 0.0
    for image in images:
        (wanted,), (found,) = (each.run(["f16"], {"image": image[None]}) for each in (float32, int8))
        off += float(np.square(found - wanted).sum())
        full += float(np.square(wanted).sum())
    return (off / full) ** 0.5


class _Images(CalibrationDataReader):
    def __init__(self, images: Float32Array) -> None:
        self._left: Iterator[Float32Array] = iter(images)

    def get_next(self) -> dict[str, Float32Array] | None:
        image = next(self._left, None)
        return None if image is None else {"image": image[None]}

"""The networks as they were before training, to show what training brings."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np

from engine.errors import BackendError
from engine.models import HEAD_NAMES, open_models, sha256_of

_TRAINED_HERE = ("score", "locate", "attend_wide", "attend_classic", "attend_square")
"""Graphs whose weights this project trains; the trunk keeps its ImageNet weights."""


def write_untrained(folder: Path, seed: int) -> Path:
    """Write models with random weights in all heads to the folder, and return it.

    Raises:
        BackendError: the package onnx, which edits the graphs, is not installed.
    """
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise BackendError("--untrained needs the package onnx: pip install 'attntrack[train]'.") from error
    models = open_models()
    random = np.random.default_rng(seed)
    manifest = json.loads(json.dumps(models.manifest))
    for name in models.graphs:
        source = models.path(name)
        target = folder / source.name
        shutil.copyfile(source, target)
        if name not in _TRAINED_HERE:
            int8 = models.int8_path(name)
            if int8 is not None:
                shutil.copyfile(int8, folder / int8.name)
            continue
        graph = onnx.load(target)
        # only the second input of these is a weight: grids and tables stay what they are
        weights = {node.input[1] for node in graph.graph.node if node.op_type in ("Conv", "Gemm")}
        for tensor in graph.graph.initializer:
            if tensor.name in weights:
                shape = tuple(tensor.dims)
                scale = math.sqrt(2.0 / math.prod(shape[1:]))  # He: keeps the signal's size through ReLUs
                values = random.normal(0.0, scale, shape).astype(np.float32)
                tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        onnx.save(graph, target)
        manifest["graphs"][name]["sha256"] = sha256_of(target)
    head_path = folder / str(manifest["head"]["file"])
    np.savez(head_path, allow_pickle=False, **_random_head(models.head(), random))
    manifest["head"]["sha256"] = sha256_of(head_path)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _random_head(trained: dict[str, np.ndarray], random: np.random.Generator) -> dict[str, np.ndarray]:
    """Weights of the trained ones' shapes: He's random numbers, biases zero, the last layer small as MDNet's."""
    head = {}
    for name in HEAD_NAMES:
        shape = trained[name].shape
        scale = 0.0 if name.startswith("b") else 0.01 if name == "w6" else math.sqrt(2.0 / shape[0])
        head[name] = random.normal(0.0, 1.0, shape).astype(np.float32) * np.float32(scale)
    return head

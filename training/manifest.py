"""The manifest of the model folder: what is there, how large, and its checksums."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
TOTAL_LIMIT = 25_000_000


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def register_graph(folder: Path, name: str) -> None:
    """Writes ``NAME.onnx`` of the folder into its manifest, and takes out the variants made from an older one."""
    path = folder / f"{name}.onnx"
    (folder / f"{name}.fp16.onnx").unlink(missing_ok=True)
    entry = {"file": path.name, "sha256": sha256(path), "bytes": path.stat().st_size}
    with _editing(folder) as manifest:
        int8 = manifest.setdefault("graphs", {}).get(name, {}).get("int8")
        if int8 is not None:  # one file for several graphs
            for other in manifest["graphs"].values():
                if other.get("int8", {}).get("file") == int8["file"]:
                    del other["int8"]
            (folder / int8["file"]).unlink(missing_ok=True)
        manifest["graphs"][name] = entry
        manifest["graphs"] = dict(sorted(manifest["graphs"].items()))


def register_half(folder: Path, name: str, kept: list[str], error: float) -> None:
    """Writes ``NAME.fp16.onnx`` of the folder into its manifest, beside the graph it was made from.

    Args:
        folder: The model folder.
        name: The graph.
        kept: Kinds of operators that stayed float32 because parity asked for it.
        error: Parity error with the float32 graph on the CPU.
    """
    path = folder / f"{name}.fp16.onnx"
    with _editing(folder) as manifest:
        manifest["graphs"][name]["half"] = {
            "file": path.name,
            "sha256": sha256(path),
            "bytes": path.stat().st_size,
            "float32_operators": kept,
            "parity": float(f"{error:.1e}"),
        }


def register_int8(folder: Path, file: str, sizes: Mapping[str, Mapping[str, int]], error: float) -> None:
    """Writes an 8-bit graph of any size into the manifest for every graph that it stands in for.

    Args:
        folder: The model folder.
        file: Name of the graph's file inside it.
        sizes: By graph the values of the file's free dimensions.
        error: Relative error of its features.
    """
    path = folder / file
    entry = {"file": file, "sha256": sha256(path), "bytes": path.stat().st_size, "error": float(f"{error:.2g}")}
    with _editing(folder) as manifest:
        for name, size in sizes.items():
            graph = manifest["graphs"][name]
            graph["int8"] = {**entry, "size": dict(size), "made_from": graph["sha256"]}


def register_loss(folder: Path, graphs: Iterable[str], accuracy: float, models: str) -> None:
    """Notes at these graphs what their 8-bit variant was measured to cost, with the models of this digest."""
    with _editing(folder) as manifest:
        for name in graphs:
            manifest["graphs"][name]["int8"]["loss"] = {"accuracy": round(accuracy, 4), "models": models}


def register_head(folder: Path, file: str, advice: Mapping[str, float | int]) -> None:
    """Writes the classifier's initial weights and the advice for learning from them into the manifest.

    Args:
        folder: The model folder.
        file: Name of the ``.npz`` inside it.
        advice: ``init_lr``, ``init_steps``, ``update_lr``, ``update_steps``.
    """
    with _editing(folder) as manifest:
        manifest["head"] = {"file": file, "sha256": sha256(folder / file), **advice}


def total_bytes(folder: Path) -> int:
    """Size of all graphs in the manifest together."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return sum(entry["bytes"] for entry in manifest["graphs"].values())


@contextmanager
def _editing(folder: Path) -> Iterator[dict[str, Any]]:
    # several trainings may publish at the same time: one of them edits, the file is replaced whole
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / MANIFEST
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        yield manifest
        part = path.with_suffix(".part")
        part.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        os.replace(part, path)
    finally:
        os.close(lock)

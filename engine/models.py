"""Where the trained networks are, and that they are what the manifest says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import BackendError
from engine.types import Float32Array

HEAD_NAMES = ("w4", "b4", "w5", "b5", "w6", "b6")
"""The online classifier's layers, in the order the graphs take them."""

BOXES = 160
"""Candidates that `score` takes at once."""

SLOTS, TURNED = 4, 4
"""Views of the target that memories hold, and views of the drawn one turned over that `locate` has besides."""
LOCATE_SLOTS = SLOTS + TURNED

POSITIVES, NEGATIVES = 32, 256
"""Samples that `learn` takes a step; of the negatives the hardest 96 count."""

MOST_LOST = 0.005
"""Accuracy that an 8-bit variant may cost where nobody asked for it."""


def sha256_of(path: Path) -> str:
    """The file's sha256 as hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class ModelStore:
    """A folder with a manifest, ONNX graphs and the classifier's initial weights."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def graphs(self) -> tuple[str, ...]:
        """Names of the graphs in the folder."""
        return tuple(self.manifest["graphs"])

    def hashes(self) -> dict[str, str]:
        """sha256 by graph name, and of the classifier's initial weights as ``head``, as the manifest states them."""
        entries = {**self.manifest["graphs"], "head": self.manifest["head"]}
        return {name: str(entry["sha256"]) for name, entry in entries.items()}

    def path(self, graph: str) -> Path:
        """The graph's file, checked against the manifest.

        Raises:
            BackendError: no such graph, or the file is missing or damaged.
        """
        entry = self.manifest["graphs"].get(graph)
        if entry is None:
            raise BackendError(f"the models in {self.folder} have no graph {graph!r}; reinstall attntrack")
        return self._checked(entry)

    def half_path(self, graph: str) -> Path | None:
        """The graph's float16 variant, checked against the manifest; None if there is none.

        Raises:
            BackendError: no such graph, or the file is missing or damaged.
        """
        return self._variant(graph, "half")

    def int8_path(self, graph: str) -> Path | None:
        """The graph's 8-bit variant, checked against the manifest; None if there is none of just this graph.

        One file serves several graphs: its free dimensions are to be set as :meth:`int8_size` says.

        Raises:
            BackendError: the file is missing or damaged.
        """
        entry = self.manifest["graphs"].get(graph, {})
        if entry.get("int8", {}).get("made_from") != entry.get("sha256"):
            return None  # made from an older graph
        return self._variant(graph, "int8")

    def digest(self) -> str:
        """One hash of all models together, as the manifest states them."""
        return hashlib.sha256(json.dumps(sorted(self.hashes().items())).encode()).hexdigest()

    def int8_loss(self, graph: str) -> float | None:
        """The accuracy on annotated clips that the graph's 8-bit variant costs; None: not measured with these models.

        Raises:
            BackendError: the file is missing or damaged.
        """
        if self.int8_path(graph) is None:
            return None
        loss = self.manifest["graphs"][graph]["int8"].get("loss")
        return float(loss["accuracy"]) if loss is not None and loss["models"] == self.digest() else None

    def int8_graphs(self, harmless: bool = False) -> tuple[str, ...]:
        """The graphs that have an 8-bit variant; ``harmless``: only those that cost at most :data:`MOST_LOST`.

        Raises:
            BackendError: a file is missing or damaged.
        """
        graphs = tuple(graph for graph in self.graphs if self.int8_path(graph) is not None)
        if not harmless:
            return graphs
        losses = {graph: self.int8_loss(graph) for graph in graphs}
        return tuple(graph for graph, loss in losses.items() if loss is not None and loss <= MOST_LOST)

    def int8_size(self, graph: str) -> dict[str, int]:
        """The free dimensions of the graph's 8-bit variant by name."""
        entry = self.manifest["graphs"].get(graph, {}).get("int8", {})
        return {str(name): int(value) for name, value in entry.get("size", {}).items()}

    def head(self) -> dict[str, Float32Array]:
        """The classifier's initial weights ``w4 (1600, 256) .. b6 (1,)``, float32."""
        with np.load(self._checked(self.manifest["head"])) as arrays:
            return {name: np.ascontiguousarray(arrays[name], dtype=np.float32) for name in HEAD_NAMES}

    def _variant(self, graph: str, kind: str) -> Path | None:
        entry = self.manifest["graphs"].get(graph, {}).get(kind)
        return None if entry is None else self._checked(entry)

    def _checked(self, entry: dict[str, Any]) -> Path:
        path = self.folder / str(entry["file"])
        if not path.is_file():
            raise BackendError(f"model file {path} is missing; reinstall attntrack")
        if sha256_of(path) != entry["sha256"]:
            raise BackendError(f"model file {path} is damaged (its sha256 is not the manifest's); reinstall attntrack")
        return path


def bundled_models() -> Path:
    """The folder of the models that come with the program."""
    return Path(str(resources.files("assets"))) / "models"


def open_models(folder: Path | None = None) -> ModelStore:
    """The models in ``folder``, or the bundled ones.

    Raises:
        BackendError: the folder has no readable manifest.
    """
    folder = folder or bundled_models()
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if not isinstance(manifest["graphs"], dict):
            raise KeyError("graphs")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackendError(f"no models in {folder} ({error}); reinstall attntrack or give another folder") from error
    return ModelStore(folder, manifest)

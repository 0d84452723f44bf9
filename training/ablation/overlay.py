"""Networks of a training run laid over a complete set, which the run alone does not make."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from engine.models import open_models
from training.manifest import MANIFEST


def overlaid(base: Path | None, over: Path, folder: Path) -> Path:
    """Writes into ``folder`` the graphs and the head of ``over``, and of ``base`` (None: the bundled) what it lacks.

    Raises:
        BackendError: one of the two is no folder of networks.
    """
    folder.mkdir(parents=True)
    graphs: dict[str, dict[str, Any]] = {}
    head: dict[str, Any] = {}
    for store in (open_models(base), open_models(over)):
        graphs |= {
            # float16 variants are left behind: they belong to the graphs they were made from
            name: {key: value for key, value in entry.items() if key != "half"}
            for name, entry in store.manifest["graphs"].items()
        }
        head = store.manifest.get("head", head)
        own = [entry["file"] for entry in store.manifest["graphs"].values()]
        for file in own + ([store.manifest["head"]["file"]] if "head" in store.manifest else []):
            shutil.copyfile(store.folder / file, folder / file)
    manifest = {"graphs": graphs, "head": head}
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder

"""A row's own attention networks laid over a complete set, which a run of attention alone does not make."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from engine.errors import FormatError
from engine.models import open_models
from training.export_attention import GRIDS
from training.manifest import MANIFEST

ATTENTION = tuple(f"attend_{variant}" for variant in GRIDS)


def overlaid(base: Path | None, over: Path, folder: Path) -> Path:
    """Writes into ``folder`` the attention networks of ``over``, and all others of ``base`` (None: the bundled).

    Whatever else ``over`` holds stays out: a trunk that `locate` was not trained on would spoil the comparison.

    Raises:
        BackendError: one of the two is no folder of networks.
        FormatError: ``over`` has no attention networks.
    """
    base_store, own = open_models(base), open_models(over)
    if not set(ATTENTION) & set(own.graphs):
        raise FormatError(f"{over} holds no networks of attention ({', '.join(ATTENTION)}); train them, or export them")
    folder.mkdir(parents=True)
    graphs = {}
    for store in (base_store, own):
        for name, entry in store.manifest["graphs"].items():
            if store is base_store or name in ATTENTION:
                # variants are left behind: they belong to the graphs they were made from
                graphs[name] = {key: value for key, value in entry.items() if key not in ("half", "int8")}
                shutil.copyfile(store.folder / entry["file"], folder / entry["file"])
    head = base_store.manifest["head"]
    shutil.copyfile(base_store.folder / head["file"], folder / head["file"])
    (folder / MANIFEST).write_text(json.dumps({"graphs": graphs, "head": head}), encoding="utf-8")
    return folder

"""Where a run's weights come from: random ones, or those of a folder of models that it goes on from."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from engine.errors import FormatError
from engine.models import ModelStore, open_models
from training.loop import LAST
from training.manifest import MANIFEST
from training.schedule import ScheduleConfig, load_checkpoint

BUNDLED = "bundled"
SHARE = 0.2
"""Part of the usual rate at which a run goes on from trained weights."""
SETTLING = 8
"""Batches that norms which were folded are settled by."""


def models_of_origin(origin: str) -> ModelStore:
    """The models that come with the program, or those of a folder.

    Raises:
        BackendError: there are none.
    """
    return open_models(None if origin == BUNDLED else Path(origin))


def begins_with(origin: str, folder: Path) -> ModelStore | None:
    """The models whose weights a run begins with: None where it begins with random ones or has a checkpoint.

    Args:
        origin: ``bundled``, a folder of models, or nothing.
        folder: The run's.

    Raises:
        FormatError: the run in the folder has begun with something else.
        BackendError: there are no such models.
    """
    if (folder / LAST).exists():
        own = load_checkpoint(folder / LAST)["config"].get("origin", "")
        if own != origin:
            told = f"with --start {own}" if own else "without --start"
            raise FormatError(f"The run in {folder} has begun {told}: go on with it so, or give another work folder.")
        return None
    return models_of_origin(origin) if origin else None


def paced(schedule: ScheduleConfig, origin: str, share: float = SHARE) -> ScheduleConfig:
    """The schedule at the rate for what the run begins with: all of it, or a ``share`` with trained weights."""
    return replace(schedule, rate=share * schedule.rate) if origin else schedule


def begin_models(folder: Path, origin: str) -> None:
    """Copies the models into a folder that has none: it is whole while one network after the other is replaced."""
    if not origin or (folder / MANIFEST).exists():
        return
    models = models_of_origin(origin)
    folder.mkdir(parents=True, exist_ok=True)
    for graph in models.graphs:
        for path in (models.path(graph), models.half_path(graph), models.int8_path(graph)):
            if path is not None:
                shutil.copyfile(path, folder / path.name)
    if "head" in models.manifest:
        file = models.manifest["head"]["file"]
        shutil.copyfile(models.folder / file, folder / file)
    shutil.copyfile(models.folder / MANIFEST, folder / MANIFEST)

"""The mean of two checkpoints' weights: often better than either, where one run went on from the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import FormatError
from training.schedule import load_checkpoint, write_checkpoint


def average_checkpoints(first: Path, second: Path, out: Path, share: float = 0.5) -> Path:
    """Writes the first checkpoint with the mean of both networks' weights, and returns where.

    Args:
        first: ``best.pt`` of a run.
        second: That of another run of the same network.
        out: File to write, or the folder of a run, whose ``best.pt`` it then is.
        share: The second one's part in the mean, 0..1.

    Raises:
        FormatError: a file is no checkpoint, or the two are not of the same network.
    """
    if not 0.0 <= share <= 1.0:
        raise FormatError(f"The second network's share must lie between 0 and 1; it is {share:g}.")
    a, b = _read(first), _read(second)
    mine, other = a["network"], b["network"]
    if {name: value.shape for name, value in mine.items()} != {name: value.shape for name, value in other.items()}:
        raise FormatError(f"{first} and {second} are not of the same network; take two runs of the same stage.")
    joined = {name: _mean(value, other[name], share) for name, value in mine.items()}
    path = out / "best.pt" if out.is_dir() else out
    told = f"{1 - share:g} x {first} ({a['step']} steps) + {share:g} x {second} ({b['step']} steps)"
    write_checkpoint(path, {**a, "network": joined, "figures": {}, "mean_of": told})
    return path


def _mean(first: Tensor, second: Tensor, share: float) -> Tensor:
    return torch.lerp(first, second, share) if first.dtype.is_floating_point else first


def _read(path: Path) -> dict[str, Any]:
    try:
        state = load_checkpoint(path)
        networks = state["network"]
    except Exception as error:
        raise FormatError(f"{path} is no checkpoint with a network (best.pt of a run): {error}") from error
    if not all(isinstance(value, Tensor) for value in networks.values()):
        raise FormatError(f"{path} holds no weights; take best.pt of a run.")
    return state

"""The best networks of a work folder as graphs."""

from __future__ import annotations

from pathlib import Path

from engine.errors import SourceError
from training.attention_train import load_attention
from training.backbone.network import tuned_locate
from training.export import export_locate, export_trunk
from training.export_attention import export_attention
from training.locate.network import Locate, LocateConfig
from training.loop import BEST
from training.mdnet.train import load_classifier, publish_classifier
from training.schedule import load_checkpoint
from training.trunk import tuned_trunk
from training.workspace import Workspace


def export_phase(work: Path, models: Path, phase: str) -> None:
    """Exports attention alone, as one of its phases has left it at its best.

    Raises:
        SourceError: the folder has no such network.
    """
    attention = load_attention(work / "attention", (phase,))
    if attention is None:
        raise SourceError(f"{work} holds no attention network of the phase {phase}: train attention there first")
    export_attention(attention, models)


def export_best(work: Path, models: Path) -> None:
    """Exports the trunk and whatever trained networks the folder holds.

    Raises:
        SourceError: there is no such folder.
    """
    if not work.is_dir():
        raise SourceError(f"there is no folder {work}; give the work folder of earlier runs")
    tuned = Workspace(work, work).tuned
    export_trunk(models, tuned_trunk(tuned) if tuned.exists() else None)
    if tuned.exists():
        export_locate(tuned_locate(tuned), models)
    if (work / "locate" / BEST).exists():
        state = load_checkpoint(work / "locate" / BEST)
        network = Locate(LocateConfig(**state["config"]["network"]))
        network.load_state_dict(state["network"])
        export_locate(network, models)
    if (work / "mdnet" / "start" / BEST).exists():
        publish_classifier(*load_classifier(work / "mdnet"), models)
    attention = load_attention(work / "attention")
    if attention is not None:
        export_attention(attention, models)

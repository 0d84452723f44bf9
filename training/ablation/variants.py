"""The rows of the ablation table: what is changed in each, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.attention_alone import Onlooker
from engine.backends.base import Backend
from engine.backends.select import open_backend
from engine.config import TrackerConfig
from engine.datasets import Clip
from engine.errors import BackendError
from engine.one_pass import Follower, OurFollower
from engine.peers import PeerFollower, check_peers
from engine.tracking.glance import AttentionSource, network
from engine.types import Box, Frame
from training.ablation import sources
from training.ablation.measures import Figures, tracked
from training.ablation.rescue import Rescued
from training.ablation.without_locate import WithoutLocate, sampling_only

FULL = TrackerConfig(deterministic=True)
FORGETFUL = replace(FULL, learn=replace(FULL.learn, memory_confidence=2.0))
"""No confidence reaches 2: the memory holds the first patch only."""


@dataclass
class Tools:
    """Backends, each opened once. ``models`` are folders by name: ``""`` the tracker's own, others for some rows."""

    models: Mapping[str, Path | None]
    threads: int | None = None
    peer_models: Path | None = None
    _open: dict[str, Backend] = field(default_factory=dict)

    def backend(self, name: str = "") -> Backend:
        """The networks of that name. Raises BackendError if they cannot be loaded."""
        if name not in self._open:
            self._open[name] = open_backend("onnxruntime", self.threads, self.models[name])
        return self._open[name]

    def close(self) -> None:
        """Free the networks."""
        for backend in self._open.values():
            backend.close()
        self._open.clear()


Maker = Callable[[Tools, int], Follower]


@dataclass(frozen=True)
class Variant:
    """One row: ``make`` gives its tracker for a seed.

    ``models`` names the networks that it needs beside the tracker's own, ``peer`` another tracker; one with no
    randomness in it is ``seeded`` False and run once.
    """

    name: str
    section: str
    title: str
    make: Maker
    models: str = ""
    peer: str = ""
    seeded: bool = True

    def measure(self, tools: Tools, seed: int, clip: Clip) -> Figures:
        """Its scores on one clip."""
        return tracked(self.make(tools, seed), clip)

    def missing(self, tools: Tools) -> str:
        """Why the row cannot be measured; empty if it can."""
        if self.models not in tools.models:
            return f"no networks given: train them and add --models {self.models}=FOLDER"
        if self.peer:
            try:
                check_peers((self.peer,), tools.peer_models)
            except BackendError as error:
                return str(error)
        return ""


def _ours(
    config: TrackerConfig = FULL, source: AttentionSource = network, models: str = "", blind: bool = False
) -> Maker:
    def make(tools: Tools, seed: int) -> Follower:
        backend = tools.backend(models)
        return OurFollower(WithoutLocate(backend) if blind else backend, config, seed, source)

    return make


def _shuffled(tools: Tools, seed: int) -> Follower:
    return OurFollower(tools.backend(), FULL, seed, sources.shuffled(seed))


def _peer(name: str, helped: bool) -> Maker:
    def make(tools: Tools, seed: int) -> Follower:
        def alone() -> Follower:
            return PeerFollower(name, tools.peer_models)

        def onlooker(frame: Frame, box: Box) -> Onlooker:
            return Onlooker(tools.backend(), frame, box)

        return Rescued(alone, onlooker) if helped else alone()

    return make


def helped(name: str) -> str:
    """The row of another tracker with attention's help."""
    return f"{name}+attention"


def _peers(name: str, title: str) -> tuple[Variant, Variant]:
    section = "Another tracker, started again where attention looks once attention says that it fails"
    return (
        Variant(name, section, f"{title} alone", _peer(name, False), peer=name, seeded=False),
        Variant(helped(name), section, f"{title} with attention", _peer(name, True), peer=name, seeded=False),
    )


INPUTS, LOSS = "Input frames of attention (the paper's Table 1)", "Loss of attention"
PEERS = {"csrt": "CSRT", "nano": "NanoTrack v2"}
SEARCH, MAPS, PARTS = "Local and global search", "Bad maps (the paper's Fig. 4)", "Parts"
BASE = Variant("full", "", "the tracker as it is: joint search", _ours())
_LEARN = FULL.learn
VARIANTS: tuple[Variant, ...] = (
    BASE,
    *(
        Variant(
            f"frames{count}",
            INPUTS,
            f"{count} frame{'s' if count > 1 else ''}",
            _ours(models=f"frames{count}"),
            models=f"frames{count}",
        )
        for count in (1, 2, 3)
    ),
    Variant("mse", LOSS, "content loss throughout", _ours(models="mse"), models="mse"),
    Variant("gan", LOSS, "content loss, then content and adversarial loss", _ours(models="gan"), models="gan"),
    Variant("local", SEARCH, "local only", _ours(replace(FULL, attention=replace(FULL.attention, every=0)))),
    Variant("failure", SEARCH, "global only while the target fails", _ours(source=sources.on_failure)),
    Variant(
        "spectral",
        "Bottom-up saliency in place of target-aware attention",
        "spectral residual",
        _ours(source=sources.spectral_residual),
    ),
    Variant(
        "fine",
        "Bottom-up saliency in place of target-aware attention",
        "fine grained",
        _ours(source=sources.fine_grained),
    ),
    Variant("shifted", MAPS, "shifted by a quarter of the frame", _ours(source=sources.shifted)),
    Variant("blanked", MAPS, "black", _ours(source=sources.blanked)),
    Variant("shuffled", MAPS, "blocks of 8 x 8 cells shuffled", _shuffled),
    Variant("no-memory", PARTS, "without memory: the first patch only", _ours(FORGETFUL)),
    Variant(
        "no-locate", PARTS, "without `locate`: MDNet's samples and regression", _ours(sampling_only(FULL), blind=True)
    ),
    Variant(
        "first-frame",
        PARTS,
        "learning on the first frame only",
        _ours(replace(FULL, learn=replace(_LEARN, update_steps=0))),
    ),
    Variant(
        "no-learning",
        PARTS,
        "without online learning",
        _ours(replace(FULL, learn=replace(_LEARN, init_steps=0, update_steps=0))),
    ),
    *(variant for name, title in PEERS.items() for variant in _peers(name, title)),
)

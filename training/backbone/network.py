"""The trunk from stride 8 on, trained together with ``locate``."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import FormatError
from engine.models import LOCATE_SLOTS, ModelStore
from training.backbone.teacher import CHANNELS
from training.from_graphs import published_locate, published_trunk
from training.locate.batches import MEMORY8, MEMORY16
from training.locate.network import Locate, LocateConfig
from training.schedule import load_checkpoint
from training.trunk import TAP8, load_trunk


class Tail(nn.Module):
    """Blocks of the trunk after the stride-8 tap, with the ImageNet weights to begin with."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*list(load_trunk().blocks)[TAP8 + 1 :])
        self.requires_grad_(True)

    def forward(self, f8: Tensor) -> Tensor:
        """``(N, 40, 32, 32)`` -> ``(N, 112, 16, 16)``."""
        return self.blocks(f8)


class Joint(nn.Module):
    """Tail and ``locate``, and the linear view through which the neck's features are compared with the teacher's."""

    def __init__(self, config: LocateConfig) -> None:
        super().__init__()
        self.tail = Tail()
        self.locate = Locate(config)
        self.view = nn.Conv2d(config.width, CHANNELS, 1)

    def forward(self, search8: Tensor, memory8: Tensor, slots: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        """The maps of ``locate`` and the features in the teacher's space.

        Args:
            search8: ``(N, 40, 32, 32)`` of the search crops.
            memory8: ``(M, 40, 32, 32)`` of the memory crops.
            slots: ``(N, 8) int64``, the rows of ``memory8`` that each search crop's memory holds.
        """
        f16 = self.tail(torch.cat([search8, memory8]))
        search16, memory16 = f16[: len(search8)], f16[len(search8) :]
        chosen = slots.reshape(-1)
        part8 = memory8[:, :, MEMORY8, MEMORY8][chosen]
        part16 = memory16[:, :, MEMORY16, MEMORY16][chosen]
        assert len(chosen) == LOCATE_SLOTS * len(search8)
        search = self.locate.neck(search8, search16)
        maps = self.locate.compare(search, self.locate.neck(part8, part16))
        return maps, self.view(search)


def tuned_locate(checkpoint: Path) -> Locate:
    """The ``locate`` that was trained together with the tail."""
    state = load_checkpoint(checkpoint)
    joint = Joint(LocateConfig(**state["config"]["network"]))
    joint.load_state_dict(state["network"])
    return joint.locate


def joint_of(models: ModelStore, config: LocateConfig) -> Joint:
    """Tail and ``locate`` with the weights of exported graphs; the view is as new.

    Raises:
        FormatError: the graphs are of other networks, or the trunk below the tail is not the ImageNet trunk, whose
            features it is trained on.
    """
    joint, trunk, plain = Joint(config), published_trunk(models), load_trunk()
    own, frozen = ([net.stem, *net.blocks[: TAP8 + 1]] for net in (trunk, plain))
    for part, wanted in zip(own, frozen, strict=True):
        if not all(map(torch.allclose, part.state_dict().values(), wanted.state_dict().values())):
            raise FormatError(
                f"The trunk of the models in {models.folder} is not the ImageNet trunk up to stride 8, over which this "
                "training works: take models that were trained with AttnTrack."
            )
    for block, published in zip(joint.tail.blocks, trunk.blocks[TAP8 + 1 :], strict=True):
        block.load_state_dict(published.state_dict())
    joint.locate.load_state_dict(published_locate(models, config).state_dict())
    return joint


def lesson_loss(seen: Tensor, lesson: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """One minus the cosine between features ``(N, 96, 16, 16)`` and the teacher's, standardised by channel."""
    wanted = (lesson - mean) / deviation
    return (1 - functional.cosine_similarity(seen, wanted, dim=1)).mean()

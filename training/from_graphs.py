"""Weights of exported graphs, put back into the networks that they were exported from.

Exporting folds a batch norm into the convolution before it. Such a convolution takes the folded weight, and its norm
becomes the identity with the folded bias. Which convolution of the network a node of the graph is, its name says:
nodes are not stored in the order in which they were traced, and two towers of one shape would change places unnoticed.
"""

from __future__ import annotations

import re
from typing import cast

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from engine.errors import FormatError
from engine.models import ModelStore
from training.attention_net import AttendGraph, AttentionNet, AttentionNetConfig
from training.locate.network import Locate, LocateConfig, LocateGraph
from training.mdnet.network import HEAD_NAMES, HEAD_SHAPES, NeckConfig, ScoreGraph, SharedNeck
from training.trunk import Trunk

REPEATED = re.compile(r"_\d+$")
"""What the name of a module has behind it when it runs again."""


def trunk_of(graph: onnx.ModelProto) -> Trunk:
    """The trunk with the weights of an exported ``features`` or ``encode_*``.

    Raises:
        FormatError: the graph is not one of this network, or not in float32.
    """
    return cast(Trunk, filled(Trunk(), graph))


def published_trunk(models: ModelStore) -> Trunk:
    """The trunk of the search crop; see :func:`trunk_of` for what may go wrong, here and below."""
    return trunk_of(onnx.load(str(models.path("features"))))


def published_locate(models: ModelStore, config: LocateConfig) -> Locate:
    """``locate`` with its raw maps: that exported boxes are made smaller is no matter of its weights."""
    network = Locate(config)
    filled(LocateGraph(network), onnx.load(str(models.path("locate"))))
    return network


def published_attention(models: ModelStore, config: AttentionNetConfig) -> AttentionNet:
    """The attention network; the graphs for all shapes of frames hold the same weights."""
    network = AttentionNet(config)
    filled(AttendGraph(network), onnx.load(str(models.path("attend_wide"))))
    return network


def published_classifier(models: ModelStore, config: NeckConfig) -> tuple[SharedNeck, dict[str, Tensor]]:
    """The classifier's neck, and the head that online learning starts from."""
    neck = SharedNeck(config)
    filled(ScoreGraph(neck), onnx.load(str(models.path("score"))))
    head = models.head()
    for name in HEAD_NAMES:
        if head[name].shape != HEAD_SHAPES[name]:
            raise FormatError(f"{name} of the classifier's start has the shape {head[name].shape}. {_ADVICE}")
    return neck, {name: torch.from_numpy(head[name].copy()) for name in HEAD_NAMES}


def filled(module: nn.Module, graph: onnx.ModelProto) -> nn.Module:
    """The module, which is the one that was exported, with all its weights from the graph.

    Raises:
        FormatError: the graph has other layers than the module, or other shapes, or is not in float32.
    """
    constants = {item.name: numpy_helper.to_array(item) for item in graph.graph.initializer}
    wanted = {name: value for name, value in module.state_dict().items() if value.dtype.is_floating_point}
    found = {name: constants[name] for name in wanted if name in constants}
    parts = dict(module.named_modules())
    for path, (weight, bias) in convolutions(graph).items():
        part = parts.get(path)
        if not isinstance(part, nn.Conv2d):
            raise FormatError(f"The graph has a convolution {path or weight} that the network lacks. {_ADVICE}")
        if weight not in constants or (bias is not None and bias not in constants):
            raise FormatError(f"The weights of {path} are not stored as they are. {_ADVICE}")
        found[f"{path}.weight"] = constants[weight]
        if bias is not None and part.bias is not None:
            found[f"{path}.bias"] = constants[bias]
        elif bias is not None:
            found.update(_identity(parts, path, constants[bias]))
    for name, value in wanted.items():
        if name not in found:
            raise FormatError(f"The graph has no {name}. {_ADVICE}")
        if found[name].shape != tuple(value.shape) or found[name].dtype != np.float32:
            raise FormatError(
                f"{name} is {found[name].dtype} {found[name].shape} in the graph and float32 {tuple(value.shape)} in "
                f"the network. {_ADVICE}"
            )
        value.copy_(torch.from_numpy(found[name].copy()))
    return module


def convolutions(graph: onnx.ModelProto) -> dict[str, tuple[str, str | None]]:
    """Constants of the weights and the bias, None where there is none, of each convolution by its module's path."""
    nodes = [node for node in graph.graph.node if node.op_type == "Conv"]
    return {_path(node.name): (node.input[1], node.input[2] if len(node.input) > 2 else None) for node in nodes}


_ADVICE = "Take float32 graphs that this version of AttnTrack has exported, of networks with the usual settings."


def _path(node: str) -> str:
    """``/network/fuse/fuse.0/Conv`` -> ``network.fuse.0``: what is in a sequence bears its name too."""
    path: list[str] = []
    for scope in node.split("/")[1:-1]:
        scope = REPEATED.sub("", scope)
        if path and scope.startswith(f"{path[-1]}."):
            path.pop()
        path.append(scope)
    return ".".join(path)


def _identity(parts: dict[str, nn.Module], path: str, bias: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """The norm after a convolution in its sequence, as it is to be where the convolution does its work."""
    before, _, number = path.rpartition(".")
    name = f"{before}.{int(number) + 1}" if number.isdigit() else ""
    norm = parts.get(name)
    if not isinstance(norm, nn.BatchNorm2d):
        raise FormatError(f"The convolution {path} of the graph has a bias, that of the network none. {_ADVICE}")
    zero, one = np.zeros_like(bias), np.ones_like(bias)
    values = {"weight": one, "bias": bias, "running_mean": zero, "running_var": one - np.float32(norm.eps)}
    return {f"{name}.{key}": value for key, value in values.items()}

"""The seam between tracking and whatever runs the networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from numpy.typing import NDArray

from engine.types import Float32Array

Feeds = Mapping[str, NDArray[Any]]
Outputs = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What runs the networks, for the status bar, the sidecar and the doctor.

    ``lanes`` is how many graphs gain by running at the same time, each called on a thread of its own.
    """

    name: str
    device: str
    precision: str
    version: str
    lanes: int = 1


class Backend(Protocol):
    """Runs named static graphs. A context manager: those that implement it by name inherit that."""

    @property
    def info(self) -> BackendInfo:
        """What this backend is."""
        ...

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """All outputs of the graph by name. Raises :class:`engine.errors.BackendError`."""
        ...

    def head(self) -> Mapping[str, Float32Array]:
        """The online classifier's initial weights ``w4 (1600, 256) .. b6 (1,)``."""
        ...

    def warm_up(self) -> None:
        """Load and run every graph once, so that the first frame is not slow."""
        ...

    def close(self) -> None:
        """Free everything; the backend is of no use afterwards."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

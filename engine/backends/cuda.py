"""The few things that are asked of a GPU beside running networks, whichever package does them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from engine.errors import BackendError
from engine.types import UInt8Array


@dataclass(frozen=True, slots=True)
class GpuDevice:
    """A GPU as its driver describes it; ``memory`` in bytes."""

    name: str
    capability: tuple[int, int]
    memory: int
    driver: str
    """The newest CUDA version the driver serves, as ``13.0``."""

    @property
    def target(self) -> str:
        """Its compute capability as ``sm86``."""
        return "sm{}{}".format(*self.capability)


class Stream(Protocol):
    """A queue of work on the GPU."""

    @property
    def handle(self) -> int:
        """The CUDA driver's handle."""
        ...


class Replay(Protocol):
    """Work recorded once, to be queued again at the cost of one call."""

    def launch(self) -> None:
        """Queue the work on the stream it was recorded from."""
        ...

    def close(self) -> None:
        """Free the recording."""
        ...


class CudaContext(Protocol):
    """The primary context of one GPU. Everything but ``current`` needs it to be current on the calling thread.

    Every method raises :class:`engine.errors.BackendError` where the driver reports an error.
    """

    @property
    def package(self) -> str:
        """The Python package behind it."""
        ...

    @property
    def device(self) -> GpuDevice:
        """The GPU."""
        ...

    def current(self) -> AbstractContextManager[None]:
        """Make the context current on this thread for a while."""
        ...

    def allocate(self, size: int) -> int:
        """The address of ``size`` new bytes on the GPU."""
        ...

    def free(self, address: int) -> None:
        """Give back what :meth:`allocate` gave."""
        ...

    def page_locked(self, size: int) -> UInt8Array:
        """``size`` bytes on the host that the GPU copies from and to by itself."""
        ...

    def free_page_locked(self, array: UInt8Array) -> None:
        """Give back what :meth:`page_locked` gave; nothing may look at it any more."""
        ...

    def stream(self, background: bool = False) -> Stream:
        """A new stream; one for the ``background`` yields to all others."""
        ...

    def close_stream(self, stream: Stream) -> None:
        """Give a stream back."""
        ...

    def upload(self, address: int, source: UInt8Array, stream: Stream) -> None:
        """Queue a copy of page-locked bytes to the GPU."""
        ...

    def download(self, target: UInt8Array, address: int, stream: Stream) -> None:
        """Queue a copy from the GPU to page-locked bytes."""
        ...

    def copy(self, target: int, source: int, size: int, stream: Stream) -> None:
        """Queue a copy within the GPU."""
        ...

    def event(self, sleeping: bool = False) -> Any:
        """A new event; waiting for a ``sleeping`` one leaves the core to others, at the cost of some latency."""
        ...

    def record(self, event: Any, stream: Stream) -> None:
        """Let the event happen when all that is queued so far is done."""
        ...

    def wait(self, event: Any) -> None:
        """Return when the event has happened; other Python threads run meanwhile."""
        ...

    def capture(self, stream: Stream, enqueue: Callable[[], None]) -> Replay:
        """Record what ``enqueue`` queues on the stream, without running it."""
        ...

    def memory(self) -> tuple[int, int]:
        """Free bytes and all bytes of the GPU's memory."""
        ...

    def close(self) -> None:
        """Release the primary context; all that was allocated must have been given back. Not to be current."""
        ...


def open_cuda(device: int = 0) -> CudaContext:
    """The primary context of a GPU, through pycuda or else cuda-bindings.

    Raises:
        BackendError: no package that works, or no GPU.
    """
    from engine.backends.cuda_bindings_context import BindingsContext
    from engine.backends.cuda_context import PycudaContext

    reasons = []
    for kind in (PycudaContext, BindingsContext):
        try:
            context: CudaContext = kind(device)
        except BackendError as error:
            reasons.append(str(error))
        else:
            return context
    raise BackendError(f"no CUDA GPU can be used here ({'; '.join(dict.fromkeys(reasons))}); use --backend onnxruntime")


def address_of(array: NDArray[Any]) -> int:
    """Where the array's bytes begin."""
    return int(array.__array_interface__["data"][0])

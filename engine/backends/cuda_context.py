"""A GPU through pycuda. The only file that knows pycuda."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np

from engine.backends.cuda import GpuDevice, Replay, Stream
from engine.backends.cuda_driver import CudaDriver
from engine.errors import BackendError
from engine.types import UInt8Array


@contextmanager
def _driver_errors(cuda: Any) -> Iterator[None]:
    try:
        yield
    except cuda.Error as error:
        raise BackendError(f"the GPU failed: {error}; restart the program or use --backend onnxruntime") from error


class PycudaContext:
    """The GPU's primary context, retained once, and pushed on whatever thread works with it."""

    def __init__(self, device: int = 0) -> None:
        try:
            # never pycuda.autoinit: its context belongs to the thread that imports it
            self._cuda: Any = importlib.import_module("pycuda.driver")
        except ModuleNotFoundError as error:
            raise BackendError(f"the package {error.name} is not installed") from error
        except (ImportError, OSError) as error:
            raise BackendError("pycuda finds no NVIDIA driver") from error
        with _driver_errors(self._cuda):
            self._cuda.init()
            if self._cuda.Device.count() <= device:
                raise BackendError(f"no CUDA GPU with number {device}")
            gpu = self._cuda.Device(device)
            version = self._cuda.get_driver_version()
            self._device = GpuDevice(
                gpu.name(), gpu.compute_capability(), gpu.total_memory(), f"{version // 1000}.{version % 1000 // 10}"
            )
            self._context = gpu.retain_primary_context()
        self._thread = threading.get_ident()
        self._driver = CudaDriver()
        self._allocations: dict[int, Any] = {}

    @property
    def package(self) -> str:
        """``pycuda``."""
        return "pycuda"

    @property
    def device(self) -> GpuDevice:
        """The GPU."""
        return self._device

    @contextmanager
    def _pushed(self) -> Iterator[None]:
        with _driver_errors(self._cuda):
            self._context.push()
            try:
                yield
            finally:
                self._cuda.Context.pop()

    def current(self) -> AbstractContextManager[None]:
        """Push the primary context on this thread, and pop it at the end."""
        return self._pushed()

    def allocate(self, size: int) -> int:
        """The address of new bytes on the GPU."""
        allocation = self._cuda.mem_alloc(size)
        self._allocations[int(allocation)] = allocation
        return int(allocation)

    def free(self, address: int) -> None:
        """Give bytes on the GPU back."""
        self._allocations.pop(address).free()

    def page_locked(self, size: int) -> UInt8Array:
        """Page-locked bytes on the host."""
        array: UInt8Array = self._cuda.pagelocked_empty(size, np.uint8)
        return array

    def free_page_locked(self, array: UInt8Array) -> None:
        """Give page-locked bytes back now, not whenever the array is collected."""
        base: Any = array.base
        base.free()

    def stream(self, background: bool = False) -> Stream:
        """A new stream."""
        stream: Stream = self._cuda.Stream(1)  # CU_STREAM_NON_BLOCKING: not tied to the default stream
        if not background:
            self._driver.prefer(stream)
        return stream

    def close_stream(self, stream: Stream) -> None:
        """Nothing: pycuda destroys a stream with its last reference."""

    def upload(self, address: int, source: UInt8Array, stream: Stream) -> None:
        """Queue a copy to the GPU."""
        self._cuda.memcpy_htod_async(address, source, stream)

    def download(self, target: UInt8Array, address: int, stream: Stream) -> None:
        """Queue a copy from the GPU."""
        self._cuda.memcpy_dtoh_async(target, address, stream)

    def copy(self, target: int, source: int, size: int, stream: Stream) -> None:
        """Queue a copy within the GPU."""
        self._cuda.memcpy_dtod_async(target, source, size, stream)

    def event(self, sleeping: bool = False) -> Any:
        """A new event."""
        flags = self._cuda.event_flags
        return self._cuda.Event(flags.DISABLE_TIMING | (flags.BLOCKING_SYNC if sleeping else 0))

    def record(self, event: Any, stream: Stream) -> None:
        """Let the event happen after what is queued."""
        event.record(stream)

    def wait(self, event: Any) -> None:
        """Wait for the event."""
        event.synchronize()

    def capture(self, stream: Stream, enqueue: Callable[[], None]) -> Replay:
        """Record what ``enqueue`` queues."""
        return self._driver.capture(stream, enqueue)

    def memory(self) -> tuple[int, int]:
        """Free and all bytes on the GPU."""
        free, total = self._cuda.mem_get_info()
        return int(free), int(total)

    def close(self) -> None:
        """Release the primary context, on the thread that made this object; on others pycuda leaves it be."""
        if threading.get_ident() == self._thread:
            with _driver_errors(self._cuda):
                self._context.detach()
            self._driver.pop()  # pycuda pushes the context to release it, and leaves it there

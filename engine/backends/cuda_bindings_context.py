"""A GPU through cuda-bindings, for those who cannot compile pycuda. The only file that knows it."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.backends.cuda import GpuDevice, Replay, Stream, address_of
from engine.errors import BackendError
from engine.types import UInt8Array


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    handle: int
    raw: Any


class BindingsContext:
    """The GPU's primary context, retained once, and pushed on whatever thread works with it."""

    def __init__(self, device: int = 0) -> None:
        try:
            self._cuda: Any = importlib.import_module("cuda.bindings.driver")
        except ModuleNotFoundError as error:
            raise BackendError("the package cuda-bindings is not installed") from error
        try:
            self._call("cuInit", 0)
        # the package looks for the driver at the first call, and has its own exceptions for not finding it
        except (RuntimeError, ImportError, OSError) as error:
            raise BackendError("cuda-bindings finds no NVIDIA driver") from error
        if self._call("cuDeviceGetCount") <= device:
            raise BackendError(f"no CUDA GPU with number {device}")
        self._gpu = self._call("cuDeviceGet", device)
        attribute = self._cuda.CUdevice_attribute
        major = self._call("cuDeviceGetAttribute", attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, self._gpu)
        minor = self._call("cuDeviceGetAttribute", attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, self._gpu)
        name = self._call("cuDeviceGetName", 256, self._gpu).split(b"\0")[0].decode(errors="replace")
        version = self._call("cuDriverGetVersion")
        memory = int(self._call("cuDeviceTotalMem", self._gpu))
        self._device = GpuDevice(name, (major, minor), memory, f"{version // 1000}.{version % 1000 // 10}")
        self._context = self._call("cuDevicePrimaryCtxRetain", self._gpu)

    @property
    def package(self) -> str:
        """``cuda-bindings``."""
        return "cuda-bindings"

    @property
    def device(self) -> GpuDevice:
        """The GPU."""
        return self._device

    @contextmanager
    def _pushed(self) -> Iterator[None]:
        self._call("cuCtxPushCurrent", self._context)
        try:
            yield
        finally:
            self._call("cuCtxPopCurrent")

    def current(self) -> AbstractContextManager[None]:
        """Push the primary context on this thread, and pop it at the end."""
        return self._pushed()

    def allocate(self, size: int) -> int:
        """The address of new bytes on the GPU."""
        return int(self._call("cuMemAlloc", size))

    def free(self, address: int) -> None:
        """Give bytes on the GPU back."""
        self._call("cuMemFree", address)

    def page_locked(self, size: int) -> UInt8Array:
        """Page-locked bytes on the host."""
        address = int(self._call("cuMemHostAlloc", size, 0))
        array: UInt8Array = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
        return array

    def free_page_locked(self, array: UInt8Array) -> None:
        """Give page-locked bytes back."""
        self._call("cuMemFreeHost", address_of(array))

    def stream(self, background: bool = False) -> Stream:
        """A new stream."""
        lowest, highest = self._call("cuCtxGetStreamPriorityRange")
        flags = self._cuda.CUstream_flags.CU_STREAM_NON_BLOCKING  # not tied to the default stream
        raw = self._call("cuStreamCreateWithPriority", flags, lowest if background else highest)
        return _Stream(int(raw), raw)

    def close_stream(self, stream: Stream) -> None:
        """Destroy the stream."""
        self._call("cuStreamDestroy", stream.handle)

    def upload(self, address: int, source: UInt8Array, stream: Stream) -> None:
        """Queue a copy to the GPU."""
        self._call("cuMemcpyHtoDAsync", address, address_of(source), source.nbytes, stream.handle)

    def download(self, target: UInt8Array, address: int, stream: Stream) -> None:
        """Queue a copy from the GPU."""
        self._call("cuMemcpyDtoHAsync", address_of(target), address, target.nbytes, stream.handle)

    def copy(self, target: int, source: int, size: int, stream: Stream) -> None:
        """Queue a copy within the GPU."""
        self._call("cuMemcpyDtoDAsync", target, source, size, stream.handle)

    def event(self, sleeping: bool = False) -> Any:
        """A new event."""
        flags = self._cuda.CUevent_flags
        how = int(flags.CU_EVENT_DISABLE_TIMING) | (int(flags.CU_EVENT_BLOCKING_SYNC) if sleeping else 0)
        return self._call("cuEventCreate", how)

    def record(self, event: Any, stream: Stream) -> None:
        """Let the event happen after what is queued."""
        self._call("cuEventRecord", event, stream.handle)

    def wait(self, event: Any) -> None:
        """Wait for the event."""
        self._call("cuEventSynchronize", event)

    def capture(self, stream: Stream, enqueue: Callable[[], None]) -> Replay:
        """Record what ``enqueue`` queues."""
        # thread-local: other threads may go on allocating and waiting while this one records
        mode = self._cuda.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        self._call("cuStreamBeginCapture", stream.handle, mode)
        try:
            enqueue()
        finally:
            # also after a failure: a stream left recording is lost
            graph = self._call("cuStreamEndCapture", stream.handle)
        try:
            ready = self._call("cuGraphInstantiate", graph, 0)
        finally:
            self._call("cuGraphDestroy", graph)
        return _BindingsReplay(self._call, ready, stream)

    def memory(self) -> tuple[int, int]:
        """Free and all bytes on the GPU."""
        free, total = self._call("cuMemGetInfo")
        return int(free), int(total)

    def close(self) -> None:
        """Release the primary context."""
        self._call("cuDevicePrimaryCtxRelease", self._gpu)

    def _call(self, name: str, *arguments: Any) -> Any:
        """The function's values: none, one, or a tuple."""
        status, *values = getattr(self._cuda, name)(*arguments)
        if int(status):
            raise BackendError(
                f"the GPU failed: {name} says {status.name}; restart the program or use --backend onnxruntime"
            )
        return values[0] if len(values) == 1 else tuple(values)


class _BindingsReplay:
    def __init__(self, call: Callable[..., Any], ready: Any, stream: Stream) -> None:
        self._call, self._ready, self._stream = call, ready, stream

    def launch(self) -> None:
        self._call("cuGraphLaunch", self._ready, self._stream.handle)

    def close(self) -> None:
        self._call("cuGraphExecDestroy", self._ready)

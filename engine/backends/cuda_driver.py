"""What pycuda lacks, called from the CUDA driver itself: the priority of a stream, and recorded work."""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Callable
from typing import Any

from engine.backends.cuda import Replay, Stream
from engine.errors import BackendError

_LOG = logging.getLogger(__name__)

_CAPTURE_THREAD_LOCAL = 1
"""Other threads may go on allocating and waiting while this one records."""
_ATTRIBUTE_PRIORITY = 8


class _AttributeValue(ctypes.Union):
    _fields_ = (("priority", ctypes.c_int), ("pad", ctypes.c_char * 64))


class CudaDriver:
    """The driver's library, which the driver's own package installs."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        except OSError as error:
            raise BackendError(f"no NVIDIA driver: {error}") from error

    def prefer(self, stream: Stream) -> None:
        """Give the stream the highest priority, where the driver can change it after the stream was made.

        Streams start at the lowest; where the driver refuses, all streams are equal.
        """
        lowest, highest = ctypes.c_int(), ctypes.c_int()
        self._call("cuCtxGetStreamPriorityRange", ctypes.byref(lowest), ctypes.byref(highest))
        value = _AttributeValue(priority=highest.value)
        handle = ctypes.c_void_p(stream.handle)
        status = self._library.cuStreamSetAttribute(handle, _ATTRIBUTE_PRIORITY, ctypes.byref(value))
        if status:
            _LOG.info("the driver does not change the priority of a stream (CUDA error %d)", status)

    def pop(self) -> None:
        """Take the topmost context off this thread."""
        self._call("cuCtxPopCurrent_v2", ctypes.byref(ctypes.c_void_p()))

    def capture(self, stream: Stream, enqueue: Callable[[], None]) -> Replay:
        """Record what ``enqueue`` queues on the stream."""
        handle, graph, ready = ctypes.c_void_p(stream.handle), ctypes.c_void_p(), ctypes.c_void_p()
        self._call("cuStreamBeginCapture_v2", handle, ctypes.c_int(_CAPTURE_THREAD_LOCAL))
        try:
            enqueue()
        finally:
            # also after a failure: a stream left recording is lost
            self._call("cuStreamEndCapture", handle, ctypes.byref(graph))
        try:
            self._call("cuGraphInstantiateWithFlags", ctypes.byref(ready), graph, ctypes.c_ulonglong(0))
        finally:
            self._call("cuGraphDestroy", graph)
        return _DriverReplay(self, ready, handle)

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status:
            raise BackendError(f"{name} failed with CUDA error {status}; restart the program or use another backend")


class _DriverReplay:
    def __init__(self, driver: CudaDriver, ready: ctypes.c_void_p, stream: ctypes.c_void_p) -> None:
        self._driver, self._ready, self._stream = driver, ready, stream

    def launch(self) -> None:
        self._driver._call("cuGraphLaunch", self._ready, self._stream)

    def close(self) -> None:
        self._driver._call("cuGraphExecDestroy", self._ready)

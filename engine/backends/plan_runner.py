"""Runs compiled plans on a GPU: static buffers, copies only of what is not there yet, recorded work replayed."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import Feeds, Outputs
from engine.backends.buffers import Layout, TensorSpec
from engine.backends.cuda import CudaContext, Replay
from engine.backends.flavour import Flavour
from engine.errors import BackendError

_LOG = logging.getLogger(__name__)


class Lane:
    """A stream with the graphs that run on it, one at a time and in order.

    An output is found again on the GPU by the array that was returned for it, so a graph fed with another's output
    copies it there. That is sound within a lane only: between lanes nothing keeps the one from overwriting what the
    other still reads.
    """

    def __init__(self, cuda: CudaContext, background: bool) -> None:
        self.cuda = cuda
        self.lock = threading.Lock()
        self.stream = cuda.stream(background)
        # learning may sleep while it waits; tracking may not, it has a frame's time
        self._done = cuda.event(sleeping=background)
        self.resident: dict[int, tuple[NDArray[Any], int]] = {}
        """By ``id`` of an array that was returned: the array itself, which keeps the id taken, and its address."""

    def finish(self) -> None:
        """Wait for everything that is queued."""
        self.cuda.record(self._done, self.stream)
        self.cuda.wait(self._done)

    def find(self, array: NDArray[Any]) -> int | None:
        """Where on the GPU this array's values are, if they are."""
        known = self.resident.get(id(array))
        return known[1] if known is not None and known[0] is array else None

    def close(self) -> None:
        """Give the stream back."""
        self.resident.clear()
        self.cuda.close_stream(self.stream)
        del self.stream, self._done  # pycuda frees them with the last reference, which must be while it can


class PlanRunner:
    """One graph's engine on the GPU, with its memory. To be made and used with the context current."""

    def __init__(self, flavour: Flavour, engine: Any, execution: Any, lane: Lane, graph: str) -> None:
        self._graph, self._lane, self._cuda = graph, lane, lane.cuda
        self._engine, self._execution = engine, execution
        inputs, outputs = _tensors(flavour, engine)
        self.inputs, self.outputs = Layout.of(inputs), Layout.of(outputs)
        self._blocks: list[int] = []
        self._pinned: list[Any] = []
        self._replay: Replay | None = None
        self._loaded: dict[str, NDArray[Any]] = {}
        self._returned: list[int] = []
        try:
            self._in, self._host_in = self._block(self.inputs)
            self._out, self._host_out = self._block(self.outputs)
        except BackendError:
            self.close()
            raise
        self._in_views, self._out_views = self.inputs.views(self._host_in), self.outputs.views(self._host_out)
        for layout, address in ((self.inputs, self._in), (self.outputs, self._out)):
            for spec, offset in zip(layout.specs, layout.offsets, strict=True):
                if not execution.set_tensor_address(spec.name, address + offset):
                    raise BackendError(f"TensorRT takes no memory for {spec.name} of {graph!r}")

    @property
    def replayed(self) -> bool:
        """Whether the graph's work was recorded and is replayed."""
        return self._replay is not None

    def run(self, feeds: Feeds) -> Outputs:
        """All outputs by name, read-only.

        Raises:
            BackendError: the feeds do not fit the graph, or the GPU failed.
        """
        with self._lane.lock:
            self._check(feeds)
            try:
                self._load(feeds)
                if self._replay is not None:
                    self._replay.launch()
                else:
                    self._enqueue()
                self._cuda.download(self._host_out, self._out, self._lane.stream)
                self._lane.finish()
            except BackendError:
                self._loaded.clear()  # nobody knows how far it came
                raise
            return self._results()

    def run_on_zeros(self) -> None:
        """Run once on zeros: whatever is done only the first time is then done."""
        self.run({spec.name: np.zeros(spec.shape, spec.dtype) for spec in self.inputs.specs})

    def record(self) -> None:
        """Record the graph's work, to be replayed from now on; it must have run once."""
        with self._lane.lock:
            if self._replay is None and self._execution.is_stream_capturable(self._lane.stream.handle):
                try:
                    self._replay = self._cuda.capture(self._lane.stream, self._enqueue)
                except BackendError as error:
                    # it costs time, not correctness
                    _LOG.info("graph %r is not replayed: %s", self._graph, error)

    def close(self) -> None:
        """Give all memory back."""
        if self._replay is not None:
            self._replay.close()
            self._replay = None
        self._forget()
        self._loaded.clear()
        self._in_views, self._out_views = {}, {}
        self._execution = self._engine = None
        for address in self._blocks:
            self._cuda.free(address)
        for block in self._pinned:
            self._cuda.free_page_locked(block)
        self._blocks, self._pinned = [], []

    def _block(self, layout: Layout) -> tuple[int, Any]:
        address = self._cuda.allocate(layout.nbytes)
        self._blocks.append(address)
        host = self._cuda.page_locked(layout.nbytes)
        self._pinned.append(host)
        return address, host

    def _check(self, feeds: Feeds) -> None:
        for spec in self.inputs.specs:
            array = feeds.get(spec.name)
            if array is None or array.shape != spec.shape or array.dtype != spec.dtype:
                found = "nothing" if array is None else f"{array.dtype} {array.shape}"
                wanted = f"{spec.dtype} {spec.shape}"
                raise BackendError(f"graph {self._graph!r} failed in TensorRT: {spec.name} is {found}, not {wanted}")

    def _load(self, feeds: Feeds) -> None:
        """Bring every input that is not on the GPU yet into its place there."""
        upload = []
        for spec, offset in zip(self.inputs.specs, self.inputs.offsets, strict=True):
            array = feeds[spec.name]
            if self._loaded.get(spec.name) is array:
                continue
            source = self._lane.find(array)
            if source is not None:
                self._cuda.copy(self._in + offset, source, spec.nbytes, self._lane.stream)
            else:
                np.copyto(self._in_views[spec.name], array)
                upload.append(spec.name)
            self._loaded.pop(spec.name, None)
            if _constant(array):
                self._loaded[spec.name] = array
        for start, stop in self.inputs.spans(upload):
            self._cuda.upload(self._in + start, self._host_in[start:stop], self._lane.stream)

    def _enqueue(self) -> None:
        if not self._execution.execute_async_v3(self._lane.stream.handle):
            raise BackendError(f"graph {self._graph!r} failed in TensorRT; use --backend onnxruntime")

    def _results(self) -> Outputs:
        """Copies of the outputs, noted as being on the GPU until this graph runs again."""
        self._forget()
        results: Outputs = {}
        for spec, offset in zip(self.outputs.specs, self.outputs.offsets, strict=True):
            array = self._out_views[spec.name].copy()
            array.flags.writeable = False
            results[spec.name] = array
            self._lane.resident[id(array)] = (array, self._out + offset)
            self._returned.append(id(array))
        return results

    def _forget(self) -> None:
        for key in self._returned:
            self._lane.resident.pop(key, None)
        self._returned = []


def _constant(array: NDArray[Any]) -> bool:
    """Whether nobody can change the array's values: only then the same array means the same values."""
    return not array.flags.writeable and array.base is None


def _tensors(flavour: Flavour, engine: Any) -> tuple[list[TensorSpec], list[TensorSpec]]:
    """The engine's inputs and outputs."""
    trt = flavour.module
    inputs: list[TensorSpec] = []
    outputs: list[TensorSpec] = []
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        dtype = np.dtype(trt.nptype(engine.get_tensor_dtype(name)))
        spec = TensorSpec(name, tuple(int(side) for side in engine.get_tensor_shape(name)), dtype)
        (inputs if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT else outputs).append(spec)
    return inputs, outputs

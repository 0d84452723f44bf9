"""OpenVINO: the networks on the CPU, faster than ONNX Runtime on many; optional."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.backends.base import Backend, BackendInfo, Feeds, Outputs
from engine.errors import BackendError
from engine.models import ModelStore
from engine.threads import CpuShare
from engine.types import Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class _Compiled:
    """A graph ready to run; its one request holds one set of outputs, so one thread at a time may use it."""

    request: Any
    inputs: Mapping[str, tuple[int, ...]]
    outputs: tuple[str, ...]
    lock: threading.Lock = field(default_factory=threading.Lock)


class OpenVinoBackend(Backend):
    """Runs the graphs with OpenVINO on the CPU in float32; a graph is compiled when it is first used.

    Raises:
        BackendError: OpenVINO is not installed here, or does not work.
    """

    def __init__(self, models: ModelStore, threads: int | None = None) -> None:
        self.models = models
        self._share = CpuShare(threads)
        try:
            import openvino
        except ImportError as error:
            raise BackendError(f"OpenVINO cannot be used ({error}); pip install 'attntrack[openvino]'") from error
        self._version = str(openvino.__version__).partition("-")[0]
        self._core: Any = openvino.Core()
        self._graphs: dict[str, _Compiled] = {}
        self._lock = threading.Lock()

    @property
    def info(self) -> BackendInfo:
        """Name, device, precision, version and lanes."""
        return BackendInfo("openvino", "CPU", "fp32", self._version, self._share.lanes)

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """All outputs of the graph by name.

        Raises:
            BackendError: the graph cannot be compiled, or the feeds do not fit it.
        """
        compiled = self._graph(graph)
        if feeds.keys() != compiled.inputs.keys():  # it would go on with an input of the run before
            wrong = ", ".join(sorted(feeds.keys() ^ compiled.inputs.keys()))
            raise BackendError(f"graph {graph!r} failed in OpenVINO: it takes other inputs ({wrong})")
        with compiled.lock:
            try:
                compiled.request.infer([feeds[name] for name in compiled.inputs], share_inputs=True)
            except Exception as error:  # its exceptions are RuntimeErrors of many kinds
                raise BackendError(f"graph {graph!r} failed in OpenVINO: {error}") from error
            # its own arrays are written over by the next run
            values = [compiled.request.get_output_tensor(i).data.copy() for i in range(len(compiled.outputs))]
        return dict(zip(compiled.outputs, values, strict=True))

    def head(self) -> Mapping[str, Float32Array]:
        """The online classifier's initial weights."""
        return self.models.head()

    def warm_up(self) -> None:
        """Compile and run every graph once on zeros."""
        for graph in self.models.graphs:
            shapes = self._graph(graph).inputs
            self.run(graph, {name: np.zeros(shape, np.float32) for name, shape in shapes.items()})

    def close(self) -> None:
        """Drop all graphs."""
        with self._lock:
            self._graphs.clear()

    def _graph(self, graph: str) -> _Compiled:
        with self._lock:
            compiled = self._graphs.get(graph)
            if compiled is None:
                compiled = self._graphs[graph] = self._compile(graph)
            return compiled

    def _compile(self, graph: str) -> _Compiled:
        path = self.models.path(graph)
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": str(self._share.threads_of(graph)),
            # pinned, the threads of both lanes would share the first core
            "ENABLE_CPU_PINNING": "NO",
            # where a CPU has bfloat16 that would be taken unasked
            "INFERENCE_PRECISION_HINT": "f32",
        }
        try:
            model = self._core.read_model(str(path))
            request = self._core.compile_model(model, "CPU", options).create_infer_request()
        except Exception as error:
            raise BackendError(f"OpenVINO cannot load {path}: {error}") from error
        # of a compiled graph's own names some are those of what was folded into its inputs
        inputs = {each.get_friendly_name(): tuple(each.get_shape()) for each in model.get_parameters()}
        outputs = tuple(each.get_friendly_name().removesuffix("/sink_port_0") for each in model.get_results())
        return _Compiled(request, inputs, outputs)

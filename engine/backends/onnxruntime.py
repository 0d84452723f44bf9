"""ONNX Runtime: on the CPU, which works everywhere and is the default, or on a GPU where it was built for one."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import onnxruntime as ort

from engine.backends.base import Backend, BackendInfo, Feeds, Outputs
from engine.backends.cache import cache_folder
from engine.errors import BackendError
from engine.models import ModelStore
from engine.threads import CpuShare
from engine.types import Float32Array

_TYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}

PROVIDERS = {
    "onnxruntime": "CPUExecutionProvider",
    "onnxruntime-mixed": "CPUExecutionProvider",
    "onnxruntime-int8": "CPUExecutionProvider",
    "onnxruntime-cuda": "CUDAExecutionProvider",
    "onnxruntime-tensorrt": "TensorrtExecutionProvider",
}
"""ONNX Runtime's name for what runs the graphs, by the name of the backend."""

INT8 = {
    "onnxruntime-mixed": "no 8-bit variants that were found to cost no accuracy",
    "onnxruntime-int8": "no 8-bit variants",
}
"""What models lack that are of no use to a backend which computes in 8 bits, by its name."""


LEARNING = 1
"""Threads beside the lanes that run graphs: online learning has one."""


@cache
def _share_memory() -> None:
    """Let all sessions take what they compute in from one arena: few graphs run at once, and never all.

    With an arena each, every graph keeps what its widest layers once needed, once for each of its runs at a time.
    """
    cpu = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(cpu, None)


def available_providers() -> tuple[str, ...]:
    """What this ONNX Runtime was built for; whether it works here shows when a graph is loaded."""
    return tuple(ort.get_available_providers())


class OnnxRuntimeBackend(Backend):
    """Runs the graphs with ONNX Runtime; sessions are made on first use and are safe to share between threads.

    ``int8`` are the graphs of which the 8-bit variant is taken; None: as ``name`` says.
    """

    def __init__(
        self,
        models: ModelStore,
        threads: int | None = None,
        name: str = "onnxruntime",
        int8: Collection[str] | None = None,
    ) -> None:
        self.models = models
        self._name, self._provider = name, PROVIDERS[name]
        self._int8 = frozenset(int8_graphs(models, name) if int8 is None else int8)
        self._share = CpuShare(threads, lanes=self._provider == PROVIDERS["onnxruntime"])
        self._sessions: dict[str, ort.InferenceSession] = {}
        self._lock = threading.Lock()

    @property
    def info(self) -> BackendInfo:
        """Name, device, precision and version."""
        device = self._provider.removesuffix("ExecutionProvider")
        precision = "int8+fp32" if self._int8 else "fp32"
        return BackendInfo(self._name, device, precision, str(ort.__version__), self._share.lanes)

    def check(self) -> None:
        """Load one graph. Raises BackendError where the GPU or the variant that was asked for cannot be used."""
        if self._name in INT8 and not self._int8:
            raise BackendError(f"the models in {self.models.folder} have {INT8[self._name]}; use --backend onnxruntime")
        if self._provider not in available_providers():
            raise BackendError(f"this onnxruntime has no {self._provider}; install onnxruntime-gpu in its place")
        self._session(self.models.graphs[0])

    def run(self, graph: str, feeds: Feeds) -> Outputs:
        """All outputs of the graph by name.

        Raises:
            BackendError: the graph cannot be loaded, or the feeds do not fit it.
        """
        session = self._session(graph)
        names = [output.name for output in session.get_outputs()]
        try:
            return dict(zip(names, session.run(names, dict(feeds)), strict=True))
        except Exception as error:  # ONNX Runtime's own exceptions share no public base
            advice = "if its models are another version's, export them again"
            raise BackendError(f"graph {graph!r} failed in ONNX Runtime, {advice}: {error}") from error

    def head(self) -> Mapping[str, Float32Array]:
        """The online classifier's initial weights."""
        return self.models.head()

    def warm_up(self) -> None:
        """Load every graph and run it on zeros twice, as many at once as will be while tracking.

        What runs at the same time takes its memory now and not at some frame of the first hour. A graph's second run
        is the first that is planned, and takes memory in another way.
        """
        feeds = {
            graph: {i.name: np.zeros(i.shape, _TYPES[i.type]) for i in self._session(graph).get_inputs()}
            for graph in self.models.graphs
        }
        with ThreadPoolExecutor(self._share.lanes + LEARNING, "attntrack-warm") as pool:
            for _ in pool.map(self.run, *zip(*[*feeds.items(), *feeds.items()], strict=True)):
                pass

    def close(self) -> None:
        """Drop all sessions."""
        with self._lock:
            self._sessions.clear()

    def _session(self, graph: str) -> Any:
        with self._lock:
            session = self._sessions.get(graph)
            if session is None:
                session = self._sessions[graph] = self._load(graph)
            return session

    def _load(self, graph: str) -> Any:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._share.threads_of(graph)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        _share_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
        # spinning threads would eat the cores that decoding and drawing need
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = self.models.int8_path(graph) if graph in self._int8 else None
        if path is not None:
            for name, value in self.models.int8_size(graph).items():
                options.add_free_dimension_override_by_name(name, value)
        path = path or self.models.path(graph)
        try:
            session = ort.InferenceSession(str(path), options, providers=self._providers())
        except Exception as error:
            raise BackendError(f"ONNX Runtime cannot load {path}: {error}") from error
        # it takes the CPU without a word where the GPU cannot be used
        if self._provider not in session.get_providers():
            raise BackendError(f"ONNX Runtime cannot use {self._provider} here; use --backend onnxruntime")
        return session

    def _providers(self) -> list[Any]:
        """The provider that was asked for, then those that take the operators it does not have."""
        wanted: list[Any] = [self._provider]
        if self._name == "onnxruntime-tensorrt":
            folder = str(cache_folder().parent / "onnxruntime")
            wanted = [(self._provider, {"trt_engine_cache_enable": True, "trt_engine_cache_path": folder})]
            wanted.append(PROVIDERS["onnxruntime-cuda"])
        cpu = PROVIDERS["onnxruntime"]
        return wanted if self._provider == cpu else [*wanted, cpu]


def int8_graphs(models: ModelStore, name: str) -> tuple[str, ...]:
    """The graphs that the backend of this name runs in 8 bits."""
    return models.int8_graphs(harmless=name == "onnxruntime-mixed") if name in INT8 else ()

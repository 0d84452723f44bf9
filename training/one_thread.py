"""ONNX graphs on one thread: several processes share the cores, each with graphs of its own."""

from __future__ import annotations

from pathlib import Path

import onnxruntime as ort


def one_thread_session(graph: Path) -> ort.InferenceSession:
    """The graph, ready to run on the CPU by the calling thread alone."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

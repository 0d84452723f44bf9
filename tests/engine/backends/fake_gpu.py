"""A GPU and a TensorRT of numpy and ONNX Runtime, for testing what is done with real ones.

Work is queued and only done when an event is waited for, so that a missing wait shows.
"""

import threading
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import onnxruntime as ort

from engine.backends.cuda import GpuDevice, address_of
from engine.backends.flavour import Flavour
from engine.errors import BackendError

DEVICE = GpuDevice("Made-up GPU", (8, 6), 1 << 30, "13.0")


class FakeStream:
    def __init__(self, handle, background):
        self.handle, self.background, self.queue, self.recording = handle, background, [], None


class FakeReplay:
    def __init__(self, stream, work):
        self.stream, self.work, self.launched = stream, work, 0

    def launch(self):
        self.launched += 1
        self.stream.queue.extend(self.work)

    def close(self):
        self.work = None


class FakeCuda:
    package = "fake"
    device = DEVICE

    def __init__(self):
        self.blocks, self.pinned, self.streams = {}, {}, {}
        self.uploads, self.replays = [], []
        self.copies = 0
        self.closed = False
        self.pushed = threading.local()
        self.fail_after = None

    @contextmanager
    def current(self):
        assert not self.closed
        self.pushed.depth = getattr(self.pushed, "depth", 0) + 1
        try:
            yield
        finally:
            self.pushed.depth -= 1

    def _check(self):
        assert getattr(self.pushed, "depth", 0) > 0, "the context is not current on this thread"

    def allocate(self, size):
        self._check()
        if self.fail_after is not None and len(self.blocks) >= self.fail_after:
            raise BackendError("the GPU is full")
        block = np.zeros(size, np.uint8)
        self.blocks[address_of(block)] = block
        return address_of(block)

    def free(self, address):
        self._check()
        del self.blocks[address]

    def page_locked(self, size):
        self._check()
        array = np.zeros(size, np.uint8)
        self.pinned[address_of(array)] = array
        return array

    def free_page_locked(self, array):
        self._check()
        del self.pinned[address_of(array)]

    def stream(self, background=False):
        self._check()
        stream = FakeStream(len(self.streams) + 1, background)
        self.streams[stream.handle] = stream
        return stream

    def close_stream(self, stream):
        self._check()
        del self.streams[stream.handle]

    def bytes_at(self, address, size):
        for start, block in self.blocks.items():
            if start <= address and address + size <= start + block.nbytes:
                return block[address - start : address - start + size]
        raise AssertionError("an address outside all allocations")

    def _is_pinned(self, array):
        start = address_of(array)
        return any(a <= start and start + array.nbytes <= a + block.nbytes for a, block in self.pinned.items())

    def _queue(self, stream, work):
        self._check()
        (stream.queue if stream.recording is None else stream.recording).append(work)

    def upload(self, address, source, stream):
        assert self._is_pinned(source)
        target = self.bytes_at(address, source.nbytes)
        self.uploads.append(source.nbytes)
        self._queue(stream, lambda: np.copyto(target, source))

    def download(self, target, address, stream):
        assert self._is_pinned(target)
        source = self.bytes_at(address, target.nbytes)
        self._queue(stream, lambda: np.copyto(target, source))

    def copy(self, target, source, size, stream):
        self.copies += 1
        to, of = self.bytes_at(target, size), self.bytes_at(source, size)
        self._queue(stream, lambda: np.copyto(to, of))

    def event(self, sleeping=False):
        self._check()
        return SimpleNamespace(stream=None, sleeping=sleeping)

    def record(self, event, stream):
        self._check()
        event.stream, event.until = stream, len(stream.queue)

    def wait(self, event):
        self._check()
        work, event.stream.queue[: event.until] = event.stream.queue[: event.until], []
        for step in work:
            step()

    def capture(self, stream, enqueue):
        stream.recording = []
        try:
            enqueue()
            replay = FakeReplay(stream, stream.recording)
        finally:
            stream.recording = None
        self.replays.append(replay)
        return replay

    def memory(self):
        used = sum(block.nbytes for block in self.blocks.values())
        return DEVICE.memory - used, DEVICE.memory

    def close(self):
        assert not getattr(self.pushed, "depth", 0)
        self.closed = True


class FakeTensorRt:
    """A module that looks like TensorRT: a plan is the graph itself, run by ONNX Runtime.

    Models in ``wrong`` compute something else; plans in ``refused`` are not loaded. ``built`` lists what was compiled.
    """

    def __init__(self, cuda):
        fake = self
        self.cuda, self.wrong, self.refused, self.built = cuda, set(), set(), []
        self.nptype = lambda dtype: dtype
        self.TensorIOMode = SimpleNamespace(INPUT="in", OUTPUT="out")
        self.NetworkDefinitionCreationFlag = SimpleNamespace()
        self.BuilderFlag = SimpleNamespace(TF32="tf32")

        class IProgressMonitor:
            def __init__(self):
                pass

        class Builder:
            def __init__(self, logger):
                pass

            def create_network(self, flags):
                return SimpleNamespace(model=None)

            def create_builder_config(self):
                return FakeConfig()

            def build_serialized_network(self, network, config):
                monitor = config.progress_monitor
                monitor.phase_start("building", None, 4)
                for step in range(4):
                    if not monitor.step_complete("building", step):
                        return None
                monitor.phase_finish("building")
                fake.built.append(network.model)
                return b"plan:" + network.model

        class OnnxParser:
            num_errors = 0

            def __init__(self, network, logger):
                self.network = network

            def parse(self, data):
                self.network.model = data
                return True

        class Runtime:
            def __init__(self, logger):
                pass

            def deserialize_cuda_engine(self, plan):
                if not plan.startswith(b"plan:") or plan in fake.refused:
                    return None
                return FakeEngine(fake, plan[5:])

        self.IProgressMonitor, self.Builder, self.OnnxParser, self.Runtime = (
            IProgressMonitor,
            Builder,
            OnnxParser,
            Runtime,
        )

    def flavour(self):
        return Flavour("tensorrt", "99.0", self, SimpleNamespace(last_error=""))


class FakeConfig:
    progress_monitor = None

    def clear_flag(self, flag):
        pass

    def create_timing_cache(self, data):
        return SimpleNamespace(serialize=lambda: b"timings", data=data)

    def set_timing_cache(self, cache, ignore_mismatch):
        return cache.data in (b"", b"timings")


class FakeEngine:
    def __init__(self, fake, model):
        self.fake, self.model = fake, model
        self.session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.tensors = [(t, "in") for t in self.session.get_inputs()] + [(t, "out") for t in self.session.get_outputs()]
        self.num_io_tensors = len(self.tensors)

    def _find(self, name):
        return next((tensor, mode) for tensor, mode in self.tensors if tensor.name == name)

    def get_tensor_name(self, index):
        return self.tensors[index][0].name

    def get_tensor_mode(self, name):
        return self._find(name)[1]

    def get_tensor_shape(self, name):
        return self._find(name)[0].shape

    def get_tensor_dtype(self, name):
        return np.float32

    def create_execution_context(self):
        return FakeExecution(self)


class FakeExecution:
    def __init__(self, engine):
        self.engine, self.addresses = engine, {}

    def set_tensor_address(self, name, address):
        self.addresses[name] = address
        return address % 64 == 0 or address % 16 == 0

    def is_stream_capturable(self, stream):
        return True

    def execute_async_v3(self, handle):
        engine, cuda = self.engine, self.engine.fake.cuda

        def array(tensor):
            raw = cuda.bytes_at(self.addresses[tensor.name], 4 * int(np.prod(tensor.shape)))
            return raw.view(np.float32).reshape(tensor.shape)

        def work():
            feeds = {tensor.name: array(tensor) for tensor, mode in engine.tensors if mode == "in"}
            names = [tensor.name for tensor, mode in engine.tensors if mode == "out"]
            for (tensor, _), values in zip(
                [pair for pair in engine.tensors if pair[1] == "out"], engine.session.run(names, feeds), strict=True
            ):
                np.copyto(array(tensor), values + 1 if engine.model in engine.fake.wrong else values)

        cuda._queue(cuda.streams[handle], work)
        return True

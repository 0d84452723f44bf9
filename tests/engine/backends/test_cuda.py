"""The packages that talk to a GPU, used for real on a driver that the test compiles (see fake_driver.c)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.backends.cuda import open_cuda
from engine.errors import BackendError

COMPILER = shutil.which("cc") or shutil.which("gcc")

SCRIPT = """
import ctypes, threading
import numpy as np
from engine.backends.cuda_bindings_context import BindingsContext
from engine.errors import BackendError

library = ctypes.CDLL("libcuda.so.1")

def left_over():
    numbers = (ctypes.c_long * 6)()
    library.left_over(numbers)
    return list(numbers)

def work():
    with cuda.current():
        there, copy = cuda.allocate(1000), cuda.allocate(1000)
        here, back = cuda.page_locked(1000), cuda.page_locked(1000)
        front, behind = cuda.stream(), cuda.stream(background=True)
        priorities = [ctypes.cast(stream.handle, ctypes.POINTER(ctypes.c_int))[0] for stream in (front, behind)]
        assert priorities[0] < priorities[1] == 0, priorities

        here[:] = np.arange(1000) % 251
        cuda.upload(there + 100, here[100:], front)
        cuda.upload(there, here[:100], front)
        cuda.copy(copy, there, 1000, front)
        cuda.download(back, copy, front)
        for event, stream in ((cuda.event(), front), (cuda.event(sleeping=True), behind)):
            cuda.record(event, stream)
            cuda.wait(event)
        assert (back == here).all()

        before = left_over()[5]
        replay = cuda.capture(front, lambda: cuda.copy(copy, there, 10, front))
        replay.launch(); replay.launch(); replay.close()
        assert left_over()[5] == before + 2
        try:
            cuda.capture(front, lambda: 1 / 0)
        except ZeroDivisionError:
            pass
        cuda.capture(front, lambda: None).close()  # the stream is not left recording

        unused, total = cuda.memory()
        assert 0 < unused < total == 1 << 30
        for stream in (front, behind):
            cuda.close_stream(stream)
        for address in (there, copy):
            cuda.free(address)
        for array in (here, back):
            cuda.free_page_locked(array)
    assert left_over()[1:5] == [0, 0, 0, 0], left_over()

cuda = BindingsContext(0)
assert (cuda.device.name, cuda.device.target, cuda.device.driver) == ("Made-up GPU", "sm86", "13.0"), cuda.device
try:
    cuda.allocate(10)
except BackendError as error:
    assert "cuMemAlloc" in str(error)
else:
    raise SystemExit("allocated without a context")
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
    thread.join()
work()
cuda.close()
assert left_over()[0] == 0
try:
    BindingsContext(7)
except BackendError as error:
    assert "number 7" in str(error)
print("all given back")
"""


@pytest.mark.skipif(COMPILER is None, reason="no C compiler to make the driver with")
def test_cuda_bindings_do_all_that_is_asked_of_them(tmp_path):
    source = Path(__file__).with_name("fake_driver.c")
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", tmp_path / "libcuda.so.1", source, "-ldl"], check=True)
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "LD_LIBRARY_PATH": str(tmp_path), "PYTHONPATH": root}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "all given back\n", done.stderr


def test_without_a_gpu_the_reason_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "pycuda.driver", None)
    monkeypatch.setitem(sys.modules, "cuda.bindings.driver", None)
    with pytest.raises(BackendError) as raised:
        open_cuda()
    assert "no CUDA GPU can be used here" in str(raised.value)
    assert "use --backend onnxruntime" in str(raised.value)
    assert "\n" not in str(raised.value)

"""The suite that needs a CUDA GPU: `make test-gpu`. Elsewhere its tests are skipped, with the reason."""

import time
from pathlib import Path

import pytest

from engine.backends.cuda import open_cuda
from engine.backends.flavour import load_flavour
from engine.backends.onnxruntime import OnnxRuntimeBackend
from engine.backends.tensorrt import TensorRtBackend
from engine.errors import BackendError
from engine.models import open_models
from tests.gpu.report import Report

REPORT = pytest.StashKey[Report]()
STARTED = pytest.StashKey[float]()
COMMAND = "make test-gpu"


def pytest_addoption(parser):
    parser.addoption("--gpu-report", type=Path, metavar="FILE", help="where to write what was measured on the GPU")
    parser.addoption("--gpu-clips", type=Path, metavar="DIR", help="annotated clips to track, besides the demo clip")


def _lacking():
    try:
        load_flavour()
        open_cuda().close()
    except BackendError as error:
        return str(error)
    return ""


def pytest_configure(config):
    config.stash[REPORT] = Report()
    config.stash[STARTED] = time.monotonic()
    if config.getoption("--gpu-report", default=None):
        lacking = _lacking()
        if lacking:
            pytest.exit(f"There is nothing to measure: {lacking}. No report was written.", returncode=1)


def pytest_collection_modifyitems(config, items):
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    lacking = _lacking() if here else ""
    for item in here:
        item.add_marker(pytest.mark.gpu)
        if lacking:
            item.add_marker(pytest.mark.skip(reason=lacking))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = (yield).get_result()
    report = item.config.stash.get(REPORT, None)
    if report is not None and (call.when == "call" or outcome.failed):
        report.outcomes[item.name] = outcome.outcome


def pytest_sessionfinish(session):
    path = session.config.getoption("--gpu-report", default=None)
    report = session.config.stash.get(REPORT, None)
    if path and report is not None and report.machine:
        report.write(path, COMMAND, time.monotonic() - session.config.stash[STARTED])


@pytest.fixture(scope="session")
def report(request):
    return request.config.stash[REPORT]


@pytest.fixture(scope="session")
def clips_folder(request):
    return request.config.getoption("--gpu-clips", default=None)


@pytest.fixture(scope="session")
def cpu():
    with OnnxRuntimeBackend(open_models()) as opened:
        yield opened


@pytest.fixture(scope="session")
def gpu(report):
    """The backend as a user gets it, in float16 where that passes."""
    with TensorRtBackend(open_models()) as opened:
        report.describe(opened)
        yield opened

import pytest

from tests.engine.worker_rig import PATIENCE_S, Rig


@pytest.fixture
def rig():
    made = Rig()
    made.worker.start()
    yield made
    made.worker.stop()
    made.worker.join(PATIENCE_S)
    assert not made.worker.is_alive()

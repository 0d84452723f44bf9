import shutil

import pytest
from hypothesis import HealthCheck, settings

from engine.backends import select
from engine.backends.calibration import Calibration, remember
from engine.backends.select import calibration_key, usable_on_cpu
from engine.models import bundled_models, open_models

# a busy machine must not fail a property: these tests are about values, never about time
settings.register_profile("attntrack", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("attntrack")


@pytest.fixture(autouse=True, scope="session")
def exact_backend(tmp_path_factory):
    """On a CPU ``auto`` is ONNX Runtime in float32: which is the fastest here is no matter of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        names = usable_on_cpu(open_models())
        remember(calibration_key(names, open_models()), Calibration("onnxruntime", dict.fromkeys(names, 1.0)))
        # and with other models nothing is timed either
        patch.setattr(select, "calibrate", lambda names, _: Calibration(names[0], dict.fromkeys(names, 1.0)))
        yield


@pytest.fixture(scope="session")
def half_models(tmp_path_factory):
    """The bundled models, each with its float16 variant even where a newer graph came without one."""
    from training.export_half import complete_halves

    folder = tmp_path_factory.mktemp("models") / "models"
    shutil.copytree(bundled_models(), folder)
    complete_halves(folder)
    return open_models(folder)

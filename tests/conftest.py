import shutil

import pytest
from hypothesis import HealthCheck, settings

from engine.models import bundled_models, open_models

# a busy machine must not fail a property: these tests are about values, never about time
settings.register_profile("attntrack", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("attntrack")


@pytest.fixture(scope="session")
def half_models(tmp_path_factory):
    """The bundled models, each with its float16 variant even where a newer graph came without one."""
    from training.export_half import complete_halves

    folder = tmp_path_factory.mktemp("models") / "models"
    shutil.copytree(bundled_models(), folder)
    complete_halves(folder)
    return open_models(folder)

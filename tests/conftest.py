import shutil

import pytest

from engine.models import bundled_models, open_models


@pytest.fixture(scope="session")
def half_models(tmp_path_factory):
    """The bundled models, each with its float16 variant even where a newer graph came without one."""
    from training.export_half import complete_halves

    folder = tmp_path_factory.mktemp("models") / "models"
    shutil.copytree(bundled_models(), folder)
    complete_halves(folder)
    return open_models(folder)

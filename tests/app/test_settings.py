from PySide6.QtCore import QByteArray, QSettings

from app.settings import MAX_RECENT, Settings


def test_values_survive_with_their_types(qapp):
    first = Settings()
    first.set_toggle("heatmap", False)
    first.opacity = 0.25
    first.theme = "light"
    first.geometry = QByteArray(b"abc")
    first.sync()
    second = Settings()
    assert second.toggle("heatmap", True) is False
    assert second.toggle("trail", True) is True
    assert second.opacity == 0.25 and second.theme == "light" and second.geometry == QByteArray(b"abc")


def test_recent_sources_are_unique_newest_first_and_bounded(qapp):
    settings = Settings()
    assert settings.recent == []
    settings.add_recent("only one")
    assert Settings().recent == ["only one"]
    for number in range(MAX_RECENT + 5):
        settings.add_recent(f"clip{number}.mp4")
    settings.add_recent("clip9.mp4")
    assert len(settings.recent) == MAX_RECENT
    assert settings.recent[:2] == ["clip9.mp4", "clip14.mp4"]
    settings.clear_recent()
    assert settings.recent == []


def test_damaged_values_fall_back(qapp):
    settings = Settings()
    settings._store.setValue("overlays/opacity", "much")
    settings._store.setValue("window/theme", 3)
    assert settings.opacity == 0.45
    assert settings.toggle("heatmap", True) is True


def test_settings_of_a_later_program_are_left_alone(qapp, tmp_path):
    settings = Settings()
    settings.theme = "light"
    settings._store.setValue("version", 99)
    settings.sync()
    assert Settings().theme == "system"


def test_a_folder_that_is_gone_becomes_home(qapp, tmp_path):
    settings = Settings()
    settings.set_folder("open", str(tmp_path))
    assert settings.folder("open") == str(tmp_path)
    settings.set_folder("open", str(tmp_path / "gone"))
    assert settings.folder("open") == str(tmp_path / "home")


def test_the_file_is_isolated(qapp, tmp_path):
    assert str(tmp_path) in Settings()._store.fileName()
    assert QSettings().format() is not None

"""The window in the user's language, where there is a translation; everything else stays in English."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator


def translations_folder() -> Path:
    """Where the program's translations are: ``attntrack_LANGUAGE.ts`` to edit, and the ``.qm`` made of each."""
    return Path(str(files("assets") / "translations"))


def install_translations(app: QCoreApplication, locale: QLocale | None = None) -> list[QTranslator]:
    """The translations now in use: the program's own, and Qt's for its own buttons and menus.

    Args:
        app: Whose texts they are; it keeps them.
        locale: Whose language to take (None: the user's).
    """
    locale = locale or QLocale.system()
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    found = []
    for name, folder in (("qtbase", qt), ("attntrack", str(translations_folder()))):
        translator = QTranslator(app)
        # of all the user's languages the first one that there is; en is what the texts are in
        if _speaks_english_first(locale) or not translator.load(locale, name, "_", folder):
            continue
        app.installTranslator(translator)
        found.append(translator)
    return found


def _speaks_english_first(locale: QLocale) -> bool:
    languages = locale.uiLanguages()
    return not languages or languages[0].split("-")[0] in ("en", "C")

"""The window speaks the user's language where it can: every text may be translated, and one language is."""

import ast
import re
import string
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QTabBar, QToolButton, QWidget

from app.translation import install_translations, translations_folder
from tests.app.conftest import open_clip
from tests.app.test_main_job import track

ROOT = Path(__file__).resolve().parents[2]
ICON_ONLY = Qt.ToolButtonStyle.ToolButtonIconOnly
GERMAN = translations_folder() / "attntrack_de.ts"
SHOWN = frozenset(
    "setText setToolTip setWindowTitle setAccessibleName setAccessibleDescription setPlaceholderText setTitle addItem "
    "addAction addMenu addRow notice stand showText showMessage setLabel setFormat setHeaderLabels drawText QLabel "
    "QPushButton QCheckBox QRadioButton QAction QMenu QToolBar QGroupBox Choice button".split()
)
"""Calls whose texts the user reads."""
TRANSLATING = frozenset({"tr", "translate", "translated", "_T", "QT_TRANSLATE_NOOP"})
NAMES = frozenset({"AttnTrack", "Python", "Qt for Python", "NumPy", "Apache-2.0", "Space"})
"""What is called the same everywhere."""


def called(node):
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def untranslated(node):
    """The literal texts of an expression that go through no translation."""
    if isinstance(node, ast.Call):
        if called(node.func) in TRANSLATING:
            return
        inside = [*([node.func.value] if isinstance(node.func, ast.Attribute) else []), *node.args]
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
        return
    elif isinstance(node, ast.IfExp):
        inside = [node.body, node.orelse]
    elif isinstance(node, ast.JoinedStr | ast.BinOp | ast.BoolOp | ast.Tuple | ast.List):
        inside = list(ast.iter_child_nodes(node))
    else:
        return
    for part in inside:
        yield from untranslated(part)


def test_every_text_of_the_window_can_be_translated():
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        if "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and called(node.func) in SHOWN:
                for text in (text for argument in node.args for text in untranslated(argument)):
                    bare = re.sub(r"<[^>]*>?|&nbsp;|\w+://\S+", "", text)
                    words = set(re.findall(r"[A-Za-z][A-Za-z. -]{2,}", bare)) - NAMES
                    if any(word.strip(" –-") not in NAMES for word in words):
                        found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {text!r}")
    assert found == []


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """All texts of the window by their context, as a translator gets them."""
    path = tmp_path_factory.mktemp("texts") / "all.ts"
    command = ["lupdate", "-extensions", "py", str(ROOT / "app"), "-locations", "none", "-silent"]
    tool = Path(sys.executable).with_name("pyside6-lupdate")
    alias = ["-tr-function-alias", "QT_TRANSLATE_NOOP=_T"]
    subprocess.run([str(tool), *command[1:], *alias, "-ts", str(path)], check=True, capture_output=True)
    return {context.findtext("name"): sources(context) for context in ElementTree.parse(path).iter("context")}


def sources(context):
    return [message.findtext("source") for message in context.iter("message")]


def test_texts_are_collected_under_the_names_they_are_looked_up_by(collected):
    assert sum(map(len, collected.values())) > 350
    classes = {
        node.name
        for path in (ROOT / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    tables = {name for name in collected if name.islower()}
    assert set(collected) - classes - tables == set() and tables >= {"actions", "backends", "states"}
    assert tables.isdisjoint({"parent", "self", "window"})


def translations():
    """Context, source and translation of every text that is translated."""
    for context in ElementTree.parse(GERMAN).iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation.text and translation.get("type") is None:
                yield context.findtext("name"), message.findtext("source"), translation.text


def test_the_window_is_whole_in_german(collected):
    """`make translations` collects new texts; whoever adds one, translates it."""
    there = {(context, source) for context, source, _ in translations()}
    texts = {(context, source) for context, sources in collected.items() for source in sources}
    assert sorted(texts - there) == []


def fields(text):
    return sorted((name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None)


def test_a_translation_keeps_the_places_of_figures_and_the_keys():
    entries = list(translations())
    assert len(entries) > 350
    broken = [(s, t) for _, s, t in entries if fields(s) != fields(t)]
    assert broken == []
    assert [(s, t) for c, s, t in entries if c == "actions" and ("&" in t) != ("&" in s)] == []


def test_the_compiled_translation_is_that_of_the_texts(tmp_path):
    tool = Path(sys.executable).with_name("pyside6-lrelease")
    made = tmp_path / "de.qm"
    subprocess.run([str(tool), "-silent", str(GERMAN), "-qm", str(made)], check=True, capture_output=True)
    assert made.read_bytes() == GERMAN.with_suffix(".qm").read_bytes(), "run make translations"


@pytest.fixture
def german(qapp):
    """The program speaks German for a test."""
    installed = install_translations(qapp, QLocale("de_AT"))
    yield installed
    for translator in installed:
        qapp.removeTranslator(translator)


def test_a_german_window(german, make_program, clip, qtbot):
    assert len(german) == 2
    window = make_program().window
    assert window.menuBar().actions()[0].text().replace("&", "") == "Datei"
    assert window.actions_["heatmap"].text() == "&Wärmebild"
    assert QCoreApplication.translate("CameraDialog", "Open camera") == "Kamera öffnen"
    assert QCoreApplication.translate("actions", "A text nobody has translated") == "A text nobody has translated"


def cut(window):
    """The texts that have less room than they need."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QTabBar) and widget.width() < widget.sizeHint().width():
            yield "tabs"
        icon_only = isinstance(widget, QToolButton) and widget.toolButtonStyle() is ICON_ONLY
        if not isinstance(widget, QLabel | QAbstractButton) or icon_only:
            continue
        text = widget.text().replace("&", "")
        free = isinstance(widget, QLabel) and (widget.wordWrap() or "<" in text)
        if not free and widget.fontMetrics().horizontalAdvance(text) > widget.width():
            yield text


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_text_is_cut_in_a_window_of_1280(language, request, make_program, clip, qtbot):
    if language == "de":
        request.getfixturevalue("german")
    program = make_program()
    window = program.window

    def whole():
        assert list(cut(window)) == []

    qtbot.waitUntil(whole, timeout=60000)
    open_clip(qtbot, program, clip)
    track(qtbot, program, 10)
    for page in window.plot.pages:
        window.plot.show_page(page)
        qtbot.waitUntil(whole, timeout=60000)
    window.actions_["why"].trigger()
    qtbot.waitUntil(whole, timeout=60000)


@pytest.mark.parametrize("language", ["en_US", "C", "tlh"])
def test_other_languages_stay_in_english(qapp, language):
    installed = [t for t in install_translations(qapp, QLocale(language)) if "attntrack" in t.filePath()]
    assert installed == []
    assert QCoreApplication.translate("actions", "&Heatmap") == "&Heatmap"

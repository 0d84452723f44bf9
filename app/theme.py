"""Dark and light looks: one palette of named colours each, a small stylesheet, and the switch between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app import icons

CHOICES = ("system", "dark", "light")


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one look, as #rrggbb; every text on its ground has a contrast of at least 4.5."""

    name: str
    canvas: str
    window: str
    surface: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str
    manual: str
    on_state: str


DARK = Theme(
    name="dark",
    canvas="#0c0e12",
    window="#15181e",
    surface="#1b1f27",
    raised="#262c36",
    hover="#303845",
    border="#2d3440",
    text="#e7ebf1",
    muted="#9aa6b6",
    disabled="#5b6573",
    accent="#7ab7ff",
    on_accent="#0b1524",
    good="#3fc7b0",
    warn="#f0b43c",
    bad="#ff7a59",
    manual="#c79bff",
    on_state="#0d1117",
)

LIGHT = Theme(
    name="light",
    canvas="#e3e7ed",
    window="#f3f5f8",
    surface="#ffffff",
    raised="#eef1f5",
    hover="#e2e7ee",
    border="#d5dbe3",
    text="#19202b",
    muted="#586474",
    disabled="#a3adba",
    accent="#1f66d1",
    on_accent="#ffffff",
    good="#0a7d6c",
    warn="#9a6200",
    bad="#c2401c",
    manual="#7546c4",
    on_state="#ffffff",
)

_STYLE = Template("""
* { outline: none; }
QWidget { color: $text; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 5px 8px; }

QMenuBar { background: $window; padding: 2px 6px; }
QMenuBar::item { padding: 4px 10px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $surface; border: 1px solid $border; padding: 6px; }
QMenu::item { padding: 6px 26px 6px 10px; border-radius: 5px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $disabled; }
QMenu::icon { padding-left: 6px; }
QMenu::indicator { width: 16px; height: 16px; padding-left: 6px; }
QMenu::indicator:checked { image: url($check); }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }

QToolBar { background: $window; border: none; border-bottom: 1px solid $border; padding: 4px 10px; spacing: 4px; }
QToolBar::separator { background: $border; width: 1px; margin: 6px 8px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 7px; padding: 6px 9px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $raised; }
QToolButton:checked { background: $raised; border-color: $border; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $disabled; }
QToolButton::menu-indicator { image: none; }
QToolButton[round="true"] { border-radius: 19px; background: $accent; padding: 8px; }
QToolButton[round="true"]:disabled { background: $raised; }

QPushButton { background: $raised; border: 1px solid $border; border-radius: 7px; padding: 7px 16px; min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $border; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $disabled; }
QPushButton:default { background: $accent; border-color: $accent; color: $on_accent; }
QPushButton:default:disabled { background: $raised; border-color: $border; color: $disabled; }
QPushButton[flat="true"] { background: transparent; border-color: transparent; color: $accent; padding: 4px 8px; }
QPushButton[flat="true"]:hover { background: $hover; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextBrowser {
    background: $window; border: 1px solid $border; border-radius: 7px; padding: 6px 9px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus { border-color: $accent; }
#Name { padding: 0 5px; }
QComboBox { padding-right: 24px; background: $raised; }
QComboBox[compact="true"] { padding: 2px 24px 2px 8px; }
QComboBox:hover { background: $hover; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url($chevron); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $border; padding: 4px; outline: none;
    selection-background-color: $hover; selection-color: $text; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }

QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $muted; border-radius: 4px; background: $window; }
QCheckBox::indicator:checked { background: $raised; border-color: $accent; image: url($check); }
QCheckBox:focus { color: $accent; }

QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar[compact="true"]::tab { padding: 3px 10px; }
QToolButton[compact="true"] { padding: 3px 5px; }
QTabBar:focus::tab:selected { color: $accent; }

QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $border; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $text; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }
QSlider::sub-page:horizontal:disabled { background: $border; }
QSlider::handle:horizontal:disabled { background: $disabled; }

QListWidget, QTreeWidget, QTableWidget { background: transparent; border: none; }
QListWidget::item { border-radius: 7px; padding: 7px 8px; }
QListWidget::item:hover { background: $hover; }
QListWidget::item:selected { background: $raised; color: $text; }
QHeaderView::section { background: transparent; border: none; color: $muted; padding: 4px 3px; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $border; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $disabled; }
QScrollBar::add-line, QScrollBar::sub-line { background: none; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; border: none; }

QProgressBar { background: $raised; border: none; border-radius: 4px; height: 8px; color: transparent; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QSplitter::handle { background: transparent; }
QStatusBar { background: $window; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }

#Side { background: $window; border-left: 1px solid $border; }
#Bottom { background: $window; border-top: 1px solid $border; }
#Card { background: $surface; border: 1px solid $border; border-radius: 10px; }
#CardTitle { color: $muted; font-weight: 600; }
#Muted, #Muted QLabel { color: $muted; }
#Heading { font-size: 22px; font-weight: 600; }
#Subheading { font-size: 15px; font-weight: 600; }
#Big { background: $surface; border: 1px solid $border; border-radius: 12px; padding: 14px 10px; }
#Big:hover, #Big:focus { border-color: $accent; background: $raised; }
#Eye { background: transparent; border: none; padding: 4px; }
#Eye:hover { background: $hover; }
#Eye:focus { border: 1px solid $accent; padding: 3px; }
#Key { background: $raised; border: 1px solid $border; border-radius: 4px; padding: 1px 6px; color: $muted; }
#Banner { background: $raised; border: 1px solid $border; border-radius: 9px; }
#Banner[tone="bad"] { border-color: $bad; }
#Banner[tone="warn"] { border-color: $warn; }
#Badge { background: $raised; border: 1px solid $border; border-radius: 9px; padding: 3px 10px; }
#Welcome { background: $canvas; }
""")


class ThemeManager(QObject):
    """Applies the chosen look to the program and follows the system's where asked to."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__()
        self._app = app
        self._choice = choice if choice in CHOICES else "system"
        self.theme = DARK
        self._icons: dict[tuple[str, str, bool, bool], QIcon] = {}
        app.setStyle("Fusion")
        self._apply()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def choice(self) -> str:
        """system, dark or light: what the user picked."""
        return self._choice

    def choose(self, choice: str) -> None:
        """Switch to system, dark or light, now."""
        self._choice = choice if choice in CHOICES else "system"
        self._apply()

    def icon(self, name: str, *, on_accent: bool = False, toggle: bool = False) -> QIcon:
        """An icon of assets/icons in the colours of the look."""
        key = (name, self.theme.name, on_accent, toggle)
        if key not in self._icons:
            t = self.theme
            color = t.on_accent if on_accent else t.text
            self._icons[key] = icons.icon(name, color, t.disabled, t.accent if toggle else None)
        return self._icons[key]

    def _system_changed(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        hints = QGuiApplication.styleHints()
        wanted = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(self._choice)
        if wanted is None:
            light = hints.colorScheme() == Qt.ColorScheme.Light
        else:
            light = wanted == Qt.ColorScheme.Light
        self.theme = LIGHT if light else DARK
        self._app.setPalette(palette(self.theme))
        sheet = style_sheet(self.theme)
        if self._app.styleSheet() != sheet:  # setting it anew costs a pass over every widget
            self._app.setStyleSheet(sheet)
        self.changed.emit()


@cache
def style_sheet(theme: Theme) -> str:
    """The look's style sheet; the tinted icons it names lie in a folder that goes with the process."""
    colors = {name: str(getattr(theme, name)) for name in theme.__slots__}
    for key, name, color in (("check", "check", theme.accent), ("chevron", "chevron-down", theme.muted)):
        path = Path(_tinted().filePath(f"{name}-{theme.name}.svg"))
        path.write_bytes(icons.svg(name, color))
        colors[key] = path.as_posix()
    return _STYLE.substitute(colors)


@cache
def _tinted() -> QTemporaryDir:
    return QTemporaryDir()


def palette(theme: Theme) -> QPalette:
    """The look's colours for the parts that Qt draws itself."""
    p = QPalette()
    role = QPalette.ColorRole
    for where, color in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.raised),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.bad),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.Mid, theme.border),
        (role.Dark, theme.border),
    ):
        p.setColor(where, QColor(color))
    for where in (role.WindowText, role.Text, role.ButtonText):
        p.setColor(QPalette.ColorGroup.Disabled, where, QColor(theme.disabled))
    return p

"""The empty canvas: three ways to begin, a place to drop a file, and what was opened lately."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app import icons
from app.actions import Actions
from app.restore_card import RestoreCard
from app.theme import ThemeManager
from engine.session import SUFFIX

_SHOWN_RECENT = 3


class Welcome(QWidget):
    """Shown while nothing is open. ``recent_chosen`` carries a path or address."""

    recent_chosen = Signal(str)

    def __init__(self, actions: Actions, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._theme = theme
        self._dropping = False
        self._logo = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        title = QLabel(self.tr("Follow anything through a video"), alignment=Qt.AlignmentFlag.AlignHCenter)
        title.setObjectName("Heading")
        lead = QLabel(
            self.tr("Open a video or a camera, drag a box around something, and watch it being tracked."),
            alignment=Qt.AlignmentFlag.AlignHCenter,
        )
        lead.setObjectName("Muted")
        lead.setWordWrap(True)
        self._buttons = [
            self._big(actions, "open", self.tr("Open video")),
            self._big(actions, "open_camera", self.tr("Camera")),
            self._big(actions, "open_demo", self.tr("Demo")),
        ]
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addStretch(1)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        self._drop = QLabel(self.tr("… or drop a video or a project here"), alignment=Qt.AlignmentFlag.AlignHCenter)
        self._drop.setObjectName("Muted")
        self.restore = RestoreCard()
        self._steps = self._first_steps()
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 24, 40, 24)
        column.setSpacing(10)
        column.addStretch(3)
        column.addWidget(self.restore, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(14)
        column.addWidget(self._logo)
        column.addWidget(title)
        column.addWidget(lead)
        column.addSpacing(14)
        column.addLayout(row)
        column.addSpacing(6)
        column.addWidget(self._drop)
        column.addSpacing(10)
        column.addLayout(self._recent)
        column.addSpacing(18)
        column.addWidget(self._steps, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(4)
        theme.changed.connect(self.refresh_theme)
        self.refresh_theme()

    def set_recent(self, recent: list[str]) -> None:
        """Offer what was opened lately."""
        while (item := self._recent.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for spec in recent[:_SHOWN_RECENT]:
            link = QToolButton()
            link.setText(Path(spec).name if "://" not in spec else spec)
            link.setToolTip(spec)
            link.setAccessibleName(self.tr("Open {0}").format(spec))
            link.setIcon(self._theme.icon(_icon_of(spec)))
            link.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            link.clicked.connect(lambda _=False, s=spec: self.recent_chosen.emit(s))
            self._recent.addWidget(link, 0, Qt.AlignmentFlag.AlignHCenter)

    def set_first_run(self, first: bool) -> None:
        """Show the first steps, or not any more."""
        self._steps.setVisible(first)

    def set_dropping(self, dropping: bool) -> None:
        """Light up while a file hovers above the window."""
        self._dropping = dropping
        self._drop.setText(
            self.tr("Drop it here to open it") if dropping else self.tr("… or drop a video or a project here")
        )
        self.update()

    def refresh_theme(self) -> None:
        """Take the colours of the look."""
        self._logo.setPixmap(icons.pixmap("attntrack", "#ffffff", 72, self.devicePixelRatioF()))
        for button in self._buttons:
            button.setIcon(self._theme.icon(button.property("icon_name")))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the drop area's dashed edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = self._theme.theme
        painter.fillRect(self.rect(), QColor(t.canvas))
        area = QRectF(self.rect()).adjusted(18, 18, -18, -18)
        pen = QPen(QColor(t.accent if self._dropping else t.disabled), 1.6, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 5])
        painter.setPen(pen)
        if self._dropping:
            fill = QColor(t.accent)
            fill.setAlpha(22)
            painter.setBrush(fill)
        painter.drawRoundedRect(area, 16, 16)

    def _first_steps(self) -> QLabel:
        steps = (
            self.tr("Open a video or a camera"),
            self.tr("Drag a box around what you want to follow"),
            self.tr("Space plays and tracks"),
            self.tr("Where it goes wrong, pause and draw the box again"),
            self.tr("Ctrl+E writes the track"),
        )
        rows = "".join(
            f"<tr><td align='right'><b>{number}</b></td><td width='12'></td><td>{text}</td></tr>"
            for number, text in enumerate(steps, start=1)
        )
        label = QLabel(f"<table cellspacing='3'>{rows}</table>")
        label.setObjectName("Muted")
        label.setAccessibleName(self.tr("First steps"))
        return label

    def _big(self, actions: Actions, id: str, text: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("Big")
        button.setProperty("icon_name", actions.icon_name(id))
        button.setText(text)
        button.setToolTip(actions[id].toolTip())
        button.setAccessibleName(text)
        button.setIconSize(QSize(30, 30))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setMinimumSize(146, 96)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(actions[id].trigger)
        return button


def _icon_of(spec: str) -> str:
    if "://" in spec:
        return "stream"
    return "project" if spec.lower().endswith(SUFFIX) else "demo"

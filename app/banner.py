"""Messages that float over the picture: what to do now, what happened, and the live badge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app import icons
from app.theme import DARK, Theme

_NOTICE_MS = 4000
_TOP = 14


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of a standing message: what it says, what it means, and what it does."""

    text: str
    tip: str
    do: Callable[[], None]


class Banner(QFrame):
    """One line at the top of the picture: a standing message, or a notice that goes by itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = DARK
        self._standing: tuple[str, str] = ("", "")
        self._choices: tuple[Choice, ...] = ()
        self._buttons: list[QPushButton] = []
        self._notice = ""
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 9, 16, 9)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addWidget(self._text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_NOTICE_MS)
        self._timer.timeout.connect(self._notice_over)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown now, empty when nothing is."""
        return self._notice or self._standing[0]

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._theme = theme
        self._refresh()

    def stand(self, text: str, tone: str = "info", choices: tuple[Choice, ...] = ()) -> None:
        """Show a message until it is changed; empty for none. ``tone`` is info, warn or bad."""
        if (text, tone) != self._standing or len(choices) != len(self._choices):
            self._standing = (text, tone)
            if [choice.text for choice in choices] != [choice.text for choice in self._choices]:
                self._offer(choices)
            self._refresh()

    def notice(self, text: str) -> None:
        """Show a message for some seconds."""
        self._notice = text
        self._timer.start()
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle of the parent."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _offer(self, choices: tuple[Choice, ...]) -> None:
        """Make the buttons of a message; while there are none, the mouse goes through to the picture."""
        self._choices = choices
        for button in self._buttons:
            button.deleteLater()
        self._buttons = []
        for choice in choices:
            button = QPushButton(choice.text)
            button.setToolTip(choice.tip)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, do=choice.do: do())
            self.layout().addWidget(button)
            self._buttons.append(button)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not choices)

    def _notice_over(self) -> None:
        self._notice = ""
        self._refresh()

    def _refresh(self) -> None:
        text, tone = (self._notice, "info") if self._notice else self._standing
        if not text:
            self.hide()
            return
        for button in self._buttons:
            button.setVisible(not self._notice)
        name = {"bad": "warning", "warn": "warning"}.get(tone, "info")
        color = {"bad": self._theme.bad, "warn": self._theme.warn}.get(tone, self._theme.accent)
        self._icon.setPixmap(icons.pixmap(name, color, 18, self.devicePixelRatioF()))
        self._text.setText(text)
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().polish(self)
        self.setAccessibleName(text)
        self.show()
        self._place()

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None or self.isHidden():
            return
        room = parent.width() - 24
        self._text.setWordWrap(False)
        self.setMaximumWidth(16777215)
        wanted = self.sizeHint().width()
        if wanted > room:
            self._text.setWordWrap(True)
            self.setFixedWidth(room)
            self.resize(room, self.heightForWidth(room) if self.hasHeightForWidth() else self.sizeHint().height())
        else:
            self.setMinimumWidth(0)
            self.resize(self.sizeHint())
        self.move((parent.width() - self.width()) // 2, _TOP)
        self.raise_()


class LiveBadge(QLabel):
    """Says that the picture is live, how old it is and how many frames were dropped."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("Badge")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self._theme = DARK
        self.move(14, _TOP)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of the look."""
        self._theme = theme

    def show_live(self, latency_ms: float | None, dropped: int, signal: bool) -> None:
        """Show the state of a live source."""
        color = self._theme.bad if signal else self._theme.warn
        word = self.tr("LIVE") if signal else self.tr("NO SIGNAL")
        parts = [f"<span style='color:{color}'>●</span>&nbsp;<b>{word}</b>"]
        if signal and latency_ms is not None:
            parts.append(self.tr("{0:.0f} ms").format(latency_ms))
        if dropped:
            parts.append(self.tr("{0} dropped").format(dropped))
        self.setText("&nbsp;&nbsp;".join(parts))
        self.adjustSize()
        self.show()

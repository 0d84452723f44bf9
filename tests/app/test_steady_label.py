"""A label that changes often disturbs no layout while its text fits."""

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from app.steady_label import SteadyLabel


class Layouts(QObject):
    """Counts how often a widget is laid out."""

    def __init__(self, widget):
        super().__init__()
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


@pytest.fixture
def shown(qtbot):
    window = QWidget()
    row = QHBoxLayout(window)
    label = SteadyLabel()
    row.addWidget(label)
    row.addStretch(1)
    window.resize(400, 60)
    qtbot.addWidget(window)
    window.show()
    label.setText("frame 1000")
    label.setText("frame 8888")
    QApplication.processEvents()
    return window, label, Layouts(window)


def test_a_text_that_fits_lays_nothing_out(shown):
    _, label, layouts = shown
    before = label.size()
    for number in range(900, 990):
        label.setText(f"frame {number}")
        QApplication.processEvents()
    assert layouts.count == 0 and label.size() == before and label.text() == "frame 989"


def test_it_grows_for_a_longer_text_and_shrinks_when_emptied(shown):
    _, label, layouts = shown
    before = label.width()
    label.setText("frame 1000000 of many")
    QApplication.processEvents()
    assert layouts.count >= 1 and label.width() > before and label.width() >= label.sizeHint().width()
    label.setText("")
    label.setText("1")
    QApplication.processEvents()
    assert label.width() < before


def test_larger_letters_get_their_room(shown):
    _, label, _ = shown
    before = label.width()
    font = label.font()
    font.setPointSize(2 * font.pointSize())
    label.setFont(font)
    QApplication.processEvents()
    assert label.width() > before and label.width() >= label.sizeHint().width()

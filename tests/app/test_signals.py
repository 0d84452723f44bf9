"""The binding itself: some versions crashed after some thousand queued emissions of plain values."""

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication


class Sender(QObject):
    sent = Signal(object)


@pytest.mark.parametrize("value", [None, True, 7, object()], ids=["None", "True", "int", "object"])
def test_queued_signals_carry_plain_values_thousands_of_times(qapp, value):
    sender, got = Sender(), []
    sender.sent.connect(got.append, Qt.ConnectionType.QueuedConnection)
    for _ in range(2000):
        sender.sent.emit(value)
    QApplication.processEvents()
    assert len(got) == 2000 and all(item is value for item in got)

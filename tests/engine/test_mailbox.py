import threading

from engine.mailbox import Mailbox


def test_newest_wins_and_only_the_first_put_asks_for_a_notification():
    box: Mailbox[int] = Mailbox()
    assert box.put(1) is True
    assert box.put(2) is False
    assert box.put(3) is False
    assert box.take() == 3
    assert box.take() is None
    assert box.put(4) is True


def test_a_waiting_taker_gets_the_value():
    box: Mailbox[str] = Mailbox()
    got: list[str | None] = []
    taker = threading.Thread(target=lambda: got.append(box.take(10)))
    taker.start()
    box.put("here")
    taker.join(10)
    assert got == ["here"]


def test_close_wakes_a_taker_that_waits_for_ever_and_refuses_more():
    box: Mailbox[str] = Mailbox()
    got: list[str | None] = []
    taker = threading.Thread(target=lambda: got.append(box.take(None)))
    taker.start()
    box.close()
    taker.join(10)
    assert got == [None]
    assert box.put("late") is False
    assert box.take() is None

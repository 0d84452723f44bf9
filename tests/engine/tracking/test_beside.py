import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from engine.errors import BackendError
from engine.tracking import beside as module
from engine.tracking.beside import Beside

PATIENCE_S = 20.0


@pytest.fixture
def executor():
    with ThreadPoolExecutor(1) as made:
        yield made


def fail():
    raise BackendError("no")


def test_without_another_thread_all_is_done_here():
    beside, here = Beside(None), threading.get_ident()
    assert beside.start(threading.get_ident)() == here
    assert beside.share([threading.get_ident] * 3) == [here] * 3
    with pytest.raises(BackendError):
        beside.start(fail)
    beside.settle()


def test_work_goes_on_meanwhile(executor):
    beside, go_on = Beside(executor), threading.Event()
    waiting = beside.start(lambda: go_on.wait(PATIENCE_S))
    go_on.set()  # it would never return if it were done here
    assert waiting() is True


def test_shared_work_is_done_once_by_whoever_is_free(executor):
    beside, busy = Beside(executor), threading.Event()
    beside.start(lambda: busy.wait(PATIENCE_S))
    done = []
    works = [lambda i=i: (done.append((i, threading.get_ident())), i * i)[1] for i in range(5)]
    assert beside.share(works) == [0, 1, 4, 9, 16]  # the other thread has not even begun
    assert sorted(i for i, _ in done) == [0, 1, 2, 3, 4] and {who for _, who in done} == {threading.get_ident()}
    busy.set()
    beside.settle()
    meet = threading.Barrier(2)
    both = [lambda: (meet.wait(PATIENCE_S), threading.get_ident())[1]] * 2  # each needs the other to be under way
    assert len(set(beside.share(both))) == 2


def test_what_is_offered_is_begun_at_once_and_what_is_left_is_done_when_it_is_asked_for(executor):
    beside, begun, go_on = Beside(executor), threading.Event(), threading.Event()
    who = [lambda: (begun.set(), go_on.wait(PATIENCE_S), threading.get_ident())[2], threading.get_ident]
    finish = beside.offer(who)
    assert begun.wait(PATIENCE_S)
    go_on.set()
    there, here = finish()
    assert there != threading.get_ident() and (here in (there, threading.get_ident()))
    assert Beside(None).offer([threading.get_ident])() == [threading.get_ident()]


def test_errors_come_where_the_result_is_asked_for(executor):
    beside = Beside(executor)
    result = beside.start(fail)
    with pytest.raises(BackendError):
        result()
    with pytest.raises(BackendError):
        beside.share([lambda: 1, fail])


def test_nothing_is_left_under_way(executor, monkeypatch):
    beside, begun, go_on, late = Beside(executor), threading.Event(), threading.Event(), []

    def first():
        begun.set()
        return go_on.wait(PATIENCE_S)

    finished = beside.start(first)
    beside.start(lambda: late.append(1))
    assert begun.wait(PATIENCE_S)
    monkeypatch.setattr(module, "wait", lambda futures: (go_on.set(), wait(futures)))  # the second is given up by then
    beside.settle()
    assert finished() is True and late == []

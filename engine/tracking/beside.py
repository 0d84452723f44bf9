"""Work that a second thread does meanwhile: of several parts each takes what the other has not begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, wait
from typing import Any, TypeVar

T = TypeVar("T")


class Beside:
    """A second thread; without one all work is done where it is asked for. Belongs to one thread itself."""

    def __init__(self, executor: Executor | None) -> None:
        self._executor = executor
        self._begun: list[Future[Any]] = []

    def start(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin this work; what is returned waits for its result, and raises what went wrong."""
        if self._executor is None:
            done = work()
            return lambda: done
        future = self._executor.submit(work)
        self._begun.append(future)
        return future.result

    def share(self, works: Sequence[Callable[[], T]]) -> list[T]:
        """The results of all this work, of which the calling thread does what the other has not begun."""
        return self.offer(works)()

    def offer(self, works: Sequence[Callable[[], T]]) -> Callable[[], list[T]]:
        """Let the other thread begin this work when it is free; what is returned does the rest, as :meth:`share`."""
        if self._executor is None:
            done = [work() for work in works]
            return lambda: done
        futures = [self._executor.submit(work) for work in works]
        self._begun += futures

        def finish() -> list[T]:
            own = {i: works[i]() for i in reversed(range(len(works))) if futures[i].cancel()}
            return [own[i] if i in own else futures[i].result() for i in range(len(works))]

        return finish

    def settle(self) -> None:
        """Leave nothing under way: what was begun and is not wanted any more is given up or finished."""
        begun, self._begun = self._begun, []
        for future in begun:
            future.cancel()
        wait(begun)

"""The line in front of the intake: async requests wait in it, one thread takes all that wait and commits them together."""

import asyncio
import queue
import threading
from concurrent.futures import Future

from bot.intake import Intake, Outcome
from bot.messages import Incoming


class Closing(Exception):
    """The house is stopping; the platform will deliver again to the next one."""


class Line:
    """Group commit: while one commit is being written, the messages that arrive wait and share the next."""

    def __init__(self, intake: Intake, *, most: int = 64, longest: int = 2000) -> None:
        self.intake, self.most = intake, most
        self._waiting: queue.Queue[tuple[Incoming, Future[Outcome]] | None] = queue.Queue(maxsize=longest)
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
        self._closed = False
        self._door = threading.Lock()  # nobody may slip in behind the last one

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._door:
            self._closed = True
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    async def receive(self, incoming: Incoming) -> Outcome:
        """Wait until the delivery is durably handled. Raises Closing when stopping, queue.Full when overwhelmed."""
        future: Future[Outcome] = Future()
        with self._door:
            if self._closed:
                raise Closing
            self._waiting.put_nowait((incoming, future))
        return await asyncio.wrap_future(future)

    @property
    def length(self) -> int:
        return self._waiting.qsize()

    def _work(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < self.most and batch[-1] is not None:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            # Who has gone away meanwhile is left out; who is taken can no longer leave, so an outcome always finds its future.
            work = [pair for pair in batch if pair is not None and pair[1].set_running_or_notify_cancel()]
            if work:
                self._handle(work)
            if batch[-1] is None:
                return

    def _handle(self, work: list[tuple[Incoming, "Future[Outcome]"]]) -> None:
        try:
            outcomes = self.intake.receive([incoming for incoming, _ in work])
        except BaseException as error:  # a bug must reach those who wait, not kill the line in silence
            for _, future in work:
                future.set_exception(error)
            return
        for (_, future), outcome in zip(work, outcomes, strict=True):
            future.set_result(outcome)

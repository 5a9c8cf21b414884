"""The web process and the worker, running for a test: in threads beside it, or as processes of their own that can be killed."""

import asyncio
import multiprocessing
import os
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from bot.app import create_app
from bot.house import House
from bot.intake import Intake
from bot.logs import configure
from bot.settings import read_settings
from bot.worker import work
from tests import builders
from tests.fake_telegram import wait_for
from tickets.db import Store


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Web:
    """The web process in a thread, on a port of its own."""

    def __init__(self, house: House, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.server = uvicorn.Server(uvicorn.Config(create_app(house.settings, house), port=self.port, log_config=None,
                                                    access_log=False, timeout_graceful_shutdown=3))
        self._thread = threading.Thread(target=self.server.run, name="web", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Web":
        self._thread.start()
        wait_for(lambda: self.server.started, 15)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()


class Worker:
    """The worker in a thread. Leaving it raises whatever ended it early."""

    def __init__(self, house: House) -> None:
        self.house, self.error = house, None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._ready = threading.Event()

    def _run(self) -> None:
        async def run() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            self._ready.set()
            await work(self.house, stop=self._stop)
        try:
            asyncio.run(run())
        except BaseException as error:  # handed to the test when it leaves
            self.error = error

    def __enter__(self) -> "Worker":
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(15)
        assert not self._thread.is_alive(), "the worker does not stop"
        if self.error is not None:
            raise self.error


_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.running"])


def process(name: str, log: Path, **environ: str) -> multiprocessing.Process:
    """`web` or `worker` with stand-in models as a process that can be killed; what it says goes to the end of `log`.

    It is forked from a server that has imported everything, so that a test of many kills is not a test of importing.
    """
    started = _forks.Process(target=_run, args=(name, str(log), environ), name=name, daemon=True)
    started.start()
    return started


def _run(name: str, log: str, environ: dict[str, str]) -> None:
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.environ.update(environ)
    settings = read_settings()
    configure(settings.log_level)
    models = builders.understanding()
    store = Store(settings.database_url)
    house = House(settings, store, builders.knowledge(), models, Intake(store, builders.knowledge(), models, settings))
    if name == "worker":
        asyncio.run(work(house))
    else:
        uvicorn.run(create_app(settings, house), port=settings.port, log_config=None, access_log=False,
                    timeout_graceful_shutdown=3)

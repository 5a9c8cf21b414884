"""PostgreSQL servers of our own, to be stopped in the middle: where none is installed their tests are not collected."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.running import free_port

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name))
collect_ignore = [] if BIN or shutil.which("initdb") else ["test_postgresql.py", "test_failover.py", "test_recovery.py"]


class Server:
    """Made anew or as a copy of another; started, stopped at once (as a power cut would), killed, and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.port, self.running = folder, folder / "db", free_port(), False
        shutil.chown(folder, *(("postgres", "postgres") if os.getuid() == 0 else (os.getuid(), os.getgid())))

    def create(self, *settings: str) -> None:
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.configure(*settings)
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "xiaobao")

    def copy(self, other: "Server", *options: str) -> None:
        """A base backup of a running server; it is not started yet."""
        self._run("pg_basebackup", "-h", "127.0.0.1", "-p", str(other.port), "-U", "postgres", "-D", str(self.data), "-c", "fast",
                  "--no-sync", *options)

    def configure(self, *settings: str) -> None:
        """Lines for postgresql.conf, in force from the next start."""
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in settings)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/xiaobao"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        self.running = True

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")
        self.running = False

    def kill(self) -> None:
        """As a machine that is switched off: no process of the server says or writes another word."""
        postmaster = int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # or it would have new children while we count them
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
        for pid in (*map(int, children), postmaster):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.running = False

    def promote(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def ask(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    def _run(self, name: str, *rest: str) -> None:
        program = str(BIN / name) if BIN else str(shutil.which(name))
        before = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*before, program, *rest], check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture
def servers():
    """Makes servers, neither created nor started; all are gone afterwards."""
    made = []

    def make() -> Server:
        made.append(Server(Path(tempfile.mkdtemp(prefix="xb-pg-"))))
        return made[-1]
    yield make
    for server in made:
        if server.running:
            server.stop("immediate")
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def server(servers):
    server = servers()
    server.create()
    return server

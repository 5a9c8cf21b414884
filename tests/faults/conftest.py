"""A PostgreSQL server of our own, to be stopped in the middle: where none is installed its tests are not collected."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.running import free_port

BIN = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name))
collect_ignore = [] if BIN or shutil.which("initdb") else ["test_postgresql.py"]


class Server:
    """initdb, start, stop at once (as a power cut would) and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        shutil.chown(folder, *(("postgres", "postgres") if os.getuid() == 0 else (os.getuid(), os.getgid())))
        self._run("initdb", "-D", str(folder / "db"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "xiaobao")

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/xiaobao"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", str(self.folder / "db"), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "db"), "-w", "-m", mode, "stop")

    def _run(self, name: str, *rest: str) -> None:
        program = str(BIN / name) if BIN else str(shutil.which(name))
        before = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*before, program, *rest], check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture
def server():
    folder = Path(tempfile.mkdtemp(prefix="xb-pg-"))
    server = Server(folder)
    yield server
    server.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)

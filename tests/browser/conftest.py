"""The real thing: `xiaobao up` on a fresh folder, and Debian's Chromium in front of it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from tests.running import free_port

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "var" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


class Running:
    """A running house: where it is and the first user's one-time password."""

    def __init__(self, folder: Path, port: int, **environ: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "log.txt"
        env = {**os.environ, "XIAOBAO_VAR_FOLDER": str(folder), "XIAOBAO_DATABASE_URL": f"sqlite:///{folder}/x.sqlite3",
               "PORT": str(port), "PYTHONUNBUFFERED": "1", **environ}
        with self.log.open("w") as said:
            self.process = subprocess.Popen([sys.executable, "-m", "bot.cli", "up"], cwd=ROOT, env=env, stdout=said,
                                            stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 90
        while "按 Ctrl+C 停止" not in self.said():
            assert self.process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        self.password = re.search(r"一次性密码 (\S+?)（", self.said()).group(1)

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


PASSWORD = "correct horse battery 9"


def sign_in(page, running: Running) -> None:
    """Sign in as the first user, with the one-time password if nobody has changed it yet, and change it then."""
    for password in (PASSWORD, running.password):
        page.goto(running.url + "/desk")
        page.get_by_label("用户名").fill("admin")
        page.get_by_label("密码", exact=True).fill(password)
        page.get_by_role("button", name="登录").click()
        if page.get_by_label("一次性密码").count():
            page.get_by_label("一次性密码").fill(password)
            page.get_by_label("新密码", exact=True).fill(PASSWORD)
            page.get_by_label("再输一次").fill(PASSWORD)
            page.get_by_role("button", name="保存").click()
        if not page.get_by_label("用户名").count():
            return
    raise AssertionError("cannot sign in")


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    house = Running(tmp_path_factory.mktemp("house"), free_port())
    assert httpx.get(house.url + "/ready").text == "ready"
    yield house
    house.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = os.environ.get("XIAOBAO_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def shoot():
    """Keep a screenshot under var/ as CI's artefact."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def keep(page, name: str) -> None:
        page.wait_for_timeout(900)  # the page scrolls smoothly
        page.screenshot(path=SHOTS / f"{name}.png", full_page=False)

    return keep

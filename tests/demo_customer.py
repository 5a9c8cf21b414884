"""A scripted customer on the fake Telegram, for showing the bot without an account: `make telegram-demo` prints the conversation.

It starts a house of its own; with `--attach` it waits for one that was started with the two variables it prints.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fake_telegram import FakeTelegram, Person, wait_for
from tests.running import free_port

ROOT = Path(__file__).parent.parent
QUIET = 1.5  # seconds without a new message after which the bot is taken to have finished

SCRIPT = (
    ("says", "/start"),
    ("says", "假币被银行没收了，我还能要回来吗？"),
    ("says", "信用卡莫名其妙扣了我 300 块年费，你们客服还态度恶劣"),
    ("says", "这个月账单上多出来的，之前办卡时说免年费"),
    ("presses", "跳过"),
    ("presses", "申请退费"),
    ("sends_photo", None),
    ("presses", "先这样"),
    ("says", "我的投诉"),
    ("says", "有人说我账户涉案，让我把钱转到安全账户，是不是骗子？"),
    ("says", "谢谢"),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--attach", action="store_true", help="play against a bot that you start yourself")
    options.add_argument("--port", type=int, default=8081, help="port of the fake with --attach")
    chosen = options.parse_args()
    with FakeTelegram(port=chosen.port if chosen.attach else 0) as platform:
        if chosen.attach:
            print(f"TELEGRAM_BOT_TOKEN={platform.token} XIAOBAO_TELEGRAM_API_URL={platform.url} make run", flush=True)
            play(platform)
        else:
            with a_house(platform):
                play(platform)


@contextmanager
def a_house(platform: FakeTelegram) -> Iterator[None]:
    """`xiaobao up` in a folder that is thrown away, with the fake as its Telegram."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log.txt").open("w+") as log:
        environ = {"XIAOBAO_VAR_FOLDER": folder, "XIAOBAO_DATABASE_URL": f"sqlite:///{folder}/demo.sqlite3", "PORT": str(port),
                   "TELEGRAM_BOT_TOKEN": platform.token, "XIAOBAO_TELEGRAM_API_URL": platform.url,
                   "XIAOBAO_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        house = subprocess.Popen([sys.executable, "-m", "bot.cli", "up"], cwd=ROOT, env={**os.environ, **environ},
                                 stdout=log, stderr=log)
        try:
            yield
        except AssertionError:
            log.seek(0)
            print(log.read(), file=sys.stderr)
            raise
        finally:
            house.terminate()
            house.wait(40)


def play(platform: FakeTelegram) -> None:
    """Wait until a bot has come, then go through the script and print both sides."""
    wait_for(lambda: platform.count("setMyCommands", 200) and (platform.delivery.hook or platform.count("getUpdates")), 120,
             lambda: "no bot has come")
    customer, seen = platform.person(4242, "王女士"), 0
    for action, words in SCRIPT:
        print(f"\n王女士：{shown(action, words)}", flush=True)
        getattr(customer, action)(*([words] if words else []))
        heard = until_quiet(customer, seen)
        for message in heard:
            print(f"\n小助手：{message.get('text', '')}")
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            if rows:
                print("　　" + "　".join(f"［{button['text']}］" for row in rows for button in row))
        seen += len(heard)
    refused = platform.count("sendMessage") - platform.count("sendMessage", 200)
    print(f"\n—— {len(SCRIPT)} 步，{seen} 条回复，{platform.limits.violations} 次超限，{refused} 次发送被拒 ——")


def shown(action: str, words: str | None) -> str:
    return {"says": words, "presses": f"［点按：{words}］", "sends_photo": "［照片］"}[action] or ""


def until_quiet(customer: Person, seen: int) -> list[dict]:
    """What the bot says now: at least one message, until it has been quiet for a moment."""
    wait_for(lambda: len(customer.chat.heard) > seen, 20, lambda: "no answer")
    count, since = 0, time.monotonic()
    while time.monotonic() - since < QUIET:
        if len(customer.chat.heard) != count:
            count, since = len(customer.chat.heard), time.monotonic()
        time.sleep(0.05)
    return customer.chat.heard[seen:]


if __name__ == "__main__":
    main()

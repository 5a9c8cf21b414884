"""The terminal channel: the same conversation for development and for staff on a server without a browser."""

import sys
import uuid

from sqlalchemy import select, update

from bot.house import House
from bot.messages import Incoming, Reply, from_plain
from tickets.models import Owed, now
from tickets.telling import contacted


def talk(house: House, name: str) -> None:
    """Read lines until the end of input; a number presses the button of that number. Replies owed from elsewhere are shown too."""
    address = f"terminal-{name}"[:80]
    buttons = _tell(house, address, "/start")
    while True:
        try:
            line = input("\n您：").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if not line:
            _show_owed(house, address)
            continue
        pressed = buttons[int(line) - 1] if line.isascii() and line.isdigit() and 0 < int(line) <= len(buttons) else ""
        buttons = _tell(house, address, "" if pressed else line, button=pressed)


def _tell(house: House, address: str, text: str, *, button: str = "") -> list[str]:
    incoming = Incoming("console", uuid.uuid4().hex, address, text, button=button, kind="button" if button else "text")
    outcome = house.intake.receive([incoming])[0]
    if outcome.status not in ("handled", "duplicate"):
        print("\n（这一句没有处理成功，原因见日志；可以再说一遍。紧急情况请直接拨打 110。）", flush=True)
    return _show_owed(house, address)


def _show_owed(house: House, address: str) -> list[str]:
    """Print what is owed to this terminal and mark it as arrived; returns the data of the buttons shown."""
    buttons: list[str] = []
    with house.store.write() as session:
        rows = list(session.scalars(select(Owed).where(Owed.channel == "console", Owed.address == address, Owed.status == "owed")
                                    .order_by(Owed.id)))
        contacted(session, Owed.id.in_([row.id for row in rows]), at=now())
        session.execute(update(Owed).where(Owed.id.in_([row.id for row in rows])).values(status="sent", sent_at=now(), attempts=1))
    for row in rows:
        buttons += _print(from_plain(row.body), len(buttons))
    sys.stdout.flush()
    return buttons


def _print(reply: Reply, before: int) -> list[str]:
    print("\n小助手：" + reply.text + (f"\n　　附件：{reply.document.name}" if reply.document else ""))
    flat = [button for row in reply.buttons for button in row]
    if flat:
        print("　　" + "　".join(f"[{before + n}] {button.label}" for n, button in enumerate(flat, 1)))
    return [button.data for button in flat]

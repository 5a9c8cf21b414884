"""Questions of the synthetic year: most are answered, some are gaps, and some who asked complain afterwards."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Connection

from tickets.demo.pouring import pour, stamp
from tickets.demo.rows import CHAT, CHAT_CHANNEL, MESSAGE
from tickets.models import Chat, Gap, Message

MOST = 60_000  # conversations without a ticket, however many tickets there are
PER_COMPLAINT, ASKED_FIRST, UNANSWERED = 2.5, 0.3, 0.14
GAP = ("chat_id", "text", "candidates", "chosen", "group_key", "resolved_at", "at")
READING = '{"intent":"question","confidence":0.9,"urgency":"none","version":"demo"}'


def ask_questions(connection: Connection, book: dict[str, Any], said: Sequence[tuple[int, int]], *, chats: int, first: date,
                  until: date, rng: np.random.Generator) -> None:
    """`said`: (chat, second) of complaints made online. Questions come alone, or some minutes before a complaint."""
    known = [q["text"] for q in book["question"] if q["answered"]]
    unknown = [q["text"] for q in book["question"] if not q["answered"]]
    count = min(int(len(said) * PER_COMPLAINT), MOST)
    begin = (first.toordinal() - date(1970, 1, 1).toordinal()) * 86400 - 8 * 3600
    end = begin + (until - first).days * 86400
    made: list[tuple[int, int, bool]] = []
    alone = np.sort(rng.integers(begin, end, count))
    rows = []
    for n, second in enumerate(alone.tolist(), chats + 1):
        rows.append((n, CHAT_CHANNEL, f"demo-{n}", None, "公众", "{}", 0, False, stamp(second), stamp(second)))
        made.append((n, second, False))
    pour(connection, Chat.__table__, CHAT, rows)
    luck = rng.random(len(said))
    made += [(chat, second - 600, True) for (chat, second), chance in zip(said[:MOST], luck, strict=False) if chance < ASKED_FIRST]
    messages, gaps = [], []
    chances, choices = rng.random(len(made)).tolist(), rng.integers(0, 1000, len(made)).tolist()
    for (chat, second, complains), chance, which in zip(made, chances, choices, strict=True):
        missed = chance < (0.5 if complains else UNANSWERED)
        text = unknown[which % len(unknown)] if missed else known[which % len(known)]
        messages.append((chat, None, "customer", None, "text", text, READING, stamp(second)))
        answer = "这个问题我还不会回答，已记下请同事补充。" if missed else "已为您找到答案。"
        messages.append((chat, None, "bot", None, "text", answer, None, stamp(second + 1)))
        if missed:
            old = second < end - 60 * 86400
            gaps.append((chat, text, "[]", None, f"demo-{which % len(unknown)}", stamp(second + 86400 * 9) if old else None,
                         stamp(second)))
    pour(connection, Message.__table__, MESSAGE, messages)
    pour(connection, Gap.__table__, GAP, gaps)

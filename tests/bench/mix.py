"""What the load says: a realistic mix of deliveries, the same every time, in shares that are written down here.

The words are our own corpus's. It holds far more complaints and emergencies than a bank hears, so its messages are drawn by kind:
`SHARES` is what an office with an open ear may expect; `HARD` is the corpus as it lies (about one message in five an emergency and
one in three filed as a ticket), to show what a bad day costs.
"""

import itertools
import json
import random
from collections import defaultdict

from nlp.messages_corpus import read
from tests.bench.load import post
from tests.bench.servers import SECRET

SHARES = {"question": 0.44, "complaint": 0.20, "chat": 0.12, "progress": 0.08, "human": 0.05, "suggestion": 0.01, "praise": 0.02,
          "report": 0.01, "urgent": 0.02, "button": 0.05}
BUTTONS = ("skip", "done", "menu", "status", "themes", "none")
PEOPLE = 997
URGENT = frozenset(("fraud_now", "self_harm", "violence", "crowd20"))
update_ids = itertools.count(1)


def by_kind() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for message in read():
        found["urgent" if message.flags & URGENT else message.intent].append(message.text)
    return found


def messages(count: int = 5000, *, shares: dict[str, float] | None = SHARES, seed: int = 7) -> list[str]:
    """Texts in the order they arrive; a pressed button is its data after a tab. `shares` None takes the corpus as it lies."""
    pick, kinds = random.Random(seed), by_kind()
    if shares is None:
        texts = [text for kind in kinds.values() for text in kind]
        pick.shuffle(texts)
        return texts[:count]
    drawn = pick.choices(list(shares), weights=list(shares.values()), k=count)
    return ["\t" + pick.choice(BUTTONS) if kind == "button" else pick.choice(kinds[kind]) for kind in drawn]


def delivery(texts: list[str], n: int) -> bytes:
    """The n-th webhook request: one of 997 people in turn, with an update id that never came before."""
    update_id = next(update_ids)
    person = {"id": 1000 + n % PEOPLE, "is_bot": False, "first_name": "客户"}
    note = {"message_id": update_id, "date": 1790000000, "chat": {"id": person["id"], "type": "private"}, "from": person}
    text = texts[n % len(texts)]
    if text.startswith("\t"):
        update = {"callback_query": {"id": str(update_id), "from": person, "message": {**note, "text": "…"}, "data": text[1:]}}
    else:
        update = {"message": {**note, "text": text}}
    body = json.dumps({"update_id": update_id, **update}, ensure_ascii=False).encode()
    return post("/telegram/webhook", body, x_telegram_bot_api_secret_token=SECRET)

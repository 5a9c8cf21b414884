"""Ticket numbers that an old person can read out over the phone: twelve digits, the last one guarding the others."""

import re
import unicodedata
from datetime import datetime

from knowledge.today import SHANGHAI

_FOUND = re.compile(r"(?<!\d)(\d{6})[-\s‐–—_]{0,3}(\d{6})(?!\d)")


def ticket_number(ticket_id: int, received_at: datetime) -> str:
    """`261124-000173`: the day received in Shanghai, five digits of the ticket's id, and a Luhn check digit."""
    body = received_at.astimezone(SHANGHAI).strftime("%y%m%d") + f"{ticket_id % 100000:05d}"
    return f"{body[:6]}-{body[6:]}{_check_digit(body)}"


def find_numbers(text: str) -> list[str]:
    """The valid ticket numbers in a text, however the digits were separated; a mistyped one fails its check digit."""
    found = []
    for day, rest in _FOUND.findall(unicodedata.normalize("NFKC", text)):
        if _check_digit(day + rest[:5]) == rest[5]:
            found.append(f"{day}-{rest}")
    return found


def minute(at: datetime) -> str:
    """`11-24 18:05`, in Shanghai: the moment as it is said to people who know the year."""
    return at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def _check_digit(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)

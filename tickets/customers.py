"""Knowing a person again who has no chat: by telephone, kept as a keyed hash and its last four digits, never as a number."""

import hashlib
import hmac
import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tickets.models import Customer, now

_PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9}|0\d{9,11}|400\d{7}|[2-9]\d{6,7})")


class PhoneRefused(ValueError):
    """Not a telephone number."""


def customer_of(session: Session, *, phone: str, name: str = "", kind: str = "person", secret_key: str) -> Customer:
    """The customer with this telephone, made when new. Two who enter the same number at once get the same customer."""
    digits = phone_digits(phone)
    hashed = phone_hash(digits, secret_key=secret_key)
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(Customer)
    session.execute(insert.values(name=masked_name(name), phone_hash=hashed, phone_tail=digits[-4:], kind=kind, created_at=now())
                    .on_conflict_do_nothing())
    return session.scalars(select(Customer).where(Customer.phone_hash == hashed)).one()


def phone_digits(phone: str) -> str:
    """The bare number without country code and separators. Raises PhoneRefused."""
    squeezed = re.sub(r"[\s()\-－—]", "", unicodedata.normalize("NFKC", phone))
    found = _PHONE.fullmatch(squeezed)
    if found is None:
        raise PhoneRefused("电话号码不对")
    return found[1]


def phone_hash(digits: str, *, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), f"phone:{digits}".encode(), hashlib.sha256).hexdigest()


def masked_name(name: str) -> str:
    """张三 → 张*, 欧阳小明 → 欧***: enough to greet, too little to find."""
    bare = "".join(name.split())
    return bare[:1] + "*" * min(len(bare) - 1, 3) if bare else ""

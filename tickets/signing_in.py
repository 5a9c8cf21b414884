"""Signing in to the desk: proof of who it is, a lock after too many guesses, and sessions that end.

Two steps, because argon2 is slow and SQLite has one writer: `prove` only reads and takes its time, `admit` writes and is quick.
The edge calls prove in `store.read()` and admit in `store.write()`; a refused attempt must be committed too, it is counted.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tickets.accounts import matches, totp_step
from tickets.models import DeskSession, SignInFailure, Staff, now

LOCK_FOR = timedelta(minutes=15)
ACCOUNT_TRIES, ADDRESS_TRIES = 5, 30  # failures within LOCK_FOR; an office sits behind one address
IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)

REFUSED = "用户名、密码或动态码不对。"
LOCKED = "尝试次数太多，请 15 分钟后再试，或请管理员重置密码。"


@dataclass(frozen=True)
class Proof:
    """What `prove` found out; only `admit` turns it into a session."""

    staff_id: int | None  # None: wrong name, password or code
    totp_step: int
    account: str  # keyed hashes: the table tells nobody which names were tried from where
    address: str


@dataclass(frozen=True)
class SignedIn:
    """`token` goes into the cookie and nowhere else; the database keeps its hash."""

    staff: Staff
    token: str
    csrf: str


@dataclass(frozen=True)
class SignInRefused:
    """The same sentence whether the name exists or not."""

    sentence: str


def prove(session: Session, *, username: str, password: str, code: str = "", address: str, secret_key: str,
          at: datetime | None = None) -> Proof:
    """Check name, password and (when set up) the TOTP code. Reads only; takes as long for a name that does not exist."""
    at = at or now()
    account, where = _account(secret_key, username), _keyed(secret_key, "address", address)
    if _locked(session, account, where, at):
        return Proof(None, 0, account, where)  # not even checked, so that a lock costs the attacker and not us
    staff = session.scalars(select(Staff).where(Staff.username == username.strip().lower(), Staff.active)).one_or_none()
    known = matches(staff, password)
    if not known or staff is None:
        return Proof(None, 0, account, where)
    if staff.totp_secret is None:
        return Proof(staff.id, 0, account, where)
    step = totp_step(staff.totp_secret, code, at=at)
    return Proof(staff.id if step is not None else None, step or 0, account, where)


def admit(session: Session, proof: Proof, *, secret_key: str, replaces: str | None = None,
          at: datetime | None = None) -> SignedIn | SignInRefused:
    """Open a new session (never an old token again: no fixation) or count the failure. Look at the lock once more: a hundred
    guesses proved at the same moment still get only as many answers as the lock allows. `replaces` is the old cookie's token."""
    at = at or now()
    if _locked(session, proof.account, proof.address, at):
        return SignInRefused(LOCKED)
    staff = session.get(Staff, proof.staff_id, with_for_update=True) if proof.staff_id is not None else None
    replayed = staff is not None and staff.totp_secret is not None and proof.totp_step <= staff.totp_step
    if staff is None or not staff.active or replayed:
        session.add(SignInFailure(account=proof.account, address=proof.address, at=at))
        session.flush()
        return SignInRefused(REFUSED)
    if staff.totp_secret is not None:
        staff.totp_step = proof.totp_step
    session.execute(delete(SignInFailure).where(SignInFailure.account == proof.account))
    if replaces:
        sign_out(session, replaces, secret_key=secret_key)
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    session.add(DeskSession(token_hash=token_hash(token, secret_key=secret_key), staff_id=staff.id, csrf=csrf, created_at=at,
                            seen_at=at, expires_at=at + LONGEST))
    session.flush()
    return SignedIn(staff, token, csrf)


def unlock(session: Session, *, username: str, secret_key: str) -> None:
    """What was guessed wrongly under this name counts no more: an administrator has given a new password."""
    session.execute(delete(SignInFailure).where(SignInFailure.account == _account(secret_key, username)))


def session_of(session: Session, token: str, *, secret_key: str, at: datetime | None = None) -> tuple[DeskSession, Staff] | None:
    """The live session of a cookie and whose it is; None when it is unknown, idle too long, or over. One query, reads only."""
    at = at or now()
    found = session.execute(
        select(DeskSession, Staff).join(Staff, Staff.id == DeskSession.staff_id)
        .where(DeskSession.token_hash == token_hash(token, secret_key=secret_key), DeskSession.expires_at > at,
               DeskSession.seen_at > at - IDLE, Staff.active)).one_or_none()
    return None if found is None else (found[0], found[1])


def seen(session: Session, desk_session: DeskSession, *, at: datetime | None = None) -> bool:
    """Keep an active session from going idle, at most once a minute. Returns whether it wrote."""
    at = at or now()
    if at - desk_session.seen_at < SEEN_EVERY:
        return False
    session.execute(update(DeskSession).where(DeskSession.id == desk_session.id).values(seen_at=at))
    return True


def sign_out(session: Session, token: str, *, secret_key: str) -> None:
    session.execute(delete(DeskSession).where(DeskSession.token_hash == token_hash(token, secret_key=secret_key)))


def sign_everybody_out(session: Session) -> None:
    session.execute(delete(DeskSession))


def sweep_sessions(session: Session, *, at: datetime | None = None) -> None:
    """Forget sessions that are over and failures that no longer count."""
    at = at or now()
    session.execute(delete(DeskSession).where((DeskSession.expires_at <= at) | (DeskSession.seen_at <= at - IDLE)))
    session.execute(delete(SignInFailure).where(SignInFailure.at <= at - LOCK_FOR))


def token_hash(token: str, *, secret_key: str) -> str:
    """What the database knows of a cookie; another secret key knows it no more, so that a new one signs everybody out."""
    return _keyed(secret_key, "session", token)


def _locked(session: Session, account: str, address: str, at: datetime) -> bool:
    """Locked by too many failures of this account or from this address, also for accounts that do not exist."""
    since = at - LOCK_FOR
    by_account, by_address = session.execute(select(
        select(func.count()).select_from(SignInFailure).where(SignInFailure.account == account, SignInFailure.at > since)
        .scalar_subquery(),
        select(func.count()).select_from(SignInFailure).where(SignInFailure.address == address, SignInFailure.at > since)
        .scalar_subquery())).one()
    return by_account >= ACCOUNT_TRIES or by_address >= ADDRESS_TRIES


def _account(secret_key: str, username: str) -> str:
    return _keyed(secret_key, "account", username.strip().lower())


def _keyed(secret_key: str, purpose: str, text: str) -> str:
    return hmac.new(secret_key.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()

"""Who may sign in to the desk: staff users, their passwords and one-time codes, and the code that ties a Telegram account."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tickets.models import Branch, Chat, DeskSession, Staff, now

ROLES = ("intake", "handler", "lead", "auditor", "admin")
SHORTEST, LONGEST = 10, 128  # characters of a password
LINK_CODE_LIVES = timedelta(minutes=10)
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is misread over the phone
_COMMON = ("password", "qwertyuiop", "1234567890", "0123456789", "1111111111", "abcdefghij", "iloveyou", "administrator")


_NEAR = {"", "consumer", "xiaobao", "xiaofei", "xiaofeizhe", "bank", "yinhang", "admin", "welcome", "qwerty", "abc", "abcd"}
"""What is left of a password without digits and signs where it is a date, a telephone number, or a word at hand with a year."""


class AccountRefused(Exception):
    """The change was not made; the message is the sentence for the person who asked."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id, RFC 9106 low-memory parameters


def create_staff(session: Session, *, username: str, name: str, role: str, password: str, must_change: bool = False,
                 branch_code: str | None = None) -> Staff:
    """Add a staff user. The password given here is usually a one-time one that must be changed at the first sign-in."""
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise AccountRefused("用户名用 2–40 个小写字母、数字、点、横线或下划线，以字母或数字开头。")
    if not name.strip() or len(name.strip()) > 40:
        raise AccountRefused("请填写姓名，不超过 40 个字。")
    if role not in ROLES:
        raise AccountRefused(f"没有「{role}」这个角色。")
    if session.scalars(select(Staff.id).where(Staff.username == username)).first() is not None:
        raise AccountRefused(f"用户名 {username} 已有人使用。")
    check_password(password, username=username)
    staff = Staff(username=username, name=name.strip(), role=role, branch_id=_branch_id(session, branch_code),
                  password_hash=_hasher().hash(password), must_change_password=must_change)
    session.add(staff)
    session.flush()
    return staff


def change_staff(session: Session, staff: Staff, *, name: str | None = None, role: str | None = None,
                 branch_code: str | None = None) -> None:
    """Another name, role or branch (an empty code means no branch). A new role signs every browser out."""
    if name is not None:
        staff.name = name.strip()[:40] or staff.name
    if branch_code is not None:
        staff.branch_id = _branch_id(session, branch_code or None)
    if role is not None and role != staff.role:
        if role not in ROLES:
            raise AccountRefused(f"没有「{role}」这个角色。")
        _keep_an_admin(session, staff)
        staff.role = role
        end_sessions(session, staff.id)
    session.flush()


def give_role(session: Session, *, username: str, role: str) -> Staff:
    """Another role, by name, as the command line has it."""
    staff = _named(session, username)
    change_staff(session, staff, role=role)
    return staff


def check_password(password: str, *, username: str = "") -> None:
    """Long enough and not one of the first that anybody tries; length matters more than odd characters (NIST 800-63B)."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountRefused(f"密码须为 {SHORTEST}–{LONGEST} 个字符。")
    plain = password.lower()
    if (username and username in plain) or any(common in plain for common in _COMMON) or len(set(plain)) < 4 \
            or re.sub(r"[\W\d_]", "", plain) in _NEAR:
        raise AccountRefused("这个密码太容易被猜到，请换一个。")


def one_time_password(username: str) -> str:
    """Twelve characters that can be read out over the telephone, drawn again where chance has put the name or a common word into
    them. What can be nobody's user name is not looked for: a lone 「-」 stands in every one."""
    name = username.strip().lower()
    name = name if _USERNAME.fullmatch(name) else ""
    while True:
        password = "-".join("".join(secrets.choice(_ALPHABET.lower()) for _ in range(4)) for _ in range(3))
        try:
            check_password(password, username=name)
        except AccountRefused:
            continue
        return password


def first_administrator(session: Session) -> str:
    """The account that everybody begins with, and its one-time password."""
    password = one_time_password("admin")
    create_staff(session, username="admin", name="管理员", role="admin", password=password, must_change=True)
    return password


def change_password(session: Session, staff: Staff, *, old: str, new: str, keep: str | None = None) -> None:
    """She changes her own; every other browser is signed out (`keep` is the token hash of this one)."""
    if not matches(staff, old):
        raise AccountRefused("原密码不对。")
    check_password(new, username=staff.username)
    if matches(staff, new):
        raise AccountRefused("新密码不能与原密码相同。")
    staff.password_hash, staff.must_change_password = _hasher().hash(new), False
    end_sessions(session, staff.id, keep=keep)


def reset_password(session: Session, *, username: str, password: str) -> Staff:
    """A one-time password from an administrator; TOTP stays, every browser is signed out."""
    staff = _named(session, username)
    check_password(password, username=staff.username)
    staff.password_hash, staff.must_change_password = _hasher().hash(password), True
    end_sessions(session, staff.id)
    return staff


def disable_staff(session: Session, *, username: str) -> Staff:
    """End her access at once; what she did stays on record. The last administrator cannot be disabled."""
    staff = _named(session, username)
    _keep_an_admin(session, staff)
    staff.active, staff.link_code_hash, staff.telegram_id = False, None, None
    _forget_chats(session, staff)
    end_sessions(session, staff.id)
    return staff


def sign_staff_out(session: Session, *, username: str) -> Staff:
    """Whoever sits at a browser of hers must sign in again."""
    staff = _named(session, username)
    end_sessions(session, staff.id)
    return staff


def enable_staff(session: Session, *, username: str) -> Staff:
    staff = _named(session, username)
    staff.active = True
    session.flush()
    return staff


def end_sessions(session: Session, staff_id: int, *, keep: str | None = None) -> None:
    """Sign every browser of this person out, but for the one whose token hash is `keep`."""
    where = [DeskSession.staff_id == staff_id]
    if keep is not None:
        where.append(DeskSession.token_hash != keep)
    session.execute(delete(DeskSession).where(*where))
    session.flush()


def matches(staff: Staff | None, password: str) -> bool:
    """Slow on purpose (argon2, tens of milliseconds), and as slow for nobody as for somebody."""
    if len(password) > LONGEST:
        return False
    try:
        return _hasher().verify(staff.password_hash if staff else _nobody(), password) and staff is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash to verify against when there is no such user: the answer takes as long and tells nothing."""
    return _hasher().hash(secrets.token_urlsafe(16))


def new_totp_secret() -> str:
    """For the form that sets TOTP up; it is stored only once a code from it was shown."""
    return pyotp.random_base32()


def totp_uri(staff: Staff, secret: str, *, issuer: str) -> str:
    """What the authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff.username, issuer_name=issuer)


def enable_totp(session: Session, staff: Staff, *, secret: str, code: str, at: datetime | None = None) -> None:
    """Store the secret once she has shown that her authenticator knows it."""
    step = totp_step(secret, code, at=at or now())
    if step is None:
        raise AccountRefused("动态码不对，请核对手机时间后再试。")
    staff.totp_secret, staff.totp_step = secret, step
    session.flush()


def disable_totp(session: Session, staff: Staff) -> None:
    staff.totp_secret, staff.totp_step = None, 0
    session.flush()


def totp_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The half-minute whose code this is, one to either side allowed; None when it is none of them."""
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    totp, present = pyotp.TOTP(secret), int(at.timestamp()) // 30
    return next((n for n in (present, present - 1, present + 1) if secrets.compare_digest(totp.at(n * 30), code)), None)


def issue_link_code(session: Session, staff: Staff, *, at: datetime | None = None) -> str:
    """A code to send to the bot as `/link CODE`, good once, for ten minutes; a new one replaces the old."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    staff.link_code_hash, staff.link_code_until = _digest(code), (at or now()) + LINK_CODE_LIVES
    session.flush()
    return code


def redeem_link_code(session: Session, *, code: str, telegram_id: str, at: datetime | None = None) -> Staff | None:
    """Tie this Telegram account to whoever asked for the code; None when it is wrong, used or too old."""
    cleaned = re.sub(r"[\s-]", "", code).upper()
    staff = session.scalars(select(Staff).where(
        Staff.link_code_hash == _digest(cleaned), Staff.link_code_until > (at or now()), Staff.active)
        .with_for_update()).one_or_none()
    if staff is None or not telegram_id:
        return None
    for other in session.scalars(select(Staff).where(Staff.telegram_id == telegram_id, Staff.id != staff.id)):
        other.telegram_id = None  # the account changed hands: one person, one account
        _forget_chats(session, other)
    session.flush()
    _forget_chats(session, staff)
    staff.telegram_id, staff.link_code_hash, staff.link_code_until = telegram_id, None, None
    session.flush()
    return staff


def void_link_codes(session: Session, text: str) -> bool:
    """A code that others have read is good for nothing any more. False: the text holds none that is still good."""
    words = {re.sub(r"[\s-]", "", one).upper() for one in (text, *text.split())}
    owners = session.scalars(select(Staff).where(Staff.link_code_hash.in_([_digest(one) for one in words])).with_for_update()).all()
    for staff in owners:
        staff.link_code_hash = staff.link_code_until = None
    return bool(owners)


def unlink(session: Session, staff: Staff) -> None:
    staff.telegram_id = None
    _forget_chats(session, staff)
    session.flush()


def _forget_chats(session: Session, staff: Staff) -> None:
    """Her chats are a stranger's again: what only staff may read and do there ends with the link."""
    session.execute(update(Chat).where(Chat.staff_id == staff.id).values(staff_id=None))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _named(session: Session, username: str) -> Staff:
    staff = session.scalars(select(Staff).where(Staff.username == username.strip().lower())).one_or_none()
    if staff is None:
        raise AccountRefused(f"没有用户 {username}。")
    return staff


def _branch_id(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    found = session.scalars(select(Branch.id).where(Branch.code == code)).one_or_none()
    if found is None:
        raise AccountRefused(f"没有代码为 {code} 的机构。")
    return found


def _keep_an_admin(session: Session, staff: Staff) -> None:
    if staff.role != "admin" or not staff.active:
        return
    others = session.scalars(select(Staff.id).where(Staff.role == "admin", Staff.active, Staff.id != staff.id).limit(1)).first()
    if others is None:
        raise AccountRefused("这是最后一位管理员，请先指定另一位。")

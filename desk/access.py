"""The desk's door: who is asking, may she, and is it really she who presses the button. Every request passes `enter`."""

import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.requests import Request

from desk.visit import Office, Refused, Visit
from tickets import audit, signing_in
from tickets.db import Store
from tickets.models import Staff

COOKIE = "xb_desk"
DOOR_COOKIE = "xb_desk_door"
"""Set before sign-in: the sign-in form's own token hangs on it, so that no foreign page can sign somebody in (login CSRF)."""
HOME = "/desk/queue"
PASSWORD_PAGE = "/desk/password"  # noqa: S105 - an address
SIGN_IN_PAGE = "/desk/sign-in"
SECRET = ("csrf", "old", "new", "again", "code", "secret")
"""Fields of a form that are never given back: passwords, one-time codes and what makes them."""
ONE_TIME_PATHS = (PASSWORD_PAGE, "/desk/sign-out")
"""All that a person with a one-time password may open."""


def enter(visit: Visit, roles: frozenset[str], *, writes: bool) -> None:
    """Let the visit in or raise Refused: session, one-time password, CSRF and origin for writes, role. In this order."""
    request = visit.request
    if writes:
        check_origin(visit)
    token = request.cookies.get(COOKIE, "")
    found = signing_in.session_of(visit.session, token, secret_key=visit.office.settings.secret_key) if token else None
    if found is None:
        raise Refused(401, visit.word("desk.sign_in_first"), typed=typed(visit.form))
    visit.door, visit.staff = found
    if writes and not same(visit.said("csrf", most=200), visit.door.csrf):
        raise Refused(403, visit.word("desk.stale_form"), typed=typed(visit.form))
    if visit.staff.must_change_password and request.url.path not in ONE_TIME_PATHS:
        raise Refused(403, visit.word("desk.change_first"))
    if visit.staff.role not in roles:
        raise Refused(403, visit.word("desk.not_your_role"))


def check_origin(visit: Visit) -> None:
    """A browser names the page that a form came from; a form on a foreign page never reaches the token check."""
    origin = visit.request.headers.get("origin")
    if origin is None:
        if visit.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Refused(403, visit.word("desk.foreign_form"))
        return
    ours = {visit.request.headers.get("host", ""), urlsplit(visit.office.settings.public_url).netloc} - {""}
    if urlsplit(origin).netloc not in ours:
        raise Refused(403, visit.word("desk.foreign_form"))


def same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def typed(form: FormData) -> str:
    """What somebody wrote into a form that was refused, to be given back: all of it, in the form's order, once something of it
    is long; codes and numbers, which nobody typed, are left out."""
    texts = [value.strip() for name, value in form.multi_items()
             if isinstance(value, str) and "password" not in name and name not in SECRET]
    if len(max(texts, key=len, default="")) <= 20:
        return ""
    return "\n\n".join(text for text in texts if len(text) > 20 or not text.isascii())


def sign_in_page(store: Store, office: Office, request: Request, form: FormData) -> Response:
    """The form; who is signed in already goes on to work."""
    with store.read() as session:
        token = request.cookies.get(COOKIE, "")
        if token and signing_in.session_of(session, token, secret_key=office.settings.secret_key):
            return Visit(request, session, office).go(HOME)
        return _ask(Visit(request, session, office), "")


def sign_in(store: Store, office: Office, request: Request, form: FormData) -> Response:
    """Prove, then admit: a new token each time, the old one dies, and a refusal is counted in a commit of its own."""
    with store.read() as session:
        visit = Visit(request, session, office, form)
        check_origin(visit)
        door = request.cookies.get(DOOR_COOKIE, "")
        if not door or not same(visit.said("csrf", most=200), _door_token(office, door)):
            return _ask(visit, visit.word("desk.stale_sign_in"), status=403)
        proof = signing_in.prove(session, username=visit.said("username", most=200), password=str(form.get("password") or ""),
                                 code=visit.said("code", most=20), address=_address(request), secret_key=office.settings.secret_key)
    with store.write() as session:
        outcome = signing_in.admit(session, proof, secret_key=office.settings.secret_key, replaces=request.cookies.get(COOKIE))
        visit = Visit(request, session, office, form)
        if isinstance(outcome, signing_in.SignInRefused):
            if outcome.sentence != signing_in.LOCKED:  # while it is locked nothing is tried, and nobody may fill the chain
                _record_failure(session, visit)
            return _ask(visit, outcome.sentence, status=429 if outcome.sentence == signing_in.LOCKED else 401)
        audit.record(session, staff_id=outcome.staff.id, action="sign_in")
        response = visit.go(_next(visit))
    set_cookie(response, office, COOKIE, outcome.token)
    response.delete_cookie(DOOR_COOKIE, path="/desk")
    return response


def sign_out(visit: Visit) -> Response:
    signing_in.sign_out(visit.session, visit.request.cookies.get(COOKIE, ""), secret_key=visit.office.settings.secret_key)
    audit.record(visit.session, staff_id=visit.me.id, action="sign_out")
    response = visit.go(SIGN_IN_PAGE)
    response.delete_cookie(COOKIE, path="/desk")
    return response


def set_cookie(response: Response, office: Office, name: str, value: str) -> None:
    """Not readable by scripts, not sent by foreign pages, over TLS only in production, gone with the browser."""
    response.set_cookie(name, value, path="/desk", httponly=True, samesite="lax", secure=bool(office.settings.production))


def _ask(visit: Visit, sentence: str, *, status: int = 200) -> Response:
    door = secrets.token_urlsafe(24)
    response = visit.page("sign_in.html", status=status, sentence=sentence, door=_door_token(visit.office, door),
                          following=_next(visit, form=visit.form or visit.query), username=visit.said("username", most=200))
    set_cookie(response, visit.office, DOOR_COOKIE, door)
    return response


def _door_token(office: Office, door: str) -> str:
    return hmac.new(office.settings.secret_key.encode(), f"door:{door}".encode(), hashlib.sha256).hexdigest()


def _next(visit: Visit, form: Any = None) -> str:
    """Where she wanted to go; only ever inside the desk, so that a link cannot lead her out after signing in."""
    wanted = str((visit.form if form is None else form).get("next") or "")
    inside = wanted.startswith("/desk/") and wanted.isprintable() and "\\" not in wanted and "//" not in wanted
    return wanted if inside and len(wanted) < 500 and not wanted.startswith(SIGN_IN_PAGE) else HOME


def _record_failure(session: Session, visit: Visit) -> None:
    """Whose name was given, where it is one of ours, and from where; never what was typed: people type passwords as names."""
    name = visit.said("username", most=200).lower()
    staff_id = session.scalar(select(Staff.id).where(Staff.username == name))
    address = _address(visit.request)
    plain = address.replace(":", "").replace(".", "")
    audit.record(session, action="sign_in.failed", target=f"address:{address}" if plain.isalnum() and plain.isascii() else "",
                 data={"staff": staff_id} if staff_id else {"account": "unknown"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


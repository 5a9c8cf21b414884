"""One's own account: the password, the authenticator, and the Telegram account that alarms go to."""

import segno
from fastapi import Response

from desk.access import COOKIE, HOME
from desk.visit import Visit
from tickets import accounts, audit
from tickets.models import Staff
from tickets.signing_in import token_hash


def password_page(visit: Visit) -> Response:
    return _password_page(visit)


def _password_page(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    return visit.page("password.html", status=status, wrong=wrong, forced=visit.me.must_change_password, shortest=accounts.SHORTEST)


def change_password(visit: Visit) -> Response:
    """Both fields must agree; every other browser of hers is signed out."""
    staff, new = _fresh(visit), str(visit.form.get("new") or "")
    if new != str(visit.form.get("again") or ""):
        return _password_page(visit, wrong=visit.word("desk.passwords_differ"), status=409)
    here = token_hash(visit.request.cookies.get(COOKIE, ""), secret_key=visit.office.settings.secret_key)
    try:
        accounts.change_password(visit.session, staff, old=str(visit.form.get("old") or ""), new=new, keep=here)
    except accounts.AccountRefused as refused:
        return _password_page(visit, wrong=str(refused), status=409)
    audit.record(visit.session, staff_id=staff.id, action="password.change")
    return visit.go(HOME, "password")


def account(visit: Visit) -> Response:
    secret = accounts.new_totp_secret()
    uri = accounts.totp_uri(visit.me, secret, issuer=visit.word("desk.title"))
    return visit.page("account.html", secret=secret, code="", uri=uri, picture=picture(uri))


def picture(uri: str) -> str:
    """The address as a QR code, an SVG that lies in the page itself: the secret is fetched from nowhere and cached nowhere."""
    return segno.make(uri, error="m", micro=False).svg_data_uri(scale=5, border=4, light="#fff")


def enable_totp(visit: Visit) -> Response:
    accounts.enable_totp(visit.session, _fresh(visit), secret=visit.said("secret", most=64), code=visit.said("code", most=20))
    audit.record(visit.session, staff_id=visit.me.id, action="totp.enable")
    return visit.go("/desk/account", "totp_on")


def disable_totp(visit: Visit) -> Response:
    """Only with the password: an unattended browser must not be enough."""
    staff = _fresh(visit)
    if not accounts.matches(staff, str(visit.form.get("password") or "")):
        raise accounts.AccountRefused(visit.word("desk.wrong_password"))
    accounts.disable_totp(visit.session, staff)
    audit.record(visit.session, staff_id=staff.id, action="totp.disable")
    return visit.go("/desk/account", "totp_off")


def link_code(visit: Visit) -> Response:
    """A code to send to the bot; shown once and never stored in the clear."""
    code = accounts.issue_link_code(visit.session, _fresh(visit))
    audit.record(visit.session, staff_id=visit.me.id, action="telegram.link_code")
    return visit.page("account.html", secret="", uri="", picture="", code=code)


def unlink(visit: Visit) -> Response:
    accounts.unlink(visit.session, _fresh(visit))
    audit.record(visit.session, staff_id=visit.me.id, action="telegram.unlink")
    return visit.go("/desk/account", "unlinked")


def _fresh(visit: Visit) -> Staff:
    return visit.session.get_one(Staff, visit.me.id)

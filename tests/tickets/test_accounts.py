"""Who may sign in: passwords, one-time codes, locks, sessions, and the Telegram account of a staff user."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from tests.tickets.build import MONDAY
from tickets import accounts, signing_in
from tickets.accounts import AccountRefused
from tickets.accounts import _hasher as house_hasher
from tickets.assignment import add_branch
from tickets.models import DeskSession, SignInFailure, Staff
from tickets.signing_in import SignedIn, SignInRefused

KEY = "a key that only the tests know"
GOOD = "correct horse 电池"


def test_the_house_itself_makes_guessing_slow():
    """RFC 9106, second recommended option: 64 MiB, three passes. The other tests hash with less."""
    assert house_hasher().memory_cost >= 64 * 1024 and house_hasher().time_cost >= 3


@pytest.fixture
def anna(store):
    with store.write() as session:
        return accounts.create_staff(session, username="anna", name="安娜", role="handler", password=GOOD).id


@pytest.fixture
def sign_in(store):
    """`sign_in("anna", password)`: both steps as the desk makes them."""
    def sign_in(username, password, *, code="", address="10.0.0.1", at=MONDAY, replaces=None):
        with store.read() as session:
            proof = signing_in.prove(session, username=username, password=password, code=code, address=address,
                                     secret_key=KEY, at=at)
        with store.write() as session:
            return signing_in.admit(session, proof, secret_key=KEY, at=at, replaces=replaces)
    return sign_in


def test_the_right_password_opens_a_session_and_the_database_keeps_no_token(store, anna, sign_in):
    door = sign_in("anna", GOOD)
    assert isinstance(door, SignedIn) and door.staff.id == anna
    with store.read() as session:
        kept = session.scalars(select(DeskSession)).one()
        assert door.token not in (kept.token_hash, kept.csrf) and kept.csrf == door.csrf != door.token
        found, staff = signing_in.session_of(session, door.token, secret_key=KEY, at=MONDAY)
        assert (found.id, staff.id) == (kept.id, anna)
        assert signing_in.session_of(session, door.token + "x", secret_key=KEY, at=MONDAY) is None
        assert session.get(Staff, anna).password_hash.startswith("$argon2id$")


def test_the_name_is_not_case_sensitive_but_the_password_is(sign_in, anna):
    assert isinstance(sign_in(" ANNA ", GOOD), SignedIn)
    assert isinstance(sign_in("anna", GOOD.upper()), SignInRefused)


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(store, anna, sign_in):
    by_name, by_password = sign_in("nobody", GOOD), sign_in("anna", "something else")
    assert by_name == by_password == SignInRefused(signing_in.REFUSED)
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(SignInFailure)) == 2, "a refused attempt is counted"


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_after_five_failures_even_the_right_password_waits_for_known_and_unknown_names(anna, sign_in, name):
    for _ in range(5):
        assert sign_in(name, "wrong wrong") == SignInRefused(signing_in.REFUSED)
    assert sign_in(name, GOOD) == SignInRefused(signing_in.LOCKED)
    assert sign_in(name, GOOD, address="10.9.9.9") == SignInRefused(signing_in.LOCKED), "the account is locked, not the address"
    later = sign_in(name, GOOD, at=MONDAY + signing_in.LOCK_FOR + timedelta(seconds=1))
    assert isinstance(later, SignedIn) is (name == "anna")


def test_one_address_cannot_try_many_names(sign_in, anna):
    for n in range(signing_in.ADDRESS_TRIES):
        sign_in(f"name{n}", "wrong wrong")
    assert sign_in("anna", GOOD) == SignInRefused(signing_in.LOCKED)
    assert isinstance(sign_in("anna", GOOD, address="10.0.0.2"), SignedIn)


def test_guesses_proved_at_the_same_moment_get_no_more_answers_than_the_lock_allows(store, anna):
    with store.read() as session:
        proofs = [signing_in.prove(session, username="anna", password=f"guess number {n}", address="10.0.0.1", secret_key=KEY,
                                   at=MONDAY) for n in range(7)]
        right = signing_in.prove(session, username="anna", password=GOOD, address="10.0.0.1", secret_key=KEY, at=MONDAY)
    answers = []
    for proof in (*proofs, right):
        with store.write() as session:
            answers.append(signing_in.admit(session, proof, secret_key=KEY, at=MONDAY))
    assert answers[:5] == [SignInRefused(signing_in.REFUSED)] * 5
    assert answers[5:] == [SignInRefused(signing_in.LOCKED)] * 3


def test_a_success_forgives_the_earlier_slips(anna, sign_in):
    for _ in range(2):
        for _ in range(4):
            sign_in("anna", "wrong wrong")
        assert isinstance(sign_in("anna", GOOD), SignedIn)


def test_signing_in_always_makes_a_new_token_and_ends_the_one_it_replaces(store, anna, sign_in):
    old = sign_in("anna", GOOD)
    new = sign_in("anna", GOOD, replaces=old.token)
    with store.read() as session:
        assert new.token != old.token
        assert signing_in.session_of(session, old.token, secret_key=KEY, at=MONDAY) is None
        assert signing_in.session_of(session, new.token, secret_key=KEY, at=MONDAY) is not None


def test_a_session_ends_when_idle_when_old_and_when_signed_out(store, anna, sign_in):
    door = sign_in("anna", GOOD)

    def alive(at):
        with store.write() as session:
            found = signing_in.session_of(session, door.token, secret_key=KEY, at=at)
            return found is not None and (signing_in.seen(session, found[0], at=at) or True)

    assert alive(MONDAY + signing_in.IDLE - timedelta(seconds=1))
    assert alive(MONDAY + 2 * signing_in.IDLE - timedelta(seconds=2)), "being used keeps it alive"
    assert not alive(MONDAY + 4 * signing_in.IDLE)
    fresh = sign_in("anna", GOOD)
    moment = MONDAY
    while moment + timedelta(hours=1) < MONDAY + signing_in.LONGEST:
        moment += timedelta(hours=1)
        with store.write() as session:
            signing_in.seen(session, signing_in.session_of(session, fresh.token, secret_key=KEY, at=moment)[0], at=moment)
    with store.write() as session:
        over = MONDAY + signing_in.LONGEST
        assert signing_in.session_of(session, fresh.token, secret_key=KEY, at=over) is None, "however busy, it ends"
        signing_in.sign_out(session, fresh.token, secret_key=KEY)
        assert signing_in.session_of(session, fresh.token, secret_key=KEY, at=moment) is None
        signing_in.sweep_sessions(session, at=MONDAY + timedelta(days=2))
        assert session.scalar(select(func.count()).select_from(DeskSession)) == 0


def test_another_secret_key_knows_no_session(store, anna, sign_in):
    door = sign_in("anna", GOOD)
    with store.write() as session:
        for key, known in ((KEY, True), (KEY + "2", False)):
            assert (signing_in.session_of(session, door.token, secret_key=key, at=MONDAY) is not None) == known
        signing_in.sign_out(session, door.token, secret_key=KEY + "2")
        assert signing_in.session_of(session, door.token, secret_key=KEY, at=MONDAY) is not None


def test_being_seen_is_written_at_most_once_a_minute(store, anna, sign_in):
    door = sign_in("anna", GOOD)
    with store.write() as session:
        found = signing_in.session_of(session, door.token, secret_key=KEY, at=MONDAY)[0]
        assert not signing_in.seen(session, found, at=MONDAY + timedelta(seconds=59))
        assert signing_in.seen(session, found, at=MONDAY + timedelta(seconds=60))


def test_totp_is_asked_for_once_set_up_and_no_code_works_twice(store, anna, sign_in):
    secret = accounts.new_totp_secret()
    code = pyotp.TOTP(secret).at
    with store.write() as session:
        staff = session.get(Staff, anna)
        with pytest.raises(AccountRefused):
            accounts.enable_totp(session, staff, secret=secret, code="000000" if code(MONDAY) != "000000" else "111111", at=MONDAY)
        accounts.enable_totp(session, staff, secret=secret, code=code(MONDAY), at=MONDAY)
    later = MONDAY + timedelta(minutes=5)
    for wrong in ("", "12345", "abcdef", code(MONDAY), "１２３４５６"):
        assert isinstance(sign_in("anna", GOOD, code=wrong, at=later + timedelta(hours=1)), SignInRefused)
        with store.write() as session:
            signing_in.sweep_sessions(session, at=later + timedelta(days=1))
    assert isinstance(sign_in("anna", GOOD, code=f" {code(later)[:3]} {code(later)[3:]}", at=later), SignedIn)
    assert isinstance(sign_in("anna", GOOD, code=code(later), at=later), SignInRefused), "overheard and used again"
    assert isinstance(sign_in("anna", GOOD, code=code(later + timedelta(seconds=30)), at=later + timedelta(seconds=40)), SignedIn)
    with store.write() as session:
        accounts.disable_totp(session, session.get(Staff, anna))
    assert isinstance(sign_in("anna", GOOD, at=later), SignedIn)


def test_the_code_of_setting_up_cannot_be_used_to_sign_in(store, anna, sign_in):
    secret = accounts.new_totp_secret()
    with store.write() as session:
        accounts.enable_totp(session, session.get(Staff, anna), secret=secret, code=pyotp.TOTP(secret).at(MONDAY), at=MONDAY)
    assert isinstance(sign_in("anna", GOOD, code=pyotp.TOTP(secret).at(MONDAY), at=MONDAY), SignInRefused)


@pytest.mark.parametrize("poor", ["short", "x" * 129, "anna-anna-anna", "password2026", "aaaaaaaaaaaa", "1234567890ab", "",
                                  "consumer2026", "2026010120", "2026-01-01-20", "Bank@2026!!", "１３８００１３８０００"])
def test_poor_passwords_are_refused(store, poor):
    with store.write() as session, pytest.raises(AccountRefused):
        accounts.create_staff(session, username="anna", name="安娜", role="handler", password=poor)


@pytest.mark.parametrize("wrong", [{"username": "a"}, {"username": "有汉字"}, {"username": "a b"}, {"name": " "}, {"role": "god"},
                                   {"branch_code": "nowhere"}])
def test_an_account_with_wrong_particulars_is_refused(store, wrong):
    with store.write() as session, pytest.raises(AccountRefused):
        accounts.create_staff(session, **{"username": "anna", "name": "安娜", "role": "handler", "password": GOOD, **wrong})


def test_a_name_is_given_once_and_a_branch_by_its_code(store, anna):
    with store.write() as session:
        branch = add_branch(session, code="E", name="城东支行")
        with pytest.raises(AccountRefused, match="已有人使用"):
            accounts.create_staff(session, username="Anna", name="又一个", role="lead", password=GOOD)
        made = accounts.create_staff(session, username="bob", name="鲍勃", role="lead", password=GOOD, branch_code="E")
        assert made.branch_id == branch.id


def test_changing_the_password_needs_the_old_one_and_signs_other_browsers_out(store, anna, sign_in):
    here, elsewhere = sign_in("anna", GOOD), sign_in("anna", GOOD)
    with store.write() as session:
        staff = session.get(Staff, anna)
        for old, new in (("wrong wrong", "brand new words"), (GOOD, GOOD), (GOOD, "short")):
            with pytest.raises(AccountRefused):
                accounts.change_password(session, staff, old=old, new=new)
        keep = signing_in.token_hash(here.token, secret_key=KEY)
        accounts.change_password(session, staff, old=GOOD, new="brand new words", keep=keep)
    with store.read() as session:
        assert signing_in.session_of(session, here.token, secret_key=KEY, at=MONDAY) is not None
        assert signing_in.session_of(session, elsewhere.token, secret_key=KEY, at=MONDAY) is None
    assert isinstance(sign_in("anna", "brand new words"), SignedIn) and isinstance(sign_in("anna", GOOD), SignInRefused)


def test_a_reset_password_must_be_changed_and_ends_every_session(store, anna, sign_in):
    door = sign_in("anna", GOOD)
    with store.write() as session:
        accounts.reset_password(session, username="anna", password="one time only!")
        assert session.get(Staff, anna).must_change_password
        with pytest.raises(AccountRefused):
            accounts.reset_password(session, username="nobody", password="one time only!")
    with store.read() as session:
        assert signing_in.session_of(session, door.token, secret_key=KEY, at=MONDAY) is None


def test_disabling_ends_access_at_once(store, anna, sign_in):
    door = sign_in("anna", GOOD)
    with store.write() as session:
        accounts.disable_staff(session, username="anna")
    with store.read() as session:
        assert signing_in.session_of(session, door.token, secret_key=KEY, at=MONDAY) is None
    assert isinstance(sign_in("anna", GOOD), SignInRefused)
    with store.write() as session:
        accounts.enable_staff(session, username="anna")
    assert isinstance(sign_in("anna", GOOD), SignedIn)


def test_the_last_administrator_stays(store):
    with store.write() as session:
        first = accounts.create_staff(session, username="admin", name="管理员", role="admin", password=GOOD)
        for attempt in (lambda: accounts.disable_staff(session, username="admin"),
                        lambda: accounts.change_staff(session, first, role="auditor")):
            with pytest.raises(AccountRefused, match="最后一位"):
                attempt()
        accounts.create_staff(session, username="admin2", name="管理员二", role="admin", password=GOOD)
        accounts.change_staff(session, first, role="auditor")
        assert first.role == "auditor"


def test_another_role_signs_every_browser_out(store, anna, sign_in):
    door = sign_in("anna", GOOD)
    with store.write() as session:
        accounts.change_staff(session, session.get(Staff, anna), name="安娜二", role="auditor")
    with store.read() as session:
        assert signing_in.session_of(session, door.token, secret_key=KEY, at=MONDAY) is None


def test_a_link_code_ties_one_telegram_account_once(store, anna):
    with store.write() as session:
        staff = session.get(Staff, anna)
        old = accounts.issue_link_code(session, staff, at=MONDAY)
        code = accounts.issue_link_code(session, staff, at=MONDAY)
        assert staff.link_code_hash != code
        for wrong in (old, "", "AAAAAAAAAA", "'; --"):
            assert accounts.redeem_link_code(session, code=wrong, telegram_id="77", at=MONDAY) is None
        typed = f" {code[:5].lower()}-{code[5:].lower()} "
        assert accounts.redeem_link_code(session, code=typed, telegram_id="77", at=MONDAY).id == anna
        assert accounts.redeem_link_code(session, code=code, telegram_id="78", at=MONDAY) is None, "good once"
        assert staff.telegram_id == "77"


def test_a_link_code_is_too_old_after_ten_minutes(store, anna):
    with store.write() as session:
        code = accounts.issue_link_code(session, session.get(Staff, anna), at=MONDAY)
        late = MONDAY + accounts.LINK_CODE_LIVES
        assert accounts.redeem_link_code(session, code=code, telegram_id="77", at=late) is None


def test_a_telegram_account_belongs_to_one_person(store, anna):
    with store.write() as session:
        bob = accounts.create_staff(session, username="bob", name="鲍勃", role="lead", password=GOOD)
        for staff in (session.get(Staff, anna), bob):
            code = accounts.issue_link_code(session, staff, at=MONDAY)
            accounts.redeem_link_code(session, code=code, telegram_id="77", at=MONDAY)
        assert (session.get(Staff, anna).telegram_id, bob.telegram_id) == (None, "77")


@pytest.mark.parametrize(("name", "given"), [(" Wu ", "k7v2-mq4x-zs9t"), ("-", "abwu-cdef-gh23")])
def test_a_one_time_password_can_be_read_out_and_never_holds_the_name_it_is_for(monkeypatch, name, given):
    drawn = iter("abwucdefgh23" "aaaabbbbaabb" "k7v2mq4xzs9t")
    monkeypatch.setattr(accounts.secrets, "choice", lambda _: next(drawn))
    assert accounts.one_time_password(name) == given

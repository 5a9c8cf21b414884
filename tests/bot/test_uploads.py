"""Files that somebody made to harm: refused in words that a customer understands, on every way in, and kept nowhere."""

import io
import zipfile
from pathlib import Path

import httpx
import pytest

from bot import fetching
from bot.channels.uploads import Refused, checked
from bot.messages import Upload
from tests import builders
from tests.fake_telegram import FakeTelegram, wait_for
from tests.running import Web, Worker
from tickets.models import Attachment, Message

JPEG, PNG, PDF = b"\xff\xd8\xff\xe0" + b"\0" * 500, b"\x89PNG\r\n\x1a\n" + b"\0" * 500, b"%PDF-1.7\n" + b"\0" * 500 + b"%%EOF"


def archive() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as packed:
        packed.writestr("evil.class", "x" * 100)
    return kept.getvalue()


HARMFUL = {  # what it calls itself, its bytes, and a word of the answer
    "a program": ("照片.jpg", b"MZ\x90\0" + b"\0" * 500, "不支持"),
    "a page": ("photo.jpg", b"<html><script>alert(1)</script>", "不支持"),
    "a drawing that runs": ("a.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "不支持"),
    "an archive": ("a.pdf", archive(), "不支持"),
    "a picture that is a page too": ("a.jpg", JPEG + b"<script>alert(1)</script>", "夹带"),
    "a picture that is an archive too": ("a.png", PNG + archive(), "夹带"),
    "a document that is a page too": ("a.pdf", b"%PDF-1.7\n<!DOCTYPE html><body onload=alert(1)>", "夹带"),
    "a picture that is a program of the web": ("a.jpg", JPEG + b"<?php system($_GET[0]); ?>", "夹带"),
    "nothing": ("a.jpg", b"", "不支持"),
}


@pytest.mark.parametrize("body", [JPEG, PNG, PDF, JPEG + b"\0\0ftypmp42" + b"\0" * 300, PDF.replace(b"1.7", b"1.4 < 2 > 1")])
def test_honest_files_are_taken(body):
    assert checked(body, 10_000)[0].startswith(("image/", "application/pdf"))


@pytest.mark.parametrize("name", HARMFUL)
def test_harmful_files_are_told_apart_by_their_bytes_and_not_their_names(name):
    _, body, why = HARMFUL[name]
    with pytest.raises(Refused, match=why):
        checked(body, 10_000)


def test_the_web_chat_refuses_them_in_words_and_keeps_nothing(store, tmp_path):
    house = builders.house(store, tmp_path)
    with Web(house) as web, httpx.Client(base_url=web.url, headers={"accept": "application/json"}) as client:
        client.get("/")
        for number, (called, body, why) in enumerate(HARMFUL.values()):
            answer = client.post("/chat/say", data={"key": f"harmful-{number}"}, files={"file": (called, body)})
            assert answer.status_code == 415 and why in answer.json()["error"] and "10 MB" in answer.json()["error"], called
        large = client.post("/chat/say", data={"key": "large-file"}, files={"file": ("a.jpg", JPEG + b"\0" * 10_500_000)})
        assert large.status_code == 415 and "太大" in large.json()["error"]
        larger = client.post("/chat/say", data={"key": "larger-file"}, files={"file": ("a.jpg", JPEG + b"\0" * 100_000_000)})
        assert larger.status_code == 413 and "不超过 10 MB" in larger.json()["error"], "said as JSON, which the page's script reads"
    assert not list(house.settings.attachment_folder.glob("*"))
    with store.read() as session:
        assert session.query(Attachment).count() == 0


def test_what_a_file_calls_itself_is_never_a_path(store, tmp_path):
    names = ("../../../etc/cron.d/evil", "..\\..\\windows\\evil.jpg", "/etc/passwd", "a\0b.jpg", "名" * 300,
             "a\r\nset-cookie: x=1.jpg", "con.jpg", ".htaccess")
    house = builders.house(store, tmp_path)
    with Web(house) as web, httpx.Client(base_url=web.url) as client:
        client.get("/")
        for number, called in enumerate(names):
            answer = client.post("/chat/say", data={"key": f"a-path-{number}", "text": "看照片"}, files={"file": (called, JPEG)})
            assert answer.status_code in (200, 303)
    kept = list(house.settings.attachment_folder.glob("*"))
    assert len(kept) == len(names)
    assert all(one.suffix == ".jpg" and len(one.stem) == 32 and one.read_bytes() == JPEG for one in kept)
    with store.read() as session:
        rows = session.query(Attachment).all()
        assert {row.stored_as for row in rows} == {one.name for one in kept} and all(len(row.name) <= 200 for row in rows)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["attachments"]


@pytest.mark.slow
def test_telegram_refuses_them_in_words_and_a_file_of_100_mb_is_not_even_fetched(store, tmp_path):
    with (FakeTelegram(first_pause=0.1, burst=30) as platform,
          Worker(builders.house(store, tmp_path, telegram_api_url=platform.url))):
        anna = platform.person(11)
        anna.says(builders.COMPLAINT)
        anna.hears("工单号")
        anna.presses("先这样")
        called, body, why = HARMFUL["a picture that is a page too"]
        anna.sends_document(called, body, media_type="image/jpeg")
        anna.hears("没能存下来", why)
        before = platform.count("getFile")
        anna.sends_document("film.pdf", JPEG + b"\0" * 100_000_000)
        anna.hears("没能存下来", "太大")
        assert platform.count("getFile") == before
    with store.read() as session:
        assert [bool(row.refused) and row.stored_as is None for row in session.query(Attachment)] == [True, True]
        assert session.query(Message).filter(Message.kind == "document").count() == 2, "that she sent something is not lost"
    assert not list((tmp_path / "attachments").glob("*"))


def test_a_full_disk_is_said_in_words_and_leaves_nothing_behind(store, tmp_path, monkeypatch):
    def full(path, body):
        path.touch()
        raise OSError(28, "No space left on device")

    house = builders.house(store, tmp_path)
    with Web(house) as web, httpx.Client(base_url=web.url, headers={"accept": "application/json"}) as client:
        client.get("/")
        monkeypatch.setattr(Path, "write_bytes", full)
        answer = client.post("/chat/say", data={"key": "full-disk"}, files={"file": ("a.jpg", JPEG)})
        assert answer.status_code == 503 and "请稍后再试" in answer.json()["error"]
        assert not list(house.settings.attachment_folder.glob("*"))
        monkeypatch.undo()
        assert client.post("/chat/say", data={"key": "full-disk"}, files={"file": ("a.jpg", JPEG)}).status_code == 200


def test_the_worker_lives_through_a_full_disk_and_fetches_again(store, tmp_path, monkeypatch):
    with FakeTelegram(first_pause=0.1, burst=30) as platform:
        house, real, tried = builders.house(store, tmp_path, telegram_api_url=platform.url), fetching.store, []

        def full_once(*rest):
            tried.append(rest)
            if len(tried) == 1:
                raise OSError(28, "No space left on device")
            return real(*rest)

        monkeypatch.setattr(fetching, "store", full_once)
        monkeypatch.setattr(fetching, "EVERY", 0.1)
        with Worker(house):
            platform.person(11).sends_document("a.pdf", PDF, media_type="application/pdf")
            wait_for(lambda: list(house.settings.attachment_folder.glob("*.pdf")), 15)
    assert len(tried) == 2


@pytest.mark.parametrize(("name", "kept"), [
    ("身份证110101199003074258_6222021234567890123.pdf", "身份证[身份证 尾号4258]_[卡号 尾号0123].pdf"),
    ("微信图片_20261201093012.jpg", "微信图片_20261201093012.jpg")])
def test_what_is_private_in_a_files_name_is_masked_as_in_words(store, tmp_path, name, kept):
    house = builders.house(store, tmp_path)
    house.intake.receive([builders.message("p1", uploads=(Upload(name, "application/pdf", 9, "stored:a.pdf"),))])
    with store.read() as session:
        assert session.query(Attachment).one().name == kept

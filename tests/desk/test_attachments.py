"""What customers sent is handed out as a download to who may see the ticket, and nothing outside its folder ever is."""

import pytest

from tickets.models import Attachment


def attach(house, ticket, **fields) -> int:
    with house.store.write() as session:
        one = Attachment(**{"ticket_id": ticket.id, "name": "回单.png", "media_type": "image/png", "size": 8,
                            "stored_as": "ab12.png", **fields})
        session.add(one)
        session.flush()
        return one.id


def test_a_file_comes_as_a_download_under_its_own_name(house):
    ticket = house.ticket()
    (house.settings.attachment_folder / "ab12.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    answer = house.as_("auditor").get(f"/desk/attachments/{attach(house, ticket)}")
    assert answer.status_code == 200 and answer.content == b"\x89PNG\r\n\x1a\n"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''%E5%9B%9E%E5%8D%95.png"
    assert answer.headers["x-content-type-options"] == "nosniff" and "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml"])
def test_a_type_that_a_browser_might_run_is_served_as_bytes(house, media_type):
    ticket = house.ticket()
    (house.settings.attachment_folder / "ab12.png").write_bytes(b"<script>alert(1)</script>")
    answer = house.as_("handler").get(f"/desk/attachments/{attach(house, ticket, media_type=media_type)}")
    assert answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("stored", ["../secret.txt", "/etc/passwd", "..", "sub/../../secret.txt", "link.png", "gone.png", ""])
def test_no_path_leads_out_of_the_folder(house, stored):
    ticket, folder = house.ticket(), house.settings.attachment_folder
    (folder.parent / "secret.txt").write_text("the bank's secret")
    (folder / "link.png").symlink_to(folder.parent / "secret.txt")
    answer = house.as_("admin").get(f"/desk/attachments/{attach(house, ticket, stored_as=stored)}")
    assert answer.status_code == 404 and "secret" not in answer.text


def test_a_file_name_cannot_add_headers(house):
    ticket = house.ticket()
    (house.settings.attachment_folder / "ab12.png").write_bytes(b"x")
    number = attach(house, ticket, name='a\r\nset-cookie: x=1".png')
    answer = house.as_("handler").get(f"/desk/attachments/{number}")
    assert answer.status_code == 200 and "set-cookie" not in answer.headers


def test_the_files_of_a_ticket_she_may_not_see_do_not_exist_for_her(house):
    handler = house.of_role("handler")
    ticket = house.ticket(against_staff_id=handler.id)
    (house.settings.attachment_folder / "ab12.png").write_bytes(b"x")
    number = attach(house, ticket)
    assert house.as_("handler").get(f"/desk/attachments/{number}").status_code == 404
    assert house.as_("lead").get(f"/desk/attachments/{number}").status_code == 200

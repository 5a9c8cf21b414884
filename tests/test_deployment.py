"""The examples under deploy/ work: nginx carries a message, systemd reads the units; SECURITY.md names real tests."""

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from bot.channels.telegram_webhook import WEBHOOK_PATH, webhook_secret
from bot.settings import FINDER
from tests import builders
from tests.fake_telegram import wait_for
from tests.running import Web, free_port
from tickets.models import Delivery

DEPLOY = Path(__file__).parent.parent / "deploy"
NGINX, SYSTEMD = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin"), shutil.which("systemd-analyze")


@pytest.fixture
def proxy(store, tmp_path):
    """deploy/nginx.conf with the two ports and the certificate's place exchanged, and nothing else."""
    house, port = builders.house(store, tmp_path), free_port()
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out",
                    str(certificate)], check=True, capture_output=True)
    with Web(house) as web:
        example = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        for old, new in (("server 127.0.0.1:8000", f"server 127.0.0.1:{web.port}"), ("listen 443", f"listen 127.0.0.1:{port}"),
                         ("/etc/xiaobao/tls/fullchain.pem", str(certificate)), ("/etc/xiaobao/tls/privkey.pem", str(key))):
            assert example.count(old) == 1, old
            example = example.replace(old, new)
        temporary = "".join(f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        whole = tmp_path / "nginx.conf"
        whole.write_text(f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors; user {tmp_path.owner()};\n"
                         f"events {{}}\nhttp {{ {temporary}\n{example} }}\n", encoding="utf-8")
        running = subprocess.Popen([NGINX, "-c", str(whole), "-p", str(tmp_path)], stderr=subprocess.PIPE)
        trusted = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=f"https://localhost:{port}", verify=trusted, timeout=20) as client:
            try:
                wait_for(lambda: up(client), 10, lambda: (tmp_path / "errors").read_text(encoding="utf-8"))
                yield client, house
            finally:
                running.terminate()
                running.communicate(timeout=10)


def up(client) -> bool:
    try:
        return client.get("/ready").text == "ready"
    except httpx.TransportError:
        time.sleep(0.05)
        return False


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed here; .ci/run installs it")
def test_a_message_goes_through_the_nginx_example(proxy, store):
    client, house = proxy
    message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "text": builders.COMPLAINT}
    update, secret = {"update_id": 1, "message": message}, {"x-telegram-bot-api-secret-token": webhook_secret(house.settings)}
    assert client.post(WEBHOOK_PATH, json=update).status_code == 403
    assert client.post(WEBHOOK_PATH, json=update, headers=secret).status_code == 200
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1
    page = client.get("/")
    assert page.status_code == 200 and "nginx/" not in page.headers["server"]
    said = client.post("/chat/say", data={"key": "through-nginx", "text": builders.COMPLAINT}, headers={
        "accept": "application/json", "origin": str(client.base_url).rstrip("/")})
    assert said.status_code == 200 and "工单" in said.json()["html"], "the page's own origin passes the proxy"
    assert client.get("/metrics").status_code == 404
    large = client.post("/chat/say", files={"file": ("a.png", b"x" * 11_000_000)}, headers={"accept": "application/json"})
    assert large.status_code == 413 and "不超过 10 MB" in large.text, "it is the program that refuses, in its own words"


@pytest.mark.skipif(SYSTEMD is None, reason="systemd is not installed here")
@pytest.mark.parametrize("unit", sorted(path.name for path in (DEPLOY / "systemd").iterdir()))
def test_systemd_reads_the_units(unit, tmp_path):
    """The program's own place is put to something that exists; all else is verified as it stands."""
    for path in (DEPLOY / "systemd").iterdir():
        body = path.read_text(encoding="utf-8").replace("/opt/xiaobao/.venv/bin/xiaobao", "/bin/true")
        (tmp_path / path.name).write_text(body, encoding="utf-8")
    done = subprocess.run([SYSTEMD, "verify", "--man=no", str(tmp_path / unit)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "xiaobao" in line] == []
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_first_start_needs_no_more_memory_than_the_units_allow(tmp_path):
    """It computes the finder's index, which takes much more than serving does; a process killed there would never come up."""
    units = [(DEPLOY / "systemd" / f"xiaobao-{name}.service").read_text(encoding="utf-8") for name in ("web", "worker")]
    allowed = min(int(found) for unit in units for found in re.findall(r"^MemoryMax=(\d+)G$", unit, re.M))
    first = ("from bot.house import build; from bot.settings import read_settings; build(read_settings());"
             "print(open('/proc/self/status').read())")
    done = subprocess.run([sys.executable, "-c", first], capture_output=True, text=True, check=True, cwd=DEPLOY.parent, env={
        **os.environ, "XIAOBAO_VAR_FOLDER": str(tmp_path), "XIAOBAO_DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3"})
    assert any((tmp_path / FINDER).iterdir()), "nothing was computed"
    most = int(re.search(r"^VmHWM:\s+(\d+) kB$", done.stdout, re.M)[1])  # ru_maxrss would begin with that of this process
    assert most < 0.8 * allowed * 1024**2


def test_the_image_runs_without_root_and_from_the_lock():
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in text and re.search(r"^USER 10001$", text, re.M)
    assert text.rindex("USER ") < text.rindex("ENTRYPOINT") and "VOLUME /var/lib/xiaobao" in text


def test_every_test_that_the_threat_model_names_exists():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (DEPLOY.parent / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(named) > 15
    tests = DEPLOY.parent / "tests"
    assert [pair for pair in named if f"def {pair[1]}(" not in (tests / pair[0]).read_text(encoding="utf-8")] == []

"""No secret is in the tree: keys, tokens and passwords of the shapes services give out, and random words beside their names."""

import math
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHAPES = {  # name: (what must stand in the text for the search to be worth its time, the shape)
    "private key": ("PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "Telegram token": (":AA", r"\b\d{8,10}:AA[\w-]{33}\b"),
    "AWS key": ("KIA", r"\bAKIA[0-9A-Z]{16}\b"),
    "GitHub token": ("gh", r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{22,}"),
    "Slack token": ("xox", r"\bxox[abprs]-[\w-]{10,}"),
    "Google key": ("AIza", r"\bAIza[\w-]{35}\b"),
    "JSON web token": ("eyJ", r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{10,}"),
    "address with password": ("://", r"\b[a-z+]{3,20}://[^\s/:@\"']{1,40}:[^\s/@\"'{}…<]{3,60}@[\w.-]+\w"),
}
NAMED = re.compile(r"(?i)(?:secret|token|passw(?:or)?d|api_?key)\w*[\"']?\s*[:=]\s*[\"']([A-Za-z0-9+/_=-]{24,})[\"']")
NAME = re.compile(r"[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Pp]assw|PASSW|[Aa]pi_?[Kk]ey|API_?KEY")
KNOWN = {  # what looks like one and is none
    "tests/fake_telegram.py": "7000000001:AAF4ke-t0ken-f0r-t3sts-0nly-0000000",
}


def looks_random(word: str) -> bool:
    """Bits a character: words and names stay under 4, base64 of random bytes lies above."""
    counts = Counter(word)
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values()) > 4.0


def secrets_in(text: str) -> list[str]:
    found = [f"{name}: {match[0][:12]}…" for name, (sign, shape) in SHAPES.items() if sign in text
             for match in re.finditer(shape, text)]
    lines = (line for line in text.splitlines() if NAME.search(line))
    return found + [f"named: {match[1][:12]}…" for line in lines for match in NAMED.finditer(line) if looks_random(match[1])]


def test_nothing_in_the_tree_is_a_secret():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    found = {}
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 3_000_000 and not name.endswith((".lock", ".npz", ".png")):
            text = path.read_bytes().decode("utf-8", "ignore").replace(KNOWN.get(name, "\0"), "")
            if secrets := secrets_in(text):
                found[name] = secrets
    found.pop("tests/test_secrets.py", None)
    assert found == {}


# Put together here, so that no scanner takes this file for a leak.
@pytest.mark.parametrize("planted", [
    "-----BEGIN RSA " + "PRIVATE KEY-----", "TOKEN=" + "1234567890:" + "AA" + "x1-Y_" * 6 + "abc", "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9, "xoxb-" + "123456789012-abc", "AIza" + "Sy" + "a1B2c" * 6 + "xyz",
    "eyJhbGciOiJIUzI1NiIs." + "eyJzdWIiOiIxMjM0NTY3." + "SflKxwRJSMeKKF2QT4",
    "postgresql://bank:" + "hunter2" + "@db.example.org/x",
    'secret_key = "' + "q8Zr+T3vX0pLw7Kd5" + 'Nf2Hy9Jb4Gs6Mc1"',
])
def test_the_scan_sees_what_is_planted(planted):
    assert secrets_in(planted)

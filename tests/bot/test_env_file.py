"""`xiaobao --env-file` sees what the services see: the file is read as systemd reads it, and by no shell."""

import os

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.env_file import EnvFileError, read_env_file

URL = "postgresql://x@db1,db2/xiaobao?target_session_attrs=read-write&options=$x#1"


@pytest.mark.parametrize(("written", "value"), [
    (f"A={URL}", URL), ("A=$HOME `id`", "$HOME `id`"), ("A=消保 小助手  ", "消保 小助手"), ("A =  x", "x"), ("A=", ""),
    ("A='p$w \"x\" '", 'p$w "x" '), ('A=" a b "', " a b "), (r'A="a\"b\$c\n"', 'a"b$c\\n'), (r"A=a\ b\\c", r"a b\c"),
    ("A='two\nlines'", "two\nlines"), ("A=on\\\ne", "one"), ('A=a"b"', 'a"b"'), ("A=x # y", "x # y"), ("A=1\r\nB=2\r\n", "1"),
    ("# A=0\n; A=0\n\nA=1\nA=2", "2"), ("\ufeffA=1", "1"),
])
def test_a_value_is_what_systemd_reads(tmp_path, written, value):
    (tmp_path / "environment").write_text(written, encoding="utf-8", newline="")
    assert read_env_file(tmp_path / "environment")["A"] == value


@pytest.mark.parametrize("line", ["export SECRET=geheim", "geheim", "=geheim", "1A=geheim"])
def test_a_line_that_sets_nothing_is_named_without_its_words(tmp_path, line):
    path = tmp_path / "environment"
    path.write_text(f"# one\nA='a\nb'\n{line}\n", encoding="utf-8")
    with pytest.raises(EnvFileError) as refused:
        read_env_file(path)
    assert "第 4 行" in str(refused.value) and "geheim" not in str(refused.value)


def test_the_file_goes_before_what_is_preset(tmp_path, monkeypatch):
    monkeypatch.setenv("XIAOBAO_SEND_RATE", "5")
    path = tmp_path / "environment"
    path.write_text("XIAOBAO_SEND_RATE=0", encoding="utf-8")
    answer = CliRunner().invoke(main, ["--env-file", str(path), "migrate"])
    assert answer.exit_code == 1 and "XIAOBAO_SEND_RATE" in answer.output and os.environ["XIAOBAO_SEND_RATE"] == "0"


@pytest.mark.parametrize("body", [None, b"\xff\xfe", b"nonsense"])
def test_a_file_that_cannot_be_read_is_said_in_one_line(tmp_path, body):
    path = tmp_path / "environment"
    if body is not None:
        path.write_bytes(body)
    answer = CliRunner().invoke(main, ["--env-file", str(path), "migrate"])
    assert answer.exit_code == 1 and len(answer.output.splitlines()) == 1 and str(path) in answer.output

"""The commands keep the shapes of the house, report bad rows by line, and end with the right status."""
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main

_KEYS = {
    "classify": ["id", "intent", "intent_confidence", "category", "category_confidence", "category_top3", "cause",
                 "cause_confidence", "cause_top3", "rights", "urgency", "flags", "needs_human"],
    "ask": ["id", "entry", "theme", "confidence", "answer", "sources", "candidates"],
    "scam": ["id", "label", "kind", "confidence"],
}


@pytest.fixture(autouse=True)
def kept(monkeypatch, finder_folder):
    monkeypatch.setenv("XIAOBAO_VAR_FOLDER", str(finder_folder.parent))


def _run(*arguments, stdin=None):
    return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)


def _rows(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def messages(tmp_path):
    path = tmp_path / "in.jsonl"
    rows = [("a", "信用卡莫名其妙扣了我 300 块年费"), ("b", "有人让我把验证码告诉他，是骗子吗"),
            ("c", "急招刷单员，垫付返佣，加薇❤")]
    path.write_text("\n".join(json.dumps({"id": i, "text": t}, ensure_ascii=False) for i, t in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", _KEYS)
def test_the_output_has_the_shape_of_the_house(messages, command):
    result = _run(command, messages)
    assert result.exit_code == 0, result.output
    rows = _rows(result)
    assert [r["id"] for r in rows] == ["a", "b", "c"]
    assert all(list(r) == _KEYS[command] for r in rows)
    assert result.stderr == ""


def test_explained_reasons_come_when_asked(messages):
    assert "because" in _rows(_run("classify", messages, "--explain"))[0]
    assert _rows(_run("scam", messages, "--explain"))[2]["signs"]


def test_an_answer_has_its_sources_and_a_refusal_has_none(messages):
    for row in _rows(_run("ask", messages)):
        assert bool(row["entry"]) == bool(row["answer"]) == bool(row["sources"])
        assert all(set(c) == {"entry", "theme", "score"} for c in row["candidates"])


def test_a_bad_row_ends_with_one_and_is_named_by_its_line(messages):
    messages.write_text(messages.read_text("utf-8") + "\n{oops\n", encoding="utf-8")
    result = _run("scam", messages)
    assert result.exit_code == 1
    assert len(_rows(result)) == 3
    assert "第 4 行" in result.stderr and "oops" not in result.stderr


def test_an_id_that_comes_twice_is_named_and_both_rows_are_read(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,text\n7,卡被吞了\n8,利息算错了\n7,年费多扣了\n", encoding="utf-8")
    result = _run("classify", path)
    assert result.exit_code == 1 and [row["id"] for row in _rows(result)] == ["7", "8", "7"]
    assert "第 4 行" in result.stderr and "第 2 行" in result.stderr
    listed = _run("retrieve", "--index", path, path)
    assert listed.exit_code == 1 and listed.stderr.count("第 4 行") == 2


def test_a_word_is_explained_from_the_glossary_as_the_bot_does(tmp_path):
    asked = tmp_path / "asked.jsonl"
    asked.write_text(json.dumps({"id": "a", "text": "等额本息是什么意思？"}), encoding="utf-8")
    [row] = _rows(_run("ask", asked))
    assert row["entry"] == "term:等额本息" and row["theme"] == "loan" and row["answer"]
    assert row["candidates"][0]["entry"] == row["entry"]


@pytest.mark.parametrize("command", ["classify", "ask", "scam", "retrieve", "train"])
@pytest.mark.parametrize(("name", "data"), [
    ("a.jsonl", b""), ("a.csv", b"\x89PNG\0\0\0"), ("a.csv", b"a,b\n1,2\n"), ("a.csv", "甲,乙\n一,二\n".encode("gbk")),
    ("a.xlsx", b"PK\x03\x04"), ("a.jsonl", b"{bad\n"), ("a.jsonl", b'{"id": 1, "text": "' + b"a" * (10 << 20) + b'"}\n'),
])
def test_unusable_input_ends_with_two_and_a_reason_without_a_traceback(tmp_path, command, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    extra = {"retrieve": ["--index", path, path], "train": ["--data", path, "--label", "label"]}.get(command, [path])
    result = _run(command, *extra)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error:" in result.stderr and "Traceback" not in result.stderr


def test_standard_input_and_an_output_file_are_taken(tmp_path):
    target = tmp_path / "out.csv"
    result = _run("scam", "-", "--output", target, stdin="id,text\n=1+1,今晚吃什么\n")
    assert result.exit_code == 0 and result.stdout == ""
    assert target.read_text("utf-8-sig").splitlines()[1].startswith("'=1+1,clean")


def test_any_list_can_be_searched(tmp_path):
    index, queries = tmp_path / "faq.csv", tmp_path / "q.csv"
    index.write_text("id,text\nlost,银行卡丢了怎么挂失\nrate,存款利率是多少\nfee,年费怎么减免\n", encoding="utf-8")
    queries.write_text("id,text\n1,我的卡不见了要挂失\n", encoding="utf-8")
    result = _run("retrieve", "--index", index, queries)
    assert result.exit_code == 0, result.output
    assert _rows(result)[0]["ranked"][0] == "lost"


def test_anybodys_labelled_file_can_be_tried(tmp_path):
    path = tmp_path / "their.csv"
    food = ["红烧肉怎么做", "米饭煮多久", "汤要不要放盐", "饺子馅打水", "鱼要蒸几分钟", "面条煮软了"]
    money = ["利息怎么算", "银行卡挂失", "转账没到账", "年费能不能免", "贷款利率多少", "银行几点开门"]
    path.write_text("text,topic\n" + "".join(f"{t},吃\n" for t in food) + "".join(f"{t},钱\n" for t in money), encoding="utf-8")
    result = _run("train", "--data", path, "--label", "topic")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("accuracy ") and "macro-F1" in result.stdout
    assert _run("train", "--data", path).exit_code == 2


def test_the_end_of_a_long_text_is_read_as_the_conversation_reads_it(tmp_path):
    path = tmp_path / "long.jsonl"
    cry = "还有，" * 2000 + "我刚给骗子转了钱，他让我共享屏幕，现在怎么办"
    path.write_text(json.dumps({"id": 1, "text": cry}), encoding="utf-8")
    assert "fraud_now" in _rows(_run("classify", path))[0]["flags"]


def test_nothing_private_comes_back_in_the_reasons(tmp_path):
    result = _run("scam", "-", "--explain", stdin='{"id": 1, "text": "刷单返利加微信13812345678，卡号6222021234567890128"}\n')
    assert result.exit_code == 0
    assert "13812345678" not in result.stdout and "6222" not in result.stdout


def test_an_unusable_input_leaves_the_former_result_and_an_output_that_fails_is_named(messages, tmp_path):
    former = tmp_path / "out.csv"
    former.write_text("former")
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": 1}\n')
    result = _run("scam", bad, "--output", former)
    assert result.exit_code == 2 and former.read_text() == "former"
    before = messages.read_bytes()
    long, nowhere = tmp_path / ("x" * 300 + ".csv"), tmp_path / "no" / "o.csv"
    for target, why in ((messages, "就是输入文件"), (long, "文件名太长"), (nowhere, "没有文件夹")):
        result = _run("scam", messages, "--output", target)
        (line,) = result.stderr.splitlines()
        assert result.exit_code == 2 and "写不了" in line and target.name[:20] in line and why in line and "Traceback" not in line
    assert messages.read_bytes() == before
    faq = tmp_path / "faq.csv"
    faq.write_text("id,text\n1,年费怎么收\n", encoding="utf-8")
    assert _run("retrieve", messages, "--index", faq, "--output", faq).exit_code == 2 and "年费" in faq.read_text(encoding="utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_standard_output_is_said_in_one_line(messages):
    code = "import sys; sys.argv[0] = 'xiaobao'; from bot.cli import main; main()"
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-c", code, "scam", str(messages)], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and done.stderr.splitlines() == ["Error: 写不了 标准输出：磁盘已满"]

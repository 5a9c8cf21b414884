"""Whatever an office computer saves is read, or refused with the line and the reason; results open safely in Excel."""
import csv
import errno
import io
import json
import sys
import time
import zipfile

import openpyxl
import pytest

from bot.rows import LONGEST_LINE, Row, RowError, Unusable, read_rows
from bot.rows_out import Unwritable, harmless, write_rows


def _read(path, columns=("id", "text")):
    rows = list(read_rows(str(path), columns))
    return [r.cells for r in rows if isinstance(r, Row)], [r for r in rows if isinstance(r, RowError)]


def _file(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def _book(tmp_path, rows, name="in.xlsx"):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / name)
    return tmp_path / name


def test_the_three_kinds_of_file_give_the_same_rows(tmp_path):
    wanted = [{"id": "a", "text": "卡被吞了"}, {"id": "b", "text": "利息, 多少"}]
    table = [["id", "text"], *([r["id"], r["text"]] for r in wanted)]
    lines = io.StringIO()
    csv.writer(lines).writerows(table)
    assert _read(_file(tmp_path, "a.jsonl", "\n".join(map(json.dumps, wanted)))) == (wanted, [])
    assert _read(_file(tmp_path, "a.csv", lines.getvalue())) == (wanted, [])
    assert _read(_book(tmp_path, table)) == (wanted, [])


def test_a_bad_row_is_reported_with_its_line_and_the_rest_is_read(tmp_path):
    path = _file(tmp_path, "a.jsonl", '{"id": 1, "text": "好"}\n{"id": 2, "te\n\n[1]\n{"id": 3}\n'
                 '{"id": 4, "text": ""}\n{"id": 5, "text": "行"}\n')
    good, bad = _read(path)
    assert [r["id"] for r in good] == [1, 5]
    assert [r.line for r in bad] == [2, 4, 5, 6]
    assert "JSON" in bad[0].reason and "text" in bad[2].reason


def test_the_reason_never_quotes_the_row(tmp_path):
    _, bad = _read(_file(tmp_path, "a.jsonl", '{"id": 1, "text": 13812345678x}\n{"id": 1, "text": ["6222021234567890"]}\n'))
    assert len(bad) == 2
    assert not any("138" in r.reason or "6222" in r.reason for r in bad)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path, name):
    body = '{"id": 1, "text": "好"}\n' if name == "a.jsonl" else "id,text\n1,好\n"
    good, bad = _read(_file(tmp_path, name, b"\xef\xbb\xbf" + body.encode()))
    assert [r["text"] for r in good] == ["好"] and not bad


def test_gbk_as_excel_saves_it_is_read_with_a_word_of_warning(tmp_path, capsys):
    good, bad = _read(_file(tmp_path, "a.csv", "id,text\n1,信用卡年费怎么退\n2,验证码收不到\n".encode("gbk")))
    assert [r["text"] for r in good] == ["信用卡年费怎么退", "验证码收不到"] and not bad
    assert "iconv -f GB18030 -t UTF-8" in capsys.readouterr().err


def test_bytes_that_are_no_text_of_ours_are_refused_with_the_way_to_convert(tmp_path):
    with pytest.raises(Unusable, match="iconv"):
        _read(_file(tmp_path, "a.csv", b"id,text\n1,\xff\xfe\xc0\x80\xf5\n"))


def test_one_bad_line_in_a_utf8_file_is_one_failed_row(tmp_path):
    good, bad = _read(_file(tmp_path, "a.csv", "id,text\n1,好\n".encode() + b"2,\xff\xc3\n" + "3,行\n".encode()))
    assert [r["id"] for r in good] == ["1", "3"]
    assert [(r.line, r.reason) for r in bad] == [(3, "不是 UTF-8 文字")]
    good, bad = _read(_file(tmp_path, "a.jsonl", '{"id":1,"text":"好"}\n'.encode() + b'{"id":2,"text":"\xff"}\n'))
    assert [r["id"] for r in good] == [1] and bad == [RowError(2, "不是 UTF-8 文字")]


@pytest.mark.parametrize(("name", "data", "said"), [
    ("a.jsonl", b"", "空的"), ("a.csv", b"\n \n", "空的"), ("a.xlsx", b"", "空的"), ("a.csv", b"id,text\n", "没有数据行"),
    ("a.jsonl", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "二进制"),
    ("a.csv", "id,text\n1,好".encode("utf-16"), "UTF-16"),
    ("a.csv", "编号,内容\n1,好\n".encode(), "缺少列 id、text"), ("a.csv", b"id,body\n1,a\n", "缺少列 text"),
    ("a.xlsx", b"id,text\n1,a\n", "不是 Excel"), ("a.xlsx", b"PK\x03\x04broken", "损坏"),
])
def test_an_unusable_file_says_why(tmp_path, name, data, said):
    with pytest.raises(Unusable, match=said):
        _read(_file(tmp_path, name, data))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(Unusable, match="找不到"):
        _read(tmp_path / "none.csv")
    with pytest.raises(Unusable, match="文件夹"):
        _read(tmp_path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_line_of_ten_megabytes_fails_alone(tmp_path, name):
    long = "钱" * (10 << 20)
    if name == "a.jsonl":
        body = f'{{"id": 1, "text": "好"}}\n{{"id": 2, "text": "{long}"}}\n{{"id": 3, "text": "行"}}\n'
    else:
        body = f"id,text\n1,好\n2,{long}\n3,行\n"
    good, bad = _read(_file(tmp_path, name, body))
    assert [str(r["id"]) for r in good] == ["1", "3"]
    assert len(bad) == 1 and f"{LONGEST_LINE >> 20} MB" in bad[0].reason


def test_deeply_nested_json_fails_alone(tmp_path):
    good, bad = _read(_file(tmp_path, "a.jsonl", "[" * 100_000 + '\n{"id": 1, "text": "好"}\n'))
    assert [r["id"] for r in good] == [1] and [r.line for r in bad] == [1]


def test_a_csv_row_wider_than_its_header_fails_alone(tmp_path):
    good, bad = _read(_file(tmp_path, "a.csv", 'id,text\n1,a,b\n2,"两行\n一格"\n3,c\n'))
    assert [r["text"] for r in good] == ["两行\n一格", "c"] and [r.line for r in bad] == [2]


@pytest.mark.parametrize(("body", "kept", "lines"), [
    ('1,a\n2,"b\n3,c\n4,d\n', "134", [2]),  # open to the end of the file
    ('1,"a\n2,b\n3,"c"\n4,"两行\n一格"\n', "234", [1]),  # another quote comes later
    ('1,a\n2,"b\n3,c\n4,"d\n5,e\n', "135", [2, 4]),
    ('1,"a"b\n2,"他说"好"，走了"\n3,5" 屏\n', "123", []),  # not as a spreadsheet writes it, but within its line
])
def test_a_quote_that_nobody_closed_costs_its_own_line_alone(tmp_path, body, kept, lines):
    good, bad = _read(_file(tmp_path, "a.csv", "id,text\n" + body))
    assert "".join(r["id"] for r in good) == kept
    assert [r.line - 1 for r in bad] == lines and all("引号" in r.reason for r in bad)


def test_an_open_quote_before_ten_thousand_lines_is_found_quickly(tmp_path):
    good, bad = _read(_file(tmp_path, "a.csv", 'id,text\n0,"x\n' + "".join(f"{n},a\n" for n in range(1, 10_000))))
    assert len(good) == 9_999 and [r.line for r in bad] == [2]
    hostile = _file(tmp_path, "b.csv", "id,text\n" + 'x",",y\n' * 50_000)
    began = time.process_time()
    assert len(_read(hostile)[1]) == 50_000 and time.process_time() - began < 5


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        with parts.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(310):
                sheet.write(b"0" * (1 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(Unusable, match="解压后超过"):
        _read(path)


def test_a_zip_that_is_no_workbook_and_a_document_type_are_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("readme.txt", "x")
    with pytest.raises(Unusable, match="不是 Excel"):
        _read(path)
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><workbook/>')
    with pytest.raises(Unusable, match="文档类型"):
        _read(path)


def test_standard_input_is_read_by_its_content(monkeypatch, tmp_path):
    for body in (b'{"id": "1", "text": "a"}\n', b"id,text\n1,a\n", _book(tmp_path, [["id", "text"], ["1", "a"]]).read_bytes()):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
        assert _read("-") == ([{"id": "1", "text": "a"}], [])


def test_results_are_written_in_the_kind_the_name_asks_for(tmp_path):
    rows = [{"id": 1, "label": "scam", "top": ["a", "b"], "none": None}, {"id": 2, "label": "clean", "top": [], "none": 0.5}]
    for name in ("o.jsonl", "o.csv", "o.xlsx"):
        assert write_rows(iter(rows), str(tmp_path / name)) == 2
    assert [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()] == rows
    table = list(csv.reader((tmp_path / "o.csv").read_text("utf-8-sig").splitlines()))
    assert table[:2] == [["id", "label", "top", "none"], ["1", "scam", '["a","b"]', ""]]
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx").active
    assert [c.value for c in sheet[3]] == [2, "clean", "[]", 0.5]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_leaves_as_a_formula(tmp_path, start):
    rows = [{"id": f"{start}cmd|' /C calc'!A0", "n": -5}]
    for name in ("o.csv", "o.xlsx"):
        write_rows(rows, str(tmp_path / name))
    with (tmp_path / "o.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][0].startswith("'" + start)
    cell = openpyxl.load_workbook(tmp_path / "o.xlsx").active["A2"]
    assert cell.data_type == "s" and cell.value.startswith("'")
    assert harmless(-5) == -5


def test_a_result_that_breaks_half_way_leaves_the_old_file(tmp_path):
    target = _file(tmp_path, "o.csv", "old")

    def rows():
        yield {"id": 1}
        raise Unusable("坏了")

    with pytest.raises(Unusable):
        write_rows(rows(), str(target))
    assert target.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["o.csv"]


@pytest.mark.parametrize(("name", "why"), [("o.pdf", "没有扩展名|只写"), ("none/o.csv", "没有文件夹"), ("o.csv", "文件夹"),
                                           ("a" * 300 + ".csv", "文件名太长"), ("file/o.csv", "没有文件夹")])
def test_an_output_that_cannot_be_written_is_refused_with_its_name(tmp_path, name, why):
    (tmp_path / "file").write_text("x")
    if name == "o.csv":
        (tmp_path / name).mkdir()
    with pytest.raises(Unwritable, match=why) as refused:
        write_rows([{"id": 1}], str(tmp_path / name))
    assert name[:5] in str(refused.value)


def test_without_a_row_the_old_file_stays_and_the_input_is_never_the_output(tmp_path):
    target = _file(tmp_path, "o.csv", "old")
    assert write_rows([], str(target)) == 0 and target.read_text() == "old"
    (tmp_path / "link.csv").symlink_to(target)
    for name in ("o.csv", "link.csv"):
        with pytest.raises(Unwritable, match="就是输入文件"):
            write_rows([{"id": 1}], str(tmp_path / name), sources=["-", str(target)])
    assert target.read_text() == "old"


@pytest.mark.parametrize(("number", "why"), [(errno.ENOSPC, "磁盘已满"), (errno.EROFS, "只读"), (errno.EIO, "读写出错")])
def test_a_disk_that_fills_up_is_said_in_one_line_and_leaves_nothing_behind(tmp_path, monkeypatch, number, why):
    def full(rows, path):
        path.write_text("half")
        raise OSError(number, "x")
    monkeypatch.setattr("bot.rows_out._csv_file", full)
    target = _file(tmp_path, "o.csv", "old")
    with pytest.raises(Unwritable, match=why):
        write_rows([{"id": 1}], str(target))
    assert target.read_text() == "old" and [path.name for path in tmp_path.iterdir()] == ["o.csv"]


def test_a_formula_that_nobody_worked_out_is_said_and_an_empty_cell_is_not_taken_for_one(tmp_path, capsys):
    path = _book(tmp_path, [["id", "text", "note"], ["a", '="卡被" & "吞了"', None], ["b", None, None], ["c", "利息", "=1+1"]])
    rows, wrong = _read(path)
    assert [row["id"] for row in rows] == ["c"]
    assert [one.line for one in wrong] == [2, 3] and "text 是公式" in wrong[0].reason and wrong[1].reason == "缺少 text"
    assert capsys.readouterr().err == ""


def test_of_several_sheets_the_first_is_read_and_named(tmp_path, capsys):
    book = openpyxl.load_workbook(_book(tmp_path, [["id", "text"], ["a", "利息"]]))
    book.worksheets[0].title = "十月投诉"
    book.create_sheet("十一月")
    book.save(tmp_path / "two.xlsx")
    assert _read(tmp_path / "two.xlsx")[0] == [{"id": "a", "text": "利息"}]
    assert capsys.readouterr().err == "工作簿有 2 张表，只读第一张「十月投诉」\n"

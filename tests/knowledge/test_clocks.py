"""A slip in deadlines.toml stops the start with its line: a wrong clock breaks the law quietly."""

import pytest

from knowledge.base import FOLDER, KnowledgeError, load
from knowledge.clocks import read_deadlines
from knowledge.tables import read_taxonomy
from tests.conftest import CLOCKS
from tests.knowledge.test_reading import TODAY, office

__all__ = ["office"]

TEXT = CLOCKS.read_text(encoding="utf-8")
FIRST = TEXT[:TEXT.index("[[rule]]")].count("\n") + 1
SECOND = TEXT[:TEXT.index("[[rule]]", TEXT.index("[[rule]]") + 1)].count("\n") + 1


def line_of(table):
    return TEXT[:TEXT.index(f"\n[{table}]") + 1].count("\n") + 1


@pytest.mark.parametrize(("old", "new", "line", "what"), [
    ("days = 15\ncomplex", "dayz = 15\ncomplex", FIRST, "dayz"),
    ("days = 15\ncomplex", "complex", FIRST, "days"),
    ("days = 15\ncomplex", "days = 15\nreset = true\ncomplex", FIRST, "unknown field `reset`"),
    ("days = 15\ncomplex", 'days = "15"\ncomplex', FIRST, "int"),
    ("days = 15\ncomplex", "days = 0\ncomplex", FIRST, ">= 1"),
    ("days = 15\ncomplex", "days = -15\ncomplex", FIRST, ">= 1"),
    ("complex = 30", "complex = 10", FIRST, "more than days"),
    ("complex = 30\n", "", FIRST, "approved"),
    ("pauses = true\nrestarts", 'pauses = "yes"\nrestarts', FIRST, "bool"),
    ("2020-03-01\ndays = 15", '"next spring"\ndays = 15', FIRST, "date"),
    ("2020-03-01\ndays = 15", "2020-13-01\ndays = 15", FIRST + 2, "not TOML"),
    ('kind = "review"', 'kind = "reviev"', SECOND, "unknown ticket kind"),
    ('kind = "review"\neffective_from = 2020-03-01', 'kind = "complaint"\neffective_from = 2020-03-01', SECOND, "written twice"),
    ('count = "working"\nsource = "《中华', 'count = "workdays"\nsource = "《中华', None, "workdays"),
    ("[[escalate]]\nafter = 1", "[[escalate]]\nafter = 0", None, "two steps"),
    ('["superior"]', '["boss"]', None, "boss"),
    ("within = 30", "within = 0", line_of("review"), ">= 1"),
    ('kinds = ["complaint"]', 'kinds = ["complaints"]', line_of("review"), "complaints"),
    ("warn = [5, 3, 1]", "warn = [5, 3, 3]", line_of("office"), "twice"),
    ("warn = [5, 3, 1]", "warn = [9, 5, 3, 1]", line_of("office"), "3"),
    ('"pbc", ', '"pbcc", ', line_of("office"), "unknown source 'pbcc'"),
    ("extend_within = 7", "extend_within = 0", line_of("office"), ">= 1"),
    ("people = 20", "peeple = 20", line_of("crowd"), "pe"),
    ("alike = 0.5", "alike = 5", line_of("crowd"), "<= 1"),
    ("ticket_years = 5", "ticket_years = 1", line_of("retention"), ">= 3"),
    ("[crowd]", "[crowds]", line_of("crowd"), "unknown table"),
    ("[repeat]\ndays = 90", "", 1, "[repeat] is missing"),
])
def test_a_wrong_clock_is_refused_with_its_line(office, old, new, line, what):
    assert old in TEXT
    (office / "deadlines.toml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load(office, today=TODAY)
    said = str(refused.value)
    assert "deadlines.toml:" in said and what in said, said
    assert line is None or f"deadlines.toml:{line}: " in said, said


def test_without_the_file_or_without_a_rule_for_a_kind_nothing_starts(office):
    (office / "deadlines.toml").unlink()
    with pytest.raises(KnowledgeError, match=r"deadlines\.toml:1: file is missing"):
        load(office, today=TODAY)
    taxonomy = (FOLDER / "taxonomy.toml").read_text(encoding="utf-8")
    (office / "deadlines.toml").write_text(TEXT, encoding="utf-8")
    (office / "taxonomy.toml").write_text(taxonomy.replace("[ticket_kind]\n", '[ticket_kind]\npetition = {name = "信访"}\n'),
                                          encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"'petition' has no \[\[rule\]\]"):
        load(office, today=TODAY)


def test_the_offices_own_file_is_sound_and_a_further_rule_is_welcome(tmp_path):
    kinds = read_taxonomy(FOLDER / "taxonomy.toml")["ticket_kind"]
    written = (FOLDER / "deadlines.toml").read_text(encoding="utf-8")
    more = '\n[[rule]]\nkind = "complaint"\neffective_from = 2090-01-01\ndays = 10\nsource = "将来的办法"\n'
    (tmp_path / "deadlines.toml").write_text(written + more, encoding="utf-8")
    assert len(read_deadlines(tmp_path / "deadlines.toml", kinds=kinds).rule) == len(
        read_deadlines(FOLDER / "deadlines.toml", kinds=kinds).rule) + 1

"""The results of an exam as tables to take away: per person, per try, per branch, per question, per theme."""

from desk import table_file
from desk.table_file import Table, share
from desk.words import ROLES, day, time
from knowledge.base import Knowledge
from tickets.exam_results import Results
from tickets.models import Exam
from tickets.numbers import SHANGHAI

STATES = {"passed": "合格", "failed": "未合格", "running": "作答中", "absent": "未参加"}
NOTES = ("成绩取各次中最高的一次，百分制，不四舍五入；用时按该次计。到时没有交卷的，按到时自动交卷。",
         "题目按答错比例排列，统计所有已交卷的作答；到时未答的题计为答错。重考换题，所以各题的作答次数不一样。")


def tables(exam: Exam, found: Results, knowledge: Knowledge) -> list[Table]:
    names = knowledge.taxonomy.theme
    people = [(row.branch, row.staff.name, ROLES.get(row.staff.role, row.staff.role), STATES[row.state],
               "" if row.mark is None else row.mark, row.tries, used(row.seconds),
               time(row.finished_at) if row.finished_at else "") for row in found.people]
    tries = [(row.branch, row.staff.name, nth, "作答中" if one.mark is None else one.mark, _enough(exam, one.mark),
              time(one.started_at), time(one.finished_at), used(one.seconds))
             for row in found.people for nth, one in enumerate(row.sittings, 1)]
    branches = [(row.name, row.asked, row.sat, row.passed, share(row.sat, row.asked), share(row.passed, row.asked),
                 "—" if row.mean is None else round(row.mean, 1)) for row in found.branches]
    questions = [(place, names[row.theme].name if row.theme in names else "—", row.text, row.answered, row.wrong,
                  share(row.wrong, row.answered), row.chosen) for place, row in enumerate(found.questions, 1)]
    themes = [(names[code].name if code in names else "—", answered, wrong, share(wrong, answered))
              for code, answered, wrong in found.themes]
    return [
        Table("个人成绩", ("机构", "姓名", "角色", "结果", "最好成绩", "考试次数", "用时", "交卷时间"), people),
        Table("各次成绩", ("机构", "姓名", "第几次", "成绩", "结果", "开始时间", "交卷时间", "用时"), tries),
        Table("机构汇总", ("机构", "应考", "已考", "合格", "参考率", "合格率", "平均分"), branches),
        Table("易错题", ("序号", "主题", "题目", "作答", "答错", "错误率", "最常见的错误"), questions, wide=(2, 6)),
        Table("主题汇总", ("主题", "作答", "答错", "错误率"), themes),
    ]


def workbook(exam: Exam, found: Results, knowledge: Knowledge) -> bytes:
    rule = (f"考试时间 {day(exam.opens_at)} 至 {day(exam.closes_at)}，{len(exam.questions)} 题，"
            f"{exam.pass_score} 分合格，最多考 {exam.tries} 次。")
    return table_file.book(exam.title, tables(exam, found, knowledge), (rule, *NOTES))


def file_name(exam: Exam) -> str:
    """`2026年四季度考试成绩.xlsx`; the year stands once."""
    year = f"{exam.opens_at.astimezone(SHANGHAI).year}年"
    title = "".join(char for char in exam.title if char not in '\\/:*?"<>|').strip() or "考试"
    return f"{'' if year in title.replace(' ', '') else year}{title}成绩.xlsx"


def used(seconds: int | None) -> str:
    """How long a sitting took: `12 分 05 秒`."""
    return "—" if seconds is None else f"{seconds // 60} 分 {seconds % 60:02d} 秒"


def _enough(exam: Exam, mark: int | None) -> str:
    return "—" if mark is None else STATES["passed" if mark >= exam.pass_score else "failed"]

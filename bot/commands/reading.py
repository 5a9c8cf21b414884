"""Commands that read files of messages: classify, ask, scam, retrieve, train."""

import sys
from collections.abc import Callable, Iterator
from itertools import islice

import click

from bot.rows import Row, RowError, Unusable, read_rows
from bot.shortening import shortened

BATCH = 256
LARGEST_INDEX = 200_000
FIELDS = ("intent", "intent_confidence", "category", "category_confidence", "category_top3", "cause", "cause_confidence",
          "cause_top3", "rights", "urgency", "flags", "needs_human")

Work = Callable[[list[Row]], list[dict]]
_file = click.argument("file", metavar="FILE|-")
_output = click.option("--output", "-o", help="写入 .jsonl、.csv 或 .xlsx；不写则输出 JSONL 到屏幕")


@click.command()
@_file
@_output
@click.option("--explain", is_flag=True, help="加上 because：每个判断依据的词")
def classify(file: str, output: str | None, explain: bool) -> None:
    """Intent, category, cause, rights, urgency and flags of every message."""
    _run(file, output, lambda: _classifying(explain))


def _classifying(explain: bool) -> Work:
    import msgspec

    from knowledge.reading import KnowledgeError
    from nlp.classifier import ModelError, Reader
    try:
        reader = Reader.load()
    except (KnowledgeError, ModelError) as error:
        raise _unusable(str(error)) from None
    fields = (*FIELDS, "because") if explain else FIELDS

    def work(rows: list[Row]) -> list[dict]:
        found = reader.read([_masked(row.cells["text"]) for row in rows], explain=explain)
        readings = (msgspec.to_builtins(reading) for reading in found)
        return [{"id": row.cells["id"]} | {name: one[name] for name in fields} for row, one in zip(rows, readings, strict=True)]

    return work


@click.command()
@_file
@_output
@click.option("--staff", is_flag=True, help="也用只给员工看的条目")
def ask(file: str, output: str | None, staff: bool) -> None:
    """The maintained answer to every question, or an honest refusal with the nearest entries."""
    _run(file, output, lambda: _asking(staff))


def _asking(staff: bool) -> Work:
    from bot.flows.lookup import better_than_entry, term_asked
    from bot.settings import kept_folder
    from knowledge.base import KnowledgeError, load
    from nlp.classifier import ModelError
    from nlp.damage import UNREADABLE
    from nlp.retrieval import Finder
    try:
        knowledge = load()
        entries = knowledge.entries
        finder = Finder(entries, keep=kept_folder())
    except (KnowledgeError, ModelError, *UNREADABLE) as error:
        raise _unusable(f"知识库或检索模型读不出来：{_of_model(error)}") from None

    def one(row: Row) -> dict:
        found = finder.ask(_masked(row.cells["text"]), staff=staff)
        entry = entries[found.entry] if found.entry else None
        near = [{"entry": c.entry, "theme": c.theme, "score": c.score} for c in found.candidates]
        term = term_asked(knowledge, row.cells["text"])
        if term and term.theme and better_than_entry(term, entry):
            return {
                "id": row.cells["id"], "entry": f"term:{term.term}", "theme": term.theme, "confidence": 1.0, "answer": term.meaning,
                "sources": [term.source] if term.source else [],
                "candidates": [{"entry": f"term:{term.term}", "theme": term.theme, "score": 1.0}, *near],
            }
        return {
            "id": row.cells["id"], "entry": found.entry, "theme": found.theme, "confidence": found.confidence,
            "answer": _answer(entry) if entry else None, "sources": list(entry.basis) if entry else [],
            "candidates": near,
        }

    return lambda rows: [one(row) for row in rows]


@click.command()
@_file
@_output
@click.option("--explain", is_flag=True, help="加上 signs：露出马脚的词")
def scam(file: str, output: str | None, explain: bool) -> None:
    """Whether forwarded texts show known signs of a scam ("clean" only means: no known sign)."""
    _run(file, output, lambda: _checking(explain))


def _checking(explain: bool) -> Work:
    from knowledge.reading import KnowledgeError
    from nlp.classifier import ModelError
    from nlp.scam import ScamChecker
    try:
        checker = ScamChecker.load()
    except (KnowledgeError, ModelError) as error:
        raise _unusable(str(error)) from None

    def work(rows: list[Row]) -> list[dict]:
        verdicts = checker.check([_masked(row.cells["text"]) for row in rows])
        return [
            {"id": row.cells["id"], "label": v.label, "kind": v.kind, "confidence": v.confidence}
            | ({"signs": v.signs} if explain else {})
            for row, v in zip(rows, verdicts, strict=True)
        ]

    return work


@click.command()
@click.argument("file", metavar="QUERIES|-")
@click.option("--index", required=True, help="常见问题清单（id、text 两列）")
@_output
def retrieve(file: str, index: str, output: str | None) -> None:
    """The ten best entries of any FAQ list for every query."""
    from nlp.damage import UNREADABLE
    from nlp.retrieval import Ranker
    if index == file == "-":
        raise _unusable("清单和问题不能都来自标准输入")
    faq: list[tuple[str, str]] = []
    failed, seen = False, Seen()
    try:
        for row in read_rows(index):
            if isinstance(row, RowError):
                failed = True
                _report(index, row)
            else:
                if twice := seen.again(row):
                    failed = True
                    _report(index, twice)
                faq.append((row.cells["id"], shortened(row.cells["text"])))
            if len(faq) > LARGEST_INDEX:
                raise Unusable(f"清单超过 {LARGEST_INDEX} 条")
    except Unusable as wrong:
        raise _unusable(f"{index}：{wrong}") from None
    if not faq:
        raise _unusable(f"{index}：没有一条可用")
    try:
        ranker = Ranker(faq)
    except UNREADABLE as error:
        raise _unusable(f"检索模型读不出来：{_of_model(error)}") from None

    def work(rows: list[Row]) -> list[dict]:
        return [{"id": row.cells["id"], "ranked": ranker.rank(shortened(row.cells["text"]))} for row in rows]

    _run(file, output, lambda: work, failed=failed, beside=(index,))


@click.command()
@click.option("--data", help="别人的标注文件：只做交叉验证，不改本行模型")
@click.option("--label", help="标签列的名字")
@click.option("--text", "text_column", default="text", show_default=True, help="文本列的名字")
@click.option("--force", is_flag=True, help="新模型更差也替换")
@click.option("--with-corrections", is_flag=True, help="用工作台上的更正再训练，更好才替换")
@click.option("--rollback", is_flag=True, help="退回上一个模型（一步）")
@click.option("--database", metavar="URL", help="更正所在的数据库，默认用 XIAOBAO_DATABASE_URL")
def train(data: str | None, label: str | None, text_column: str, force: bool, with_corrections: bool, rollback: bool,
          database: str | None) -> None:
    """Train the models from our corpus, or cross-validate the pipeline on any labelled file, or learn from corrections."""
    if sum((with_corrections, rollback, bool(data or force))) > 1:
        raise click.UsageError("--with-corrections、--rollback 不能与 --data、--force 同用，也不能互相同用")
    if rollback:
        from bot.commands.learning import roll_back
        return roll_back(database)
    if with_corrections:
        from bot.commands.learning import teach
        return sys.exit(0 if teach(database).promoted else 1)
    if bool(data) != bool(label):
        raise click.UsageError("--data 和 --label 要一起给")
    if data and label:
        return _try_on(data, label, text_column)
    from nlp import scam_train
    from nlp.train import WorseModel
    from nlp.train import train as train_reader
    try:
        about = train_reader(force=force)
    except WorseModel as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(1)
    figures = scam_train.train()
    click.echo(f"分类模型 {about.version}；识诈模型：{figures['lines']} 条，留出 F1 {figures['f1']}，"
               f"正常文本误报 {figures['clean_called_scam']}")


def _try_on(data: str, label: str, text_column: str) -> None:
    from tqdm import tqdm

    from nlp.foreign import FOLDS, TooFew, cross_validate
    texts, labels, failed = [], [], False
    try:
        for row in read_rows(data, (text_column, label)):
            if isinstance(row, RowError):
                failed = True
                _report(data, row)
            else:
                texts.append(shortened(row.cells[text_column]))
                labels.append(row.cells[label].strip())
        with tqdm(total=FOLDS, unit="折", disable=not sys.stderr.isatty()) as bar:
            tried = cross_validate(texts, labels, tick=bar.update)
    except (Unusable, TooFew) as wrong:
        raise _unusable(f"{data}：{wrong}") from None
    click.echo(f"accuracy {tried.accuracy:.4f}  macro-F1 {tried.macro_f1:.4f}  n {tried.rows}  labels {tried.labels}  "
               f"folds {tried.folds}")
    if tried.left_out:
        click.echo(f"{tried.left_out} 行的标签只出现一次，没有计入", err=True)
    sys.exit(1 if failed else 0)


def _run(file: str, output: str | None, load: Callable[[], Work], *, failed: bool = False, beside: tuple[str, ...] = ()) -> None:
    """Reads, works in batches, writes; exit status 0 all good, 1 some rows failed, 2 unusable input or output.

    The models are loaded when the first good row is there: a bad file is refused at once.
    """
    from tqdm import tqdm

    from bot.rows_out import Unwritable, write_rows
    wrong, seen = int(failed), Seen()

    def results() -> Iterator[dict]:
        nonlocal wrong
        rows, work = read_rows(file), None
        with tqdm(unit="行", disable=not sys.stderr.isatty()) as bar:
            while batch := list(islice(rows, BATCH)):
                for row in batch:
                    problem = row if isinstance(row, RowError) else seen.again(row)
                    if problem:
                        wrong += 1
                        _report(file, problem)
                if good := [row for row in batch if isinstance(row, Row)]:
                    work = work or load()
                    yield from work(good)
                bar.update(len(batch))

    try:
        count = write_rows(results(), output, sources=(file, *beside))
    except Unwritable as problem:
        raise _unusable(str(problem)) from None
    except Unusable as problem:
        raise _unusable(f"{file}：{problem}") from None
    if not count:
        raise _unusable(f"{file}：没有一行可用")
    sys.exit(1 if wrong else 0)


class Seen:
    """The ids of a file. One that comes twice is said, for its results cannot be told apart; both rows are read all the same."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}

    def again(self, row: Row) -> RowError | None:
        first = self.lines.setdefault(str(row.cells["id"]), row.line)
        return None if first == row.line else RowError(row.line, f"id 与第 {first} 行相同，结果里分不清（两行都已读取）")


def _masked(text: str) -> str:
    """As the conversation reads it: what is private is hidden from the models, and from the words they give as reasons."""
    from nlp.privacy import mask
    return mask(shortened(text)).text


def _answer(entry) -> str:
    return "\n".join([entry.answer, *(f"{number}. {step}" for number, step in enumerate(entry.steps, 1))])


def _report(file: str, row: RowError) -> None:
    click.echo(f"{file} 第 {row.line} 行：{row.reason}", err=True)


def _unusable(message: str) -> click.ClickException:
    error = click.ClickException(message)
    error.exit_code = 2
    return error


def _of_model(error: Exception) -> str:
    """The file at fault, where it is one of the model's."""
    from nlp.finder_meaning import MODEL
    from nlp.soundness import broken
    return broken(MODEL) or str(error)

"""A pytest plugin that writes what each test says of itself as one JSON line, for the table of the fault suite."""

import json
import os
from pathlib import Path

import pytest


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.failed:
        line = {"node": report.nodeid, "call": report.when == "call", "failed": report.failed, "said": dict(report.user_properties)}
        with Path(os.environ["XIAOBAO_FAULTS_RECORD"]).open("a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")

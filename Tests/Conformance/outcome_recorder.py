"""A pytest plugin: one JSON line for each test of a run, with its marks, its outcome and the first line of its failure."""

import json
import os

import pytest

FAILURE_CHARACTERS_MAX = 300


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "teardown" and report.passed:
        return
    if report.when == "setup" and report.passed:
        return
    record = {
        "test": item.name,
        "file": item.path.name,
        "when": report.when,
        "marks": sorted({mark.name for mark in item.iter_markers()}),
        "outcome": report.outcome,
        "seconds": round(call.duration, 3),
        "failure": "" if report.passed else failure_line(report, call),
    }
    with open(os.environ["ROOST_OUTCOMES"], "a") as outcomes:
        outcomes.write(json.dumps(record) + "\n")


def failure_line(report, call):
    if report.skipped or call.excinfo is None:
        return str(report.longrepr)[:FAILURE_CHARACTERS_MAX]
    text = str(call.excinfo.value).strip().splitlines()
    return f"{call.excinfo.typename}: {text[0] if text else ''}"[:FAILURE_CHARACTERS_MAX]

#!/usr/bin/env python3
"""Runs a checkout of ceph/s3-tests against the release binary and prints counts by area.

    s3_tests.py --suite DIR [--binary roost] [--known known_failures.txt] [-k EXPRESSION]

The suite gets a server of its own for each of its shards, on a free port of 127.0.0.1 with a temporary data folder, so that a
test which looks at all of an account's buckets meets only its own. Ends with 1 if a test fails which the list does not know.
"""

import argparse
import collections
import configparser
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "EndToEnd"))

import roost_server  # noqa: E402
from areas import area  # noqa: E402

FILES = ["test_s3.py", "test_headers.py"]
TEST_SECONDS_MAX = 120
# Counts all buckets of its account, and some tests leave one behind whose name they do not choose by the run's prefix.
FIRST = {"test_list_buckets_paginated"}
# Seconds that stand for a day in the suite's lifecycle tests.
LIFECYCLE_DAY_SECONDS = 10
# The suite waits a little more than five seconds for the logs of requests.
BUCKET_LOG_SECONDS = 4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suite", required=True, type=pathlib.Path, help="a checkout of ceph/s3-tests")
    parser.add_argument("--binary", type=pathlib.Path, default=roost_server.BINARY)
    parser.add_argument("--environment", type=pathlib.Path, default=roost_server.ROOT / ".venv-s3-tests")
    parser.add_argument("--known", type=pathlib.Path, default=HERE / "known_failures.txt")
    parser.add_argument("--outcomes", type=pathlib.Path, help="keep each test's outcome here, as JSON lines")
    parser.add_argument("--shards", type=int, default=2, help="servers and runs at a time")
    parser.add_argument("-k", default="", help="pytest's expression: run these tests only")
    return parser.parse_args()


def prepare_environment(folder, suite):
    """The suite's requirements, apart from those of the project's own tests."""
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", suite / "requirements.txt", "pytest-timeout"], check=True)
        ready.touch()
    return python


def identities(suite):
    """The suite's own sample of its settings: each section with an access key is an account of its own."""
    sample = configparser.RawConfigParser()
    sample.read(suite / "s3tests.conf.SAMPLE")
    return {
        name: {option: sample.get(name, option) for option in sample[name] if option not in sample.defaults()}
        for name in sample.sections()
        if sample.has_option(name, "access_key")
    }


# Those that the suite uses where its configuration names none.
KMS_KEYS = "testkey-1,testkey-2"
SERVER_FLAGS = ["--dialect", "ceph", "--lifecycle-day", str(LIFECYCLE_DAY_SECONDS), "--kms-keys", KMS_KEYS,
                "--default-encryption", "none"]
SERVER_FLAGS += ["--bucket-log-interval", str(BUCKET_LOG_SECONDS)]


def make_identities(server, found):
    """Through the server's own commands, as an operator would."""
    for section, values in found.items():
        name = values.setdefault("display_name", section)
        made = server.admin("account", "create", "--canonical-id", values["user_id"], "--name", name, "--email", values["email"])
        keys = ["--access-key", values["access_key"], "--secret-key", values["secret_key"]]
        server.admin("key", "create", "--account", made["account"]["accountId"], *keys)


def configuration(server, found):
    lines = ["[DEFAULT]", "host = 127.0.0.1", f"port = {server.port}", "is_secure = False", "ssl_verify = False"]
    lines += ["[fixtures]", "bucket prefix = roost-{random}-"]
    for section, values in found.items():
        own = {"api_name": "", "lc_debug_interval": LIFECYCLE_DAY_SECONDS} if section == "s3 main" else {}
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in (values | own).items())]
    return "\n".join(lines) + "\n"


def collect(python, options, environment):
    """The names of the tests in the suite's own order, but for those that must come first."""
    files = [f"s3tests/functional/{name}" for name in FILES]
    command = [python, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    command += ["-k", options.k] if options.k else []
    answer = subprocess.run(command, cwd=options.suite, env=environment, capture_output=True, text=True)
    names = [line for line in answer.stdout.splitlines() if "::" in line]
    if not names:
        raise SystemExit(f"no test was found:\n{answer.stdout}\n{answer.stderr}")
    return sorted(names, key=lambda name: name.split("::")[-1] not in FIRST)


def start_shard(python, options, folder, number, server, names):
    (folder / f"names{number}.txt").write_text("\n".join(names) + "\n")
    settings = folder / f"suite{number}.conf"
    found = identities(options.suite)
    make_identities(server, found)
    settings.write_text(configuration(server, found))
    environment = suite_environment(server, settings, folder / f"outcomes{number}.jsonl")
    command = [python, "-m", "pytest", "-q", "-p", "outcome_recorder", "-p", "no:cacheprovider", "--tb=short"]
    command += [f"--timeout={TEST_SECONDS_MAX}", f"@{folder}/names{number}.txt"]
    log = open(folder / f"shard{number}.log", "wb")
    return subprocess.Popen(command, cwd=options.suite, env=environment, stdout=log, stderr=subprocess.STDOUT)


def suite_environment(server, settings, outcomes):
    return server.environment | {
        "S3TEST_CONF": str(settings),
        "S3_USE_SIGV4": "1",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ROOST_OUTCOMES": str(outcomes),
    }


def run(python, options, folder):
    idle = roost_server.RoostServer(folder / "unused")
    (folder / "suite.conf").write_text(configuration(idle, identities(options.suite)))
    names = collect(python, options, suite_environment(idle, folder / "suite.conf", os.devnull))
    servers, runs = [], []
    try:
        for number in range(options.shards):
            server = roost_server.RoostServer(folder / f"data{number}", *SERVER_FLAGS)
            servers.append(server.start())
            runs.append(start_shard(python, options, folder, number, servers[number], names[number :: options.shards]))
        for process in runs:
            process.wait()
    finally:
        for process in runs:
            process.kill()
        for server in servers:
            server.stop()
    return names


def outcomes(folder):
    """What became of each test: a test whose teardown failed has failed."""
    found = {}
    for file in sorted(folder.glob("outcomes*.jsonl")):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            before = found.get(record["test"])
            if before is None or before["outcome"] != "failed":
                found[record["test"]] = record
    return found


def base(name):
    """Without its parameters: all of a parametrised test's forms fail for one reason."""
    return name.split("[")[0]


def known_failures(path):
    """Test name to reason. A line is `name reason...`; # starts a comment."""
    if not path.exists():
        return {}
    lines = (line.split("#")[0].split(None, 1) for line in path.read_text().splitlines())
    return {parts[0]: (parts[1].strip() if len(parts) > 1 else "") for parts in lines if parts}


def table(found):
    counts = collections.defaultdict(collections.Counter)
    for record in found.values():
        title = area(record["test"], record["marks"])
        side = "outside AWS" if "fails_on_aws" in record["marks"] else "AWS"
        for row in (title, "all"):
            counts[row][side, record["outcome"]] += 1
    rows = ["| area | tests | passed | failed | skipped | passed of those AWS passes |", "|---|---|---|---|---|---|"]
    for title in sorted(counts, key=lambda name: (name == "all", name)):
        count = counts[title]
        by_outcome = [sum(count[side, outcome] for side in ("AWS", "outside AWS")) for outcome in ("passed", "failed", "skipped")]
        aws = count["AWS", "passed"], count["AWS", "passed"] + count["AWS", "failed"]
        rows.append(f"| {title} | {sum(by_outcome)} | {' | '.join(map(str, by_outcome))} | {aws[0]} of {aws[1]} |")
    return "\n".join(rows)


def surprises(found, known):
    """Failures that the list does not have, and tests of the list that no longer fail in any of their forms."""
    failed = {name for name, record in found.items() if record["outcome"] == "failed"}
    ran = {base(name) for name, record in found.items() if record["outcome"] != "skipped"}
    news = sorted(name for name in failed if base(name) not in known)
    healed = sorted((known.keys() & ran) - {base(name) for name in failed})
    return news, healed


def report(names, found, known):
    print(table(found))
    failures = (name for name, record in found.items() if record["outcome"] == "failed")
    reasons = collections.Counter(known.get(base(name), "not known") for name in failures)
    for reason, count in sorted(reasons.items()):
        print(f"{count:4} {reason}")
    news, healed = surprises(found, known)
    for name in news:
        print(f"failed, not known: {name}: {found[name]['failure']}")
    for name in healed:
        print(f"listed as failing, and did not: {name}: {known[name]}")
    missing = len(names) - len(found)
    if missing:
        print(f"{missing} tests have no outcome: a run ended early")
    return 1 if news or missing else 0


def main():
    options = arguments()
    options.suite = options.suite.resolve()
    roost_server.BINARY = options.binary.resolve()
    python = prepare_environment(options.environment.absolute(), options.suite)
    with tempfile.TemporaryDirectory(prefix="roost-s3-tests-") as folder:
        folder = pathlib.Path(folder)
        names = run(python, options, folder)
        found = outcomes(folder)
        if options.outcomes:
            options.outcomes.write_text("".join(json.dumps(record) + "\n" for record in found.values()))
            for log in folder.glob("shard*.log"):
                (options.outcomes.parent / log.name).write_bytes(log.read_bytes())
    sys.exit(report(names, found, known_failures(options.known)))


if __name__ == "__main__":
    main()

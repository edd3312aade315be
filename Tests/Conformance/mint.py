#!/usr/bin/env python3
"""Runs the clients of a checkout of minio/mint against the release binary and prints counts by client.

    mint.py --suite DIR [--binary roost] [--known mint_known_failures.txt] [--mode full] [--clients awscli ...]

Each client runs against a server in the clear and against one with TLS, because the suite leaves out server-side encryption
without it. A server stands on a free port of 127.0.0.1 with a temporary data folder. Ends with 1 if a test fails which the list
does not know, or if a client ends without having run all of its tests.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "EndToEnd"))

import roost_server  # noqa: E402
from s3_tests import known_failures  # noqa: E402

CLIENTS = ["awscli", "s3cmd", "minio-py"]
CLIENT_SECONDS_MAX = 900
# The suite adds to these instead of writing them anew: what a run that was cut off left there would end the next one.
LEFT_BEHIND = [pathlib.Path("/tmp/lifecycle.json"), pathlib.Path("/tmp/multipart")]
# The suite gives new buckets public policies, which AWS blocks by default since April 2023.
OPEN_BUCKETS = ["--dialect", "ceph"]
# What the suite's own build script installs; its source distribution brings the functional tests along.
MINIO_PY = "minio==7.2.20"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suite", required=True, type=pathlib.Path, help="a checkout of minio/mint")
    parser.add_argument("--binary", type=pathlib.Path, default=roost_server.BINARY)
    parser.add_argument("--environment", type=pathlib.Path, default=roost_server.ROOT / ".venv-mint")
    parser.add_argument("--known", type=pathlib.Path, default=HERE / "mint_known_failures.txt")
    parser.add_argument("--mode", choices=["core", "full"], default="full", help="the suite's own: full has more tests of minio-py")
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=CLIENTS)
    return parser.parse_args()


def prepare_environment(folder):
    """The clients from PyPI, and the tests of minio-py beside them."""
    ready = folder / "ready"
    if ready.exists():
        return folder
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip"]
    requirements = HERE.parent / "EndToEnd" / "requirements.txt"
    subprocess.run([*pip, "install", "-q", "-r", requirements, "faker", MINIO_PY], check=True)
    subprocess.run([*pip, "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", folder, MINIO_PY], check=True)
    with tarfile.open(next(folder.glob("minio-*.tar.gz"))) as source:
        member = next(name for name in source.getnames() if name.endswith("tests/functional/tests.py"))
        (folder / "minio_py_tests.py").write_bytes(source.extractfile(member).read())
    ready.touch()
    return folder


def client_environment(options, server, folder):
    """What the suite's own main script exports, and a certificate for each client that looks for one."""
    secure = server.scheme == "https"
    # With TLS the aws CLI otherwise frames the body for its own checksum, and a wrong length that a test gives it is never sent.
    checksums = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"} if secure else {}
    trusted = {"AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}
    settings = {
        "HOME": str(folder),
        "PATH": f"{options.environment / 'bin'}:{os.environ['PATH']}",
        "MINT_MODE": options.mode,
        "MINT_DATA_DIR": str(folder / "data"),
        "DATA_DIR": str(folder / "data"),
        "SERVER_ENDPOINT": f"127.0.0.1:{server.port}",
        "SERVER_REGION": roost_server.REGION,
        "ACCESS_KEY": roost_server.ACCESS_KEY,
        "SECRET_KEY": roost_server.SECRET_KEY,
        "ENABLE_HTTPS": "1" if secure else "0",
        "ENABLE_VIRTUAL_STYLE": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    certificate = str(server.data / "tls-certificate.pem")
    return server.environment | settings | checksums | ({name: certificate for name in trusted} if secure else {})


def command(options, client, server):
    """How to run a client's tests, and how many there are, where its script ends at the first that fails."""
    if client == "minio-py":
        python = options.environment / "bin" / "python"
        return [python, HERE / "mint_minio_py.py", options.environment / "minio_py_tests.py"], None
    script = options.suite / "run" / "core" / client / "test.sh"
    text = script.read_text()
    body = text[text.index("\nmain() {" if client == "awscli" else "\nfunction run_test() {") :]
    called = re.findall(r"^\t\t?(test_\w+)", body, re.MULTILINE)
    if server.scheme == "http":
        called = [name for name in called if not (client == "awscli" and "serverside_encryption" in name)]
    return ["bash", script, server.endpoint], len(called)


def run_client(options, client, server, folder):
    """Each test's outcome, in the order in which they ran."""
    line, expected = command(options, client, server)
    environment = client_environment(options, server, folder)
    work = tempfile.mkdtemp(dir=folder)
    for path in LEFT_BEHIND:
        path.unlink(missing_ok=True)
    with open(folder / f"{client}-{server.scheme}.log", "w+") as log:
        process = subprocess.Popen(
            list(map(str, line)), cwd=work, env=environment, stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL, text=True
        )
        try:
            output, _ = process.communicate(timeout=CLIENT_SECONDS_MAX)
        finally:
            process.kill()
        log.seek(0)
        said = log.read()
    found = [read_outcome(line) for line in output.splitlines() if line.startswith("{")]
    if expected is None:
        expected = len(found)
    if process.returncode != 0 and not any(outcome["status"] == "FAIL" for outcome in found):
        found.append({"test": "the run itself", "status": "FAIL", "why": f"ended with {process.returncode}: {said[-2000:]}"})
    return found, max(0, expected - len(found))


def read_outcome(line):
    try:
        record = json.loads(line)
    except ValueError:
        # awscli's script does not escape what it quotes.
        return {"test": line.partition('"function": "')[2].partition('", "')[0].removesuffix("\\n"), "status": "FAIL", "why": line}
    name = record["name"] if record["name"].startswith("minio-py:") else record.get("function", "").strip()
    why = record.get("error") or record.get("message") or record.get("alert") or ""
    return {"test": name, "status": record["status"].upper(), "why": why}


def run(options, folder):
    made = subprocess.run(
        ["bash", options.suite / "create-data-files.sh"], env=os.environ | {"MINT_ROOT_DIR": str(folder)}, capture_output=True, text=True
    )
    if made.returncode != 0:
        raise SystemExit(f"no data files: {made.stdout}{made.stderr}")
    found = {}
    for scheme, flags in {"http": [], "https": ["--tls", "self-made"]}.items():
        server = roost_server.RoostServer(folder / f"server-{scheme}", *OPEN_BUCKETS, *flags, scheme=scheme).start()
        try:
            for client in options.clients:
                found[client, scheme] = run_client(options, client, server, folder)
        finally:
            server.stop()
    return found


def report(found, known):
    print("| client | connection | tests | passed | failed | not applicable | not run |")
    print("|---|---|---|---|---|---|---|")
    for (client, scheme), (outcomes, missing) in found.items():
        count = collections.Counter(outcome["status"] for outcome in outcomes)
        print(f"| {client} | {scheme} | {len(outcomes) + missing} | {count['PASS']} | {count['FAIL']} | {count['NA']} | {missing} |")
    surprises = sum(missing for _, missing in found.values())
    for (client, scheme), (outcomes, _) in found.items():
        for outcome in outcomes:
            if outcome["status"] == "PASS":
                continue
            reason = known.get(outcome["test"])
            surprises += reason is None
            status = "not applicable" if outcome["status"] == "NA" else "failed"
            print(f"{status}, {reason or 'not known'}: {client}, {scheme}: {outcome['test']}")
            if reason is None:
                print(f"    {outcome['why']}")
    return 1 if surprises else 0


def main():
    options = arguments()
    options.suite = options.suite.resolve()
    roost_server.BINARY = options.binary.resolve()
    options.environment = prepare_environment(options.environment.absolute())
    with tempfile.TemporaryDirectory(prefix="roost-mint-") as folder:
        found = run(options, pathlib.Path(folder))
    sys.exit(report(found, known_failures(options.known)))


if __name__ == "__main__":
    main()

"""Runs wrk and reads what it measured. Load is bounded in time and connections."""

import dataclasses
import pathlib
import statistics
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent
THREADS = 2


@dataclasses.dataclass
class Result:
    per_second: float
    median_ms: float
    p99_ms: float


def wrk(server, targets, method, body_bytes, connections, seconds, pause_ms=0):
    command = [
        "wrk", f"-t{min(THREADS, connections)}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s",
        "-s", FOLDER / "wrk" / "requests.lua", f"http://{server.host}", "--", targets, method, body_bytes, pause_ms,
    ]
    output = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds + 120, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    requests, microseconds, failed, median, p99 = map(int, line.split()[1:])
    if failed:
        raise RuntimeError(f"{failed} of {requests} requests failed: {output}")
    return Result(requests / microseconds * 1e6, median / 1000, p99 / 1000)


def middle(results):
    return Result(*(statistics.median(getattr(r, f.name) for r in results) for f in dataclasses.fields(Result)))


def paired(runs, *measures):
    """Runs the measures in turn, `runs` times, so that drift of the machine hits all; the median of each."""
    rounds = [[measure() for measure in measures] for _ in range(runs)]
    return [middle([r[i] for r in rounds]) for i in range(len(measures))]

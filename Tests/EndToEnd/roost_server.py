"""A roost process under test: its own data folder, a free port on 127.0.0.1, ended by its process id."""

import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ROOST_BINARY", ROOT / ".build" / "release" / "roost"))
ACCESS_KEY = "ROOSTTESTACCESSKEY01"
SECRET_KEY = "roost-test-secret-key-of-forty-characters"
REGION = "us-east-1"
# 32 bytes in Base64: whoever runs tests needs no secret.
MASTER_KEY = "cm9vc3QtdGVzdC1tYXN0ZXIta2V5LTMyLWJ5dGVzLS0="
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 40


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class AdminRefused(Exception):
    """What the command said on stderr."""


class RoostServer:
    def __init__(self, data, *flags, scheme="http"):
        self.data = pathlib.Path(data)
        self.flags = flags
        self.scheme = scheme
        self.port = free_port()
        self.process = None
        self.log = None

    @property
    def endpoint(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def environment(self):
        """What a user sets, and nothing else of the caller's AWS settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ROOST_"))}
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def start(self, *flags, **limits):
        self.log = open(self.data.parent / f"{self.data.name}.log", "ab")
        environment = self.environment | {
            "ROOST_ACCESS_KEY_ID": ACCESS_KEY,
            "ROOST_SECRET_ACCESS_KEY": SECRET_KEY,
            **({"ROOST_MASTER_KEY": MASTER_KEY} if MASTER_KEY else {}),
            "SWIFT_BACKTRACE": "enable=no",
        }
        command = [BINARY, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *self.flags, *flags]
        self.process = subprocess.Popen(
            [str(part) for part in command], env=environment, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, **limits
        )
        self.wait_until_ready()
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"roost ended with {self.process.returncode}: {self.log_text()[-2000:]}")
            try:
                if self.scheme == "https":
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    return
                with urllib.request.urlopen(f"{self.endpoint}/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"roost was not ready in time: {self.log_text()[-2000:]}")

    def log_text(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def stop(self):
        """Graceful: SIGTERM, then the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS_MAX)
        self.process = None
        self.log.close()
        return code

    def kill(self):
        """As a power cut for the process: SIGKILL."""
        self.process.kill()
        self.process.wait(STOP_SECONDS_MAX)
        self.process = None
        self.log.close()

    def metric(self, name):
        """The sum of a metric over its labels."""
        with urllib.request.urlopen(f"{self.endpoint}/metrics", timeout=30, context=ssl._create_unverified_context()) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and not line.startswith("#"))

    def admin(self, *arguments):
        """`roost admin ... --json`: the answer."""
        answer = self.run_cli("admin", *arguments, "--json", check=False)
        if answer.returncode != 0:
            raise AdminRefused(answer.stderr.strip())
        return json.loads(answer.stdout)

    def run_cli(self, *arguments, check=True, **environment):
        command = [str(BINARY), *map(str, arguments)]
        environment = self.environment | environment
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=check)

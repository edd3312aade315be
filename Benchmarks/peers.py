"""Servers that a benchmark drives: Roost, nginx as the yardstick, SeaweedFS beside it where it installs."""

import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.request

ACCESS_KEY, SECRET_KEY = "BENCHACCESSKEY000001", "bench-secret-key-of-thirty-two-characters"
START_SECONDS_MAX = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def low_port():
    """Free, and so is the port 10,000 above it, where SeaweedFS puts its gRPC."""
    while True:
        port = random.randrange(20_000, 45_000)
        try:
            for number in (port, port + 10_000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
            return port
        except OSError:
            continue


def wait_for(url, process):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"{url} did not answer")


class Server:
    """A child process with its own folder and port, ended by its process id."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def spawn(self, command, environment=None, ready="/"):
        log = open(self.folder / "server.log", "ab")
        begun = time.monotonic()
        self.process = subprocess.Popen([str(c) for c in command], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for(f"http://{self.host}{ready}", self.process)
        return time.monotonic() - begun

    def stop(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None


class Roost(Server):
    def __init__(self, folder, binary):
        super().__init__(folder)
        self.binary = binary

    def start(self, *options):
        """Seconds until it was ready to serve."""
        environment = os.environ | {"ROOST_ACCESS_KEY_ID": ACCESS_KEY, "ROOST_SECRET_ACCESS_KEY": SECRET_KEY}
        command = [self.binary, "serve", "--data", self.folder / "data", "--listen", self.host, *options]
        return self.spawn(command, environment, "/readyz")

    def resident_megabytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in text.splitlines())
        return {name: int(fields[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM")}


class Nginx(Server):
    def start(self):
        files = self.folder / "files"
        files.mkdir(exist_ok=True)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(f"""
            worker_processes 2; pid {self.folder}/nginx.pid; error_log {self.folder}/error.log; daemon off; user root;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; client_max_body_size 16m;
                client_body_buffer_size 2m; client_body_temp_path {self.folder}/temp; open_file_cache max=10000;
                server {{
                    listen {self.host}; root {files};
                    location / {{ dav_methods PUT DELETE; create_full_put_path on; dav_access user:rw; }}
                }}
            }}""")
        return self.spawn(["nginx", "-c", configuration, "-p", self.folder])


class SeaweedFS(Server):
    def start(self, binary):
        self.port = low_port()
        identities = self.folder / "s3.json"
        identities.write_text(
            '{"identities":[{"name":"bench","credentials":[{"accessKey":"%s","secretKey":"%s"}],"actions":["Admin"]}]}'
            % (ACCESS_KEY, SECRET_KEY)
        )
        ports = [low_port() for _ in range(3)]
        command = [
            binary, "server", f"-dir={self.folder}", "-ip=127.0.0.1", "-s3", f"-s3.port={self.port}", f"-s3.config={identities}",
            f"-master.port={ports[0]}", f"-volume.port={ports[1]}", f"-filer.port={ports[2]}", "-volume.max=20", "-master.volumeSizeLimitMB=1024",
        ]
        return self.spawn(command)

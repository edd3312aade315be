"""make bench: Roost's figures against nginx (and SeaweedFS), measured in one run on one machine.

Every load is wrk with presigned requests, or the SQS load generator; server and generator share the machine.
"""

import argparse
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import boto3
from botocore.config import Config

from load import middle, paired, wrk
from peers import ACCESS_KEY, SECRET_KEY, Nginx, Roost, SeaweedFS
from presign import Presigner

KIB, MIB = 1024, 1024 * 1024
SMALL_KEYS, LARGE_KEYS = 20_000, 64
# Clients that write while a lifecycle ends objects, and how long each waits between two writes: a load that leaves the machine half of its time.
LIFECYCLE_LOAD_CONNECTIONS, LIFECYCLE_LOAD_PAUSE_MS = 16, 10
# The peers encrypt nothing; what encryption costs is measured by itself.
ROOST_FLAGS = ("--default-encryption", "none")


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder)
        self.roost = Roost(self.folder / "roost", options.binary)
        self.nginx = Nginx(self.folder / "nginx")
        self.seaweed = None
        self.rows = []
        self.filled = set()

    # The servers

    def start(self):
        self.roost.start(*ROOST_FLAGS)
        self.nginx.start()
        binary = shutil.which("weed")
        if binary and not self.options.no_seaweedfs:
            self.seaweed = SeaweedFS(self.folder / "seaweedfs")
            self.seaweed.start(binary)
        for server in filter(None, (self.roost, self.seaweed)):
            for bucket in ("bench", "noisy", "many"):
                self.client(server, "s3").create_bucket(Bucket=bucket)
        (self.nginx.folder / "files" / "bench").mkdir(parents=True)
        self.notify("noisy")

    def stop(self):
        for server in filter(None, (self.roost, self.nginx, self.seaweed)):
            server.stop(signal.SIGTERM)

    def client(self, server, service):
        return boto3.client(
            service, endpoint_url=f"http://{server.host}", aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1", config=Config(s3={"addressing_style": "path"}, read_timeout=300),
        )

    def notify(self, bucket):
        sqs, s3 = self.client(self.roost, "sqs"), self.client(self.roost, "s3")
        url = sqs.create_queue(QueueName="bench-events")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        targets = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=targets, SkipDestinationValidation=True
        )

    # The requests

    def targets(self, server, method, bucket, count, prefix):
        path = self.folder / f"{type(server).__name__}-{method}-{bucket}-{prefix}-{count}.txt"
        if not path.exists():
            keys = [f"/{bucket}/{prefix}/{number:07d}" for number in range(count)]
            if not isinstance(server, Nginx):
                presigner = Presigner(server.host, ACCESS_KEY, SECRET_KEY)
                keys = [presigner.target(method, key) for key in keys]
            path.write_text("\n".join(keys) + "\n")
        return path

    def measure(self, server, method, body, connections, count, prefix, bucket="bench", pause_ms=0):
        targets = self.targets(server, method, bucket, count, prefix)
        return lambda: wrk(server, targets, method, body if method == "PUT" else 0, connections, self.options.seconds, pause_ms)

    def compare(self, title, bar, method, body, connections, count, prefix, servers):
        servers = [server for server in servers if server]
        results = paired(self.options.runs, *(self.measure(s, method, body, connections, count, prefix) for s in servers))
        for server, result in zip(servers, results):
            note = "" if server is self.roost else "peer"
            self.row(f"{title}" if not note else f"- {type(server).__name__}", bar if not note else "", result)
        return dict(zip((type(s).__name__ for s in servers), results))

    def row(self, title, bar, result, unit="/s", verdict=""):
        text = f"{result.per_second:,.0f}{unit}, median {result.median_ms:.2f} ms, p99 {result.p99_ms:.2f} ms"
        self.line(title, bar, text, verdict)

    def line(self, title, bar, text, verdict=""):
        self.rows.append((title, bar, text, verdict))
        print(f"{title:58} {bar:32} {text:48} {verdict}", flush=True)

    def verdict(self, title, value, bar):
        self.line(title, f"at least {bar}", f"{value:.2f}", "reached" if value >= bar else "MISSED")

    # The figures

    def prepare(self):
        """Every key that a later load may ask for, on every server."""
        for server in filter(None, (self.roost, self.nginx, self.seaweed)):
            self.put_all(server, self.targets(server, "PUT", "bench", SMALL_KEYS, "s"), 4 * KIB)
            self.put_all(server, self.targets(server, "PUT", "bench", LARGE_KEYS, "l"), MIB)

    def small_puts(self):
        both = self.compare("PutObject 4 KiB, 64 connections", "", "PUT", 4 * KIB, 64, SMALL_KEYS, "s", [self.roost, self.nginx, self.seaweed])
        self.verdict("  ratio to nginx's DAV PUT", both["Roost"].per_second / both["Nginx"].per_second, 1.0)
        one = self.compare("PutObject 4 KiB, 1 connection", "", "PUT", 4 * KIB, 1, SMALL_KEYS, "s", [self.roost])
        self.verdict("  per second", one["Roost"].per_second, 1800)

    def notified_puts(self):
        plain, noisy = paired(
            self.options.runs,
            self.measure(self.roost, "PUT", 4 * KIB, 64, SMALL_KEYS, "s"),
            self.measure(self.roost, "PUT", 4 * KIB, 64, SMALL_KEYS, "s", "noisy"),
        )
        self.row("PutObject 4 KiB with a notification, 64 connections", "", noisy)
        self.verdict("  ratio to the same without", noisy.per_second / plain.per_second, 0.85)

    def versioned_puts(self):
        s3 = self.client(self.roost, "s3")
        s3.create_bucket(Bucket="versioned")
        s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
        plain, versioned = paired(
            self.options.runs,
            self.measure(self.roost, "PUT", 4 * KIB, 64, SMALL_KEYS, "s"),
            self.measure(self.roost, "PUT", 4 * KIB, 64, SMALL_KEYS, "s", "versioned"),
        )
        self.row("PutObject 4 KiB with versions, 64 connections", "", versioned)
        self.verdict("  ratio to the same without", versioned.per_second / plain.per_second, 0.9)

    def encrypted(self):
        """What a server costs that encrypts everything, as it does by default, beside one that does not."""
        s3 = self.client(self.roost, "s3")
        s3.create_bucket(Bucket="sealed")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(Bucket="sealed", ServerSideEncryptionConfiguration={"Rules": [rule]})
        self.put_all(self.roost, self.targets(self.roost, "PUT", "sealed", LARGE_KEYS, "l"), MIB)
        self.put_all(self.roost, self.targets(self.roost, "PUT", "sealed", SMALL_KEYS, "s"), 4 * KIB)
        for title, bar, method, size, connections, count, prefix in (
            ("GetObject 1 MiB", 0.6, "GET", MIB, 16, LARGE_KEYS, "l"), ("PutObject 1 MiB", None, "PUT", MIB, 16, LARGE_KEYS, "l"),
            ("GetObject 4 KiB", None, "GET", 4 * KIB, 64, SMALL_KEYS, "s"), ("PutObject 4 KiB", None, "PUT", 4 * KIB, 64, SMALL_KEYS, "s"),
        ):
            plain, sealed = paired(
                self.options.runs,
                self.measure(self.roost, method, size, connections, count, prefix),
                self.measure(self.roost, method, size, connections, count, prefix, "sealed"),
            )
            self.row(f"{title} with SSE-S3, {connections} connections", "", sealed)
            ratio = sealed.per_second / plain.per_second
            if bar:
                self.verdict("  ratio to the same without", ratio, bar)
            else:
                self.line("  ratio to the same without", "", f"{ratio:.2f}")

    def small_gets(self):
        both = self.compare("GetObject 4 KiB, 64 connections", "", "GET", 0, 64, SMALL_KEYS, "s", [self.roost, self.nginx, self.seaweed])
        self.verdict("  ratio to nginx's static file", both["Roost"].per_second / both["Nginx"].per_second, 0.4)

    def large_objects(self):
        puts = self.compare("PutObject 1 MiB, 16 connections", "", "PUT", MIB, 16, LARGE_KEYS, "l", [self.roost, self.nginx, self.seaweed])
        self.verdict("  per second", puts["Roost"].per_second, 500)
        gets = self.compare("GetObject 1 MiB, 16 connections", "", "GET", 0, 16, LARGE_KEYS, "l", [self.roost, self.nginx, self.seaweed])
        self.verdict("  ratio to nginx", gets["Roost"].per_second / gets["Nginx"].per_second, 0.75)

    def queue(self):
        command = [str(self.options.load), "--endpoint", f"http://{self.roost.host}", "--clients", "16", "--seconds", str(self.options.seconds)]
        environment = os.environ | {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        rates = []
        for _ in range(self.options.runs):
            output = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True).stdout
            rates.append(float(output.split()[0]))
        self.verdict("SQS send + receive + delete of 1 KiB, 16 clients, per s", sorted(rates)[len(rates) // 2], 5000)

    def listing(self):
        small = self.pages(self.fill(10_000))
        large = self.pages(self.fill(self.options.objects))
        self.row(f"ListObjectsV2, 1,000 keys of 10,000", "", small, " pages/s")
        self.row(f"ListObjectsV2, 1,000 keys of {self.options.objects:,}", "", large, " pages/s")
        self.verdict("  pages per second", large.per_second, 300)
        self.verdict("  ratio to the rate at 10,000", large.per_second / small.per_second, 0.8)

    def fill(self, count):
        """Objects of 16 bytes, each put once."""
        if count in self.filled:
            return count
        self.filled.add(count)
        targets = self.folder / f"fill-{count}.txt"
        presigner = Presigner(self.roost.host, ACCESS_KEY, SECRET_KEY)
        with open(targets, "w") as file:
            for number in range(count):
                file.write(presigner.target("PUT", f"/many/n{count}/{number:07d}") + "\n")
        self.put_all(self.roost, targets, 16)
        return count

    def put_all(self, server, targets, body_bytes):
        command = [
            self.options.load, "--endpoint", f"http://{server.host}", "--put-all", targets, "--clients", 64, "--body-bytes", body_bytes,
        ]
        begun = time.monotonic()
        output = subprocess.run([str(c) for c in command], check=True, timeout=1800, capture_output=True, text=True).stdout
        print(f"  {type(server).__name__}: {output.strip()} of {body_bytes} bytes in {time.monotonic() - begun:.1f} s", flush=True)

    def pages(self, count):
        presigner = Presigner(self.roost.host, ACCESS_KEY, SECRET_KEY)
        targets = self.folder / f"pages-{count}.txt"
        starts = [number * (count - 1000) // 997 for number in range(997)]
        queries = [f"list-type=2&max-keys=1000&prefix=n{count}%2F&start-after=n{count}%2F{start:07d}" for start in starts]
        targets.write_text("\n".join(presigner.target("GET", "/many", query) for query in queries) + "\n")
        return paired(self.options.runs, lambda: wrk(self.roost, targets, "GET", 0, 1, self.options.seconds))[0]

    def memory(self):
        used = self.roost.resident_megabytes()
        self.line("Resident memory after all that", "under 400 MB", f"{used['VmRSS']} MB, peak {used['VmHWM']} MB",
                  "reached" if used["VmRSS"] < 400 else "MISSED")

    def starts(self):
        for title, how, bar in (("clean", signal.SIGTERM, 1.0), ("after kill -9", signal.SIGKILL, 5.0)):
            if how is signal.SIGKILL:
                self.measure(self.roost, "PUT", 4 * KIB, 64, SMALL_KEYS, "s")()
            self.roost.stop(how)
            seconds = self.roost.start(*ROOST_FLAGS)
            self.line(f"Start with {self.options.objects:,} objects, {title}", f"under {bar:.0f} s", f"{seconds:.2f} s",
                      "reached" if seconds < bar else "MISSED")

    def lifecycle(self):
        """Ends all of the large listing's objects while clients write, and compares how long those wait with how long they did before."""
        s3 = self.client(self.roost, "s3")
        self.fill(self.options.objects)
        self.roost.stop(signal.SIGTERM)
        self.roost.start(*ROOST_FLAGS, "--lifecycle-day", "1")
        load = self.measure(
            self.roost, "PUT", 4 * KIB, LIFECYCLE_LOAD_CONNECTIONS, SMALL_KEYS, "s", pause_ms=LIFECYCLE_LOAD_PAUSE_MS)
        before = paired(self.options.runs, load)[0]
        prefix = f"n{self.options.objects}/"
        rule = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": 1}}
        begun = time.monotonic()
        s3.put_bucket_lifecycle_configuration(Bucket="many", LifecycleConfiguration={"Rules": [rule]})
        during = []
        while s3.list_objects_v2(Bucket="many", Prefix=prefix, MaxKeys=1)["KeyCount"]:
            during.append(load())
        seconds = time.monotonic() - begun
        self.line(f"Lifecycle over {self.options.objects:,} objects beside that load", "under 60 s", f"{seconds:.0f} s",
                  "reached" if seconds < 60 else "MISSED")
        self.row(f"PutObject 4 KiB, {LIFECYCLE_LOAD_CONNECTIONS} connections with pauses of {LIFECYCLE_LOAD_PAUSE_MS} ms, no lifecycle at work", "", before)
        beside = middle(during)
        self.row("- beside the lifecycle", "", beside)
        ratio = beside.p99_ms / before.p99_ms
        self.line("  ratio of the 99th percentiles", "at most 2", f"{ratio:.2f}", "reached" if ratio <= 2 else "MISSED")

    def run(self):
        steps = {
            "puts": self.small_puts, "notified": self.notified_puts, "versioned": self.versioned_puts, "encrypted": self.encrypted, "gets": self.small_gets, "large": self.large_objects,
            "queue": self.queue, "listing": self.listing, "memory": self.memory, "starts": self.starts,
            "lifecycle": self.lifecycle,
        }
        self.prepare()
        for name, step in steps.items():
            if not self.options.only or name in self.options.only:
                step()


def table(rows):
    lines = ["| what | bar | measured | |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=".build/release/roost", type=pathlib.Path)
    parser.add_argument("--load", default=".build/release/roost-load", type=pathlib.Path)
    parser.add_argument("--seconds", default=5, type=int)
    parser.add_argument("--runs", default=3, type=int)
    parser.add_argument("--objects", default=1_000_000, type=int)
    parser.add_argument("--only", nargs="*", help="puts notified versioned encrypted gets large queue listing memory starts lifecycle")
    parser.add_argument("--no-seaweedfs", action="store_true")
    parser.add_argument("--write", type=pathlib.Path, help="append the table to this file")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, {options.runs} runs of {options.seconds} s, medians")
    with tempfile.TemporaryDirectory(prefix="roost-bench-") as folder:
        bench = Bench(options, folder)
        try:
            bench.start()
            bench.run()
        finally:
            bench.stop()
    if options.write:
        with open(options.write, "a") as file:
            file.write(table(bench.rows))
    sys.exit(any(row[3] == "MISSED" for row in bench.rows))


if __name__ == "__main__":
    main()

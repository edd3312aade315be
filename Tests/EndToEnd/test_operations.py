"""What an operator does: stop and start, back up and restore, verify, find damage, fill a disk."""

import json
import os
import pathlib
import random
import resource
import ssl
import subprocess
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError

from conftest import client
from roost_server import BINARY, RoostServer, free_port

KIB = 1024


def fill(s3, bucket, count=20):
    s3.create_bucket(Bucket=bucket)
    bodies = {f"k{number}": os.urandom(random.choice([10, 5_000, 400_000])) for number in range(count)}
    for key, body in bodies.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    return bodies


def assert_holds(s3, bucket, bodies):
    for key, body in bodies.items():
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body


def test_everything_is_there_after_a_restart(own_server):
    own_server.start()
    bodies = fill(client(own_server, "s3"), "kept")
    assert own_server.stop() == 0
    own_server.start()
    assert_holds(client(own_server, "s3"), "kept", bodies)
    assert own_server.stop() == 0
    assert own_server.run_cli("verify", "--data", own_server.data).returncode == 0


def test_a_second_process_is_refused(own_server):
    own_server.start()
    command = [BINARY, "serve", "--data", own_server.data, "--listen", f"127.0.0.1:{free_port()}"]
    second = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=30, env=own_server.environment)
    assert second.returncode != 0
    assert str(own_server.process.pid) in second.stdout + second.stderr


def test_backup_while_serving_and_restore(own_server, tmp_path):
    own_server.start()
    s3 = client(own_server, "s3")
    bodies = fill(s3, "kept")
    own_server.run_cli("backup", "--data", own_server.data, "--to", tmp_path / "backup")
    s3.delete_object(Bucket="kept", Key="k0")
    own_server.run_cli("restore", "--from", tmp_path / "backup", "--data", tmp_path / "restored")
    assert own_server.run_cli("verify", "--data", tmp_path / "restored").returncode == 0
    restored = RoostServer(tmp_path / "restored").start()
    try:
        assert_holds(client(restored, "s3"), "kept", bodies)
    finally:
        restored.stop()


def test_damage_is_named_and_never_served(own_server):
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="kept")
    body = os.urandom(1_000_000)
    s3.put_object(Bucket="kept", Key="hurt", Body=body)
    s3.put_object(Bucket="kept", Key="well", Body=b"well")
    own_server.stop()
    damaged = next(p for p in sorted((own_server.data / "blobs").rglob("*")) if p.is_file() and p.stat().st_size > 900_000)
    with open(damaged, "r+b") as file:
        file.seek(500_000)
        byte = file.read(1)
        file.seek(500_000)
        file.write(bytes([byte[0] ^ 1]))
    report = own_server.run_cli("verify", "--data", own_server.data, check=False)
    assert report.returncode != 0 and damaged.name in report.stdout + report.stderr
    own_server.start()
    s3 = client(own_server, "s3")
    assert s3.get_object(Bucket="kept", Key="well")["Body"].read() == b"well"
    with pytest.raises(Exception) as caught:
        assert s3.get_object(Bucket="kept", Key="hurt")["Body"].read() != body
        pytest.fail("a damaged body was served whole")
    assert str(own_server.data) not in str(caught.value)
    assert damaged.name in own_server.log_text()


def test_a_full_disk_fails_clearly_and_recovers(tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "none", str(mount)], capture_output=True).returncode != 0:
        pytest.skip("no right to mount a small disk")
    roost = RoostServer(mount / "data")
    try:
        roost.start()
        s3 = client(roost, "s3")
        s3.create_bucket(Bucket="full")
        s3.put_object(Bucket="full", Key="first", Body=b"first")
        ballast = mount / "ballast"
        with open(ballast, "wb") as file:
            try:
                while True:
                    file.write(bytes(64 * KIB))
            except OSError:
                pass
        codes = set()
        acknowledged = {}
        for number in range(400):
            body = os.urandom(300_000 if number % 2 else 60_000)
            try:
                s3.put_object(Bucket="full", Key=f"k{number}", Body=body)
                acknowledged[f"k{number}"] = body
            except ClientError as error:
                codes.add((error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]))
        assert codes and all(status in (503, 507) for _, status in codes), codes
        assert s3.get_object(Bucket="full", Key="first")["Body"].read() == b"first", "reads go on"
        ballast.unlink()
        put_until_taken(s3, "full", "again", os.urandom(300_000))
        assert_holds(s3, "full", acknowledged)
        assert roost.stop() == 0
    finally:
        if roost.process is not None:
            roost.kill()
        subprocess.run(["umount", str(mount)], check=False)


def put_until_taken(s3, bucket, key, body):
    """The server looks at the free space some times a second."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return s3.put_object(Bucket=bucket, Key=key, Body=body)
        except ClientError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_few_file_descriptors(own_server):
    own_server.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120)))
    s3 = client(own_server, "s3", max_pool_connections=4)
    bodies = fill(s3, "few", 150)
    assert_holds(s3, "few", bodies)


def test_tls(tmp_path):
    roost = RoostServer(tmp_path / "data", "--tls", "self-made", scheme="https").start()
    try:
        unchecked = ssl._create_unverified_context()
        with urllib.request.urlopen(f"{roost.endpoint}/healthz", context=unchecked) as answer:
            assert answer.status == 200
        http2 = subprocess.run(
            ["curl", "-ks", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", f"{roost.endpoint}/healthz"],
            capture_output=True, text=True,
        )
        assert http2.stdout == "2 200"
    finally:
        roost.stop()


def test_tls_with_files_of_the_operator(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    files = ("--tls", "files", "--tls-certificate", certificate, "--tls-key", key)
    roost = RoostServer(tmp_path / "data", *files, scheme="https").start()
    try:
        s3 = client(roost, "s3", verify=str(certificate))
        body = os.urandom(3_000_000)
        s3.create_bucket(Bucket="secure")
        s3.put_object(Bucket="secure", Key="k", Body=body)
        assert s3.get_object(Bucket="secure", Key="k")["Body"].read() == body
        checked = ["curl", "-sS", "--cacert", str(certificate), "--http2", "-o", os.devnull, "-w", "%{http_version} %{http_code}"]
        http2 = subprocess.run([*checked, f"{roost.endpoint}/healthz"], capture_output=True, text=True)
        assert http2.stdout == "2 200"
        old = subprocess.run([*checked, "--tls-max", "1.1", f"{roost.endpoint}/healthz"], capture_output=True, text=True)
        assert old.returncode != 0
    finally:
        assert roost.stop() == 0
    swapped = RoostServer(tmp_path / "data", "--tls", "files", "--tls-certificate", key, "--tls-key", certificate, scheme="https")
    with pytest.raises(RuntimeError, match="roost ended with"):
        swapped.start()
    swapped.process = None


def test_metrics_tell_what_happened(own_server):
    own_server.start()
    s3 = client(own_server, "s3")
    fill(s3, "seen", 5)
    with urllib.request.urlopen(f"{own_server.endpoint}/metrics") as answer:
        text = answer.read().decode()
    assert 'operation="PutObject"' in text
    for name in ("roost_commit_batch_size", "roost_sync_seconds", "roost_commit_queue_depth", "roost_index_bytes", "roost_blob"):
        assert name in text, name

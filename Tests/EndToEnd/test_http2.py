"""What an HTTP/2 connection may not do to its server, and what its server may not do to it."""

import os
import signal
import socket
import ssl
import subprocess
import time

import pytest

from conftest import client
from raw_http2 import CONTINUATION, HEADERS, PING, RST_STREAM, SETTINGS, RawHTTP2, frame
from roost_server import RoostServer

MIB = 1024 * 1024
IDLE_SECONDS = 2


@pytest.fixture
def secure(tmp_path):
    roost = RoostServer(tmp_path / "data", "--tls", "self-made", "--idle-timeout", IDLE_SECONDS, scheme="https").start()
    yield roost
    if roost.process is not None:
        roost.kill()


def signed_url(server, operation, key):
    s3 = client(server, "s3", signature_version="s3v4")
    return s3.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": key})


def curl(*arguments):
    command = ["curl", "-sSk", "--http2", "-w", "%{http_version} %{http_code} %{size_download}", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def put(server, key, path):
    answer, _ = curl("-T", path, "-o", os.devnull, signed_url(server, "put_object", key)).communicate(timeout=60)
    assert answer.startswith("2 200"), answer


def make_bucket(server, tmp_path):
    """Over curl, as everything here: botocore would have to be told of the certificate."""
    s3 = client(server, "s3", signature_version="s3v4")
    url = s3.generate_presigned_url("create_bucket", Params={"Bucket": "bucket"})
    answer, _ = curl("-X", "PUT", url).communicate(timeout=60)
    assert "2 200" in answer, answer
    path = tmp_path / "payload"
    path.write_bytes(os.urandom(4 * MIB))
    return path


def test_a_slow_download_is_not_idle(secure, tmp_path):
    put(secure, "slow", make_bucket(secure, tmp_path))
    # Four times as long as the idle timeout.
    url = signed_url(secure, "get_object", "slow")
    answer, _ = curl("--limit-rate", 4 * MIB // (4 * IDLE_SECONDS), "-o", os.devnull, url).communicate(timeout=120)
    assert answer == f"2 200 {4 * MIB}"


def test_a_stop_lets_an_upload_finish(secure, tmp_path):
    path = make_bucket(secure, tmp_path)
    upload = curl("-T", path, "--limit-rate", MIB, "-o", os.devnull, signed_url(secure, "put_object", "late"))
    time.sleep(1)
    secure.process.send_signal(signal.SIGTERM)
    answer, _ = upload.communicate(timeout=60)
    assert answer.startswith("2 200"), answer
    assert secure.stop() == 0


def test_endless_headers_end_the_connection(secure):
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2"])
    connection = context.wrap_socket(socket.create_connection(("127.0.0.1", secure.port), 20))
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    headers = bytes([0, 0, 0, 1, 0, 0, 0, 0, 1])
    continuation = bytes([0, 0x40, 0, 9, 0, 0, 0, 0, 1]) + bytes(16 * 1024)
    connection.sendall(preface + headers)
    with pytest.raises(OSError):
        for _ in range(8 * 1024):
            connection.sendall(continuation)


@pytest.mark.parametrize("flood", ["resets", "continuations", "unknown-streams"])
def test_a_connection_that_breaks_the_protocol_is_closed(secure, flood):
    connection = RawHTTP2(secure.port)
    if flood == "continuations":
        connection.send(frame(HEADERS, 0, 1))
    with pytest.raises(OSError):
        for _ in range(20_000):
            if flood == "resets":
                connection.send(frame(RST_STREAM, 0, connection.request("GET", "/healthz"), bytes([0, 0, 0, 8])))
            elif flood == "continuations":
                connection.send(frame(CONTINUATION, 0, 1, b"\0\1a\1b"))
            else:
                connection.data(2**31 - 1, b"x")
    assert curl(f"{secure.endpoint}/healthz", "-o", os.devnull).communicate(timeout=60)[0].startswith("2 200")


@pytest.mark.parametrize("kind, payload", [(SETTINGS, b""), (PING, b"12345678")])
def test_floods_of_control_frames_take_no_memory(secure, kind, payload):
    """The client reads none of the answers."""
    connection = RawHTTP2(secure.port)
    connection.socket.settimeout(5)
    try:
        for _ in range(1000):
            connection.send(frame(kind, 0, 0, payload) * 1000)
    except OSError:
        pass
    with open(f"/proc/{secure.process.pid}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    assert resident < 300 * 1024
    connection.close()

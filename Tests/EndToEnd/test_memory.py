"""Clients that do not read, or send and then stop: the server's memory has a bound whatever they do."""

import contextlib
import os
import socket
import time
import urllib.parse

import pytest

from conftest import client
from raw_http2 import RawHTTP2
from roost_server import RoostServer

MIB = 1024 * 1024
# EdgeLimits.bodyMemoryBytes, up to EdgeLimits.receiveBytes for each of 700 connections, and a fresh server with what it keeps.
RESIDENT_MAX = 640 * MIB
# EdgeLimits.receiveBytes: what one read of a connection brings is there before anybody can ask for room.
RECEIVE_MAX = 256 * 1024


def peak_bytes(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024


@pytest.fixture
def plain(own_server):
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="large", Body=os.urandom(8 * MIB))
    return own_server


def target(server, operation, key):
    """What a presigned URL says behind the host."""
    s3 = client(server, "s3", signature_version="s3v4")
    url = urllib.parse.urlsplit(s3.generate_presigned_url(operation, Params={"Bucket": "bucket", "Key": key}))
    return f"{url.path}?{url.query}"


def open_http1(server, stack, head, body=b""):
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
    connection.settimeout(0.2)
    with contextlib.suppress(OSError):
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
    return connection


def download_whole(server, key, size, path):
    """Another client, meanwhile."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        connection.sendall(head.encode())
        count = 0
        while piece := connection.recv(1 << 20):
            count += len(piece)
    return count > size


def test_stalled_downloads_and_uploads(plain):
    host = f"Host: 127.0.0.1:{plain.port}"
    get, put = target(plain, "get_object", "large"), target(plain, "put_object", "up")
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            open_http1(plain, stack, f"GET {get} HTTP/1.1\n{host}")
        for _ in range(300):
            open_http1(plain, stack, f"PUT {put} HTTP/1.1\n{host}\nContent-Length: {100 * MIB}", os.urandom(600_000))
        assert plain.metric("roost_body_memory_bytes") <= plain.metric("roost_body_memory_limit_bytes") + 300 * RECEIVE_MAX
        assert download_whole(plain, "large", 8 * MIB, get), "whoever reads is served"
        assert peak_bytes(plain) < RESIDENT_MAX
    s3 = client(plain, "s3")
    assert "Contents" not in s3.list_objects_v2(Bucket="bucket", Prefix="up")
    wait_until(lambda: plain.metric("roost_body_memory_bytes") == 0)


def test_downloads_leave_nothing_behind(plain):
    get = target(plain, "get_object", "large")
    for _ in range(20):
        assert download_whole(plain, "large", 8 * MIB, get)
    before = peak_bytes(plain)
    for _ in range(400):
        assert download_whole(plain, "large", 8 * MIB, get)
    # One piece left behind by each would be 100 MiB.
    assert peak_bytes(plain) < before + 32 * MIB


def wait_until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("never happened")


def test_stalled_streams(tmp_path):
    server = RoostServer(tmp_path / "data", "--tls", "self-made", scheme="https").start()
    try:
        s3 = client(server, "s3", verify=False)
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="large", Body=os.urandom(8 * MIB))
        get, put = target(server, "get_object", "large"), target(server, "put_object", "up")
        connections = []
        for _ in range(20):
            connection = RawHTTP2(server.port, window=0)
            connections.append(connection)
            for _ in range(100):
                connection.request("GET", get)
        for _ in range(20):
            connection = RawHTTP2(server.port)
            connections.append(connection)
            for _ in range(50):
                stream = connection.request("PUT", put, [("content-length", str(100 * MIB))], ends=False)
                connection.data(stream, bytes(16_000))
        wait_until(lambda: server.metric("roost_http_requests_in_flight") >= 3000)
        assert peak_bytes(server) < RESIDENT_MAX
        answer = s3.get_object(Bucket="bucket", Key="large")["Body"].read()
        assert len(answer) == 8 * MIB, "whoever reads is served"
        assert peak_bytes(server) < RESIDENT_MAX
        for connection in connections:
            connection.close()
    finally:
        assert server.stop() == 0

"""What comes broken is answered in the protocol's own words, and nothing of it stays."""

import hashlib
import os
import socket
import time
import urllib.parse

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from roost_server import ACCESS_KEY, REGION, SECRET_KEY


class Raw:
    """One connection on which a test says exactly what it wants."""

    def __init__(self, server):
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.port), 20)

    def send(self, method, path, body=b"", headers=None, declared=None, sign=True):
        headers = dict(headers or {})
        url = f"{self.server.endpoint}{path}"
        request = AWSRequest(method, url, data=body, headers=headers)
        if sign:
            S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION).add_auth(request)
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.server.port}"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        lines.append(f"Content-Length: {len(body) if declared is None else declared}")
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return self

    def answer(self):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(65536)
            if not piece:
                return 0, data
            data += piece
        head, rest = data.split(b"\r\n\r\n", 1)
        length = next((int(l.split(b":")[1]) for l in head.lower().split(b"\r\n") if l.startswith(b"content-length")), 0)
        while len(rest) < length:
            piece = self.socket.recv(65536)
            if not piece:
                break
            rest += piece
        return int(head[9:12]), rest

    def close(self):
        self.socket.close()


def code(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def is_absent(s3, bucket, key):
    return code(s3.head_object, Bucket=bucket, Key=key) == "404"


def test_a_short_body_stores_nothing(server, s3, bucket):
    for size in (10, 500_000):
        raw = Raw(server).send("PUT", f"/{bucket}/short", os.urandom(size), declared=size + 1000)
        raw.socket.shutdown(socket.SHUT_WR)
        raw.answer()
        raw.close()
        assert is_absent(s3, bucket, "short")


def test_clients_that_leave_leave_nothing(server, s3, bucket):
    def open_files():
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))

    def payload_files():
        return sum(path.is_file() for path in (server.data / "blobs").rglob("*"))

    before = open_files(), payload_files()
    for number in range(150):
        Raw(server).send("PUT", f"/{bucket}/gone{number}", os.urandom(600_000), declared=5_000_000).close()
    # Some files are kept for the next payloads.
    for _ in range(300):
        if open_files() < before[0] + 50 and payload_files() < before[1] + 50:
            break
        time.sleep(0.1)
    assert open_files() < before[0] + 50 and payload_files() < before[1] + 50
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_wrong_digests(server, s3, bucket):
    body = b"body"
    assert code(s3.put_object, Bucket=bucket, Key="w", Body=body, ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==") == "BadDigest"
    assert code(s3.put_object, Bucket=bucket, Key="w", Body=body, ContentMD5="nonsense") == "InvalidDigest"
    headers = {"x-amz-content-sha256": hashlib.sha256(b"other").hexdigest()}
    request = Raw(server)
    # Signed over one hash, sent with another body.
    signed = AWSRequest("PUT", f"{server.endpoint}/{bucket}/w", data=b"other", headers=headers)
    S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION).add_auth(signed)
    status, text = request.send("PUT", f"/{bucket}/w", b"body!", headers=dict(signed.headers.items()), sign=False).answer()
    assert status == 400 and b"XAmzContentSHA256Mismatch" in text
    assert is_absent(s3, bucket, "w")


def test_names_and_numbers_out_of_range(s3, bucket):
    assert code(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"") == "KeyTooLongError"
    assert code(s3.upload_part, Bucket=bucket, Key="k", UploadId="none", PartNumber=0, Body=b"") == "InvalidArgument"
    assert code(s3.upload_part, Bucket=bucket, Key="k", UploadId="none", PartNumber=10_001, Body=b"") == "InvalidArgument"
    assert code(s3.upload_part, Bucket=bucket, Key="k", UploadId="none", PartNumber=1, Body=b"") == "NoSuchUpload"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    tags = [s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=n, Body=b"x")["ETag"] for n in (1, 2)]
    parts = [{"ETag": tag, "PartNumber": n} for n, tag in enumerate(tags, 1)]
    complete = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    assert code(s3.complete_multipart_upload, **complete, MultipartUpload={"Parts": parts}) == "EntityTooSmall"
    assert code(s3.complete_multipart_upload, **complete, MultipartUpload={"Parts": parts[::-1]}) == "InvalidPartOrder"


@pytest.mark.parametrize("name", ["UPPER", "a", "192.168.5.4", "has_underscore"])
def test_bad_bucket_names(server, name):
    status, text = Raw(server).send("PUT", f"/{name}").answer()
    assert status == 400 and b"InvalidBucketName" in text


@pytest.mark.parametrize(
    "body",
    [
        b"<Delete><Object><Key>a</Key>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 1000 + b'"><!ENTITY z "&x;&x;&x;">]><Delete><Object><Key>&z;</Key></Object></Delete>',
        b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>",
        b"<Delete>" + b"<a>" * 200 + b"</a>" * 200 + b"</Delete>",
        b"<Delete><!--" + b"x" * 10 * 1024 * 1024 + b"--></Delete>",
    ],
    ids=["open", "text", "entities", "1001-keys", "deep", "10-mib"],
)
def test_malformed_xml(server, bucket, body):
    digest = {"Content-MD5": __import__("base64").b64encode(hashlib.md5(body).digest()).decode()}
    raw = Raw(server)
    try:
        raw.send("POST", f"/{bucket}?delete=", body, headers=digest)
    except (BrokenPipeError, ConnectionResetError):
        pass
    try:
        status, text = raw.answer()
    except ConnectionResetError:
        return
    assert status == 400 and (b"MalformedXML" in text or b"MaxMessageLengthExceeded" in text or b"EntityTooLarge" in text)


@pytest.mark.parametrize("key", ["..", "../../etc/passwd", "a/../../b"])
def test_keys_that_climb_out_are_refused(s3, bucket, key):
    # AWS: read from left to right, a key may never have more ".." than other elements.
    assert code(s3.put_object, Bucket=bucket, Key=key, Body=b"") == "InvalidURI"


@pytest.mark.parametrize("key", ["a/..", "a//b", "/lead", "a/./b", "a%2Fb", "tab\there", "ü", "u\u0308", "a b+c"])
def test_keys_are_bytes_and_never_paths(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket=bucket, EncodingType="url")["Contents"]
    assert [urllib.parse.unquote_plus(entry["Key"]) for entry in listed] == [key]


def test_invalid_utf8_in_a_key(server, bucket):
    status, text = Raw(server).send("PUT", f"/{bucket}/%ff%fe").answer()
    assert status == 400 and b"<Code>" in text


def test_unknown_requests_have_an_answer(server):
    for method, path in [("PATCH", "/some-bucket/key"), ("PUT", "/some-bucket/key?torrent"), ("POST", "/")]:
        status, text = Raw(server).send(method, path).answer()
        assert 400 <= status <= 501 and b"<RequestId>" in text, (method, path, status, text)


def test_wrong_keys(server, bucket):
    for key_id, secret, expected in [("NOBODY", SECRET_KEY, b"InvalidAccessKeyId"), (ACCESS_KEY, "wrong", b"SignatureDoesNotMatch")]:
        request = AWSRequest("GET", f"{server.endpoint}/{bucket}")
        S3SigV4Auth(Credentials(key_id, secret), "s3", REGION).add_auth(request)
        status, text = Raw(server).send("GET", f"/{bucket}", headers=dict(request.headers.items()), sign=False).answer()
        assert status == 403 and expected in text
    status, text = Raw(server).send("GET", f"/{bucket}", sign=False).answer()
    assert status == 403 and b"AccessDenied" in text


def test_many_bad_requests_do_not_grow_the_server(server, bucket):
    before = server.process.pid
    for number in range(300):
        raw = Raw(server)
        raw.socket.sendall(os.urandom(200 + number))
        raw.close()
    with open(f"/proc/{before}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    assert server.process.poll() is None and resident < 600_000

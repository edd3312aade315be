"""Whatever way a payload takes into an encrypting bucket, no file of the data folder holds a run of its bytes."""

import base64
import hashlib
import io
import json
import os

import pytest

from conftest import client
from test_beyond_aws import batch
from test_encryption import customer
from test_settings import form, request
from test_webhooks import FUNCTION, Endpoint, declare, notify, until

# Bytes of the mark that a file is searched for; nobody else writes them.
RUN_BYTES = 24
SIZES = {"small": 2_000, "packed": 200_000, "large": 700_000}


class Payloads:
    """Makes payloads that begin with, hold and end with a mark of their own, and that compress no better than noise."""

    def __init__(self):
        self.marks = {}

    def make(self, name, size):
        mark = hashlib.sha512(os.urandom(32) + name.encode()).digest()
        self.marks[name] = mark
        half = (size - 3 * len(mark)) // 2
        return mark + os.urandom(half) + mark + os.urandom(size - 3 * len(mark) - half) + mark

    def found(self, folder):
        """Names of marks, with the files that hold them, also as Base64 or hexadecimal digits."""
        found = []
        for path in folder.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            for name, mark in self.marks.items():
                # Of three offsets one is where Base64 begins a group.
                texts = [base64.b64encode(mark[start:])[:RUN_BYTES] for start in range(3)] + [mark.hex()[:RUN_BYTES].encode()]
                if any(run in content for run in [mark[:RUN_BYTES], mark[-RUN_BYTES:], *texts]):
                    found.append((name, path.name))
        return found


@pytest.mark.parametrize("default", ["AES256", "aws:kms"])
def test_no_path_leaves_plaintext(own_server, tmp_path, default):
    endpoint = Endpoint()
    declare(own_server, tmp_path, {"arn": FUNCTION, "url": endpoint.url})
    own_server.start()
    s3 = client(own_server, "s3")
    payloads, expected = Payloads(), {}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default}}
    for bucket in ("secrets", "versions"):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        notify(s3, bucket, FUNCTION)
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    for bucket in ("secrets", "versions"):
        for size in SIZES:
            write_all(own_server, s3, bucket, size, payloads, expected)
    for (bucket, key), body in expected.items():
        answer = s3.get_object(Bucket=bucket, Key=key)
        assert answer["Body"].read() == body and answer["ServerSideEncryption"] == default, (bucket, key)
    # Events of the keys under 0/, which came with their commits.
    until(lambda: len(endpoint.records()) >= 4)
    own_server.kill()
    assert not payloads.found(own_server.data)
    own_server.start()
    assert own_server.stop() == 0
    assert not payloads.found(own_server.data)
    # The search finds what is there.
    own_server.start("--default-encryption", "none")
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="clear")
    s3.put_object(Bucket="clear", Key="k", Body=payloads.make("visible", 2_000))
    assert {name for name, _ in payloads.found(own_server.data)} == {"visible"}
    endpoint.close()


def test_queues_keep_no_plaintext(own_server):
    own_server.start()
    s3, sqs = client(own_server, "s3"), client(own_server, "sqs")
    payloads, sent = Payloads(), set()

    def text(name):
        return base64.b64encode(payloads.make(name, 2_000)).decode()

    def make(name, **attributes):
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    _, attributes = make("dead")
    assert attributes["SqsManagedSseEnabled"] == "true", "unasked, as at AWS"
    queue, _ = make("jobs", RedrivePolicy=json.dumps({"deadLetterTargetArn": attributes["QueueArn"], "maxReceiveCount": 1}))
    body, attribute, entry = text("body"), text("attribute"), text("entry")
    sqs.send_message(
        QueueUrl=queue, MessageBody=body, MessageAttributes={"a": {"DataType": "String", "StringValue": attribute}})
    sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": "1", "MessageBody": entry}])
    # An event tells the object's key.
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.create_bucket(Bucket="events")
    s3.put_bucket_notification_configuration(
        Bucket="events", NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]})
    s3.put_object(Bucket="events", Key="k", Body=b"x")
    # Each is received once, and then dead.
    until(lambda: sent.update(bodies(sqs, queue)) or {body, entry} <= sent and any('"ObjectCreated:Put"' in one for one in sent))
    url = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    until(lambda: bodies(sqs, queue) == set() and {body, entry} <= bodies(sqs, url))
    own_server.kill()
    assert not payloads.found(own_server.data)
    own_server.start()
    assert own_server.stop() == 0
    assert not payloads.found(own_server.data)
    own_server.start()
    sqs = client(own_server, "sqs")
    assert {body, entry} <= bodies(sqs, url), "another process opens what is sealed"
    # The search finds what is there.
    queue, _ = make("clear", SqsManagedSseEnabled="false")
    sqs.send_message(QueueUrl=queue, MessageBody=text("visible"))
    assert {name for name, _ in payloads.found(own_server.data)} == {"visible"}


def bodies(sqs, queue):
    """Of all that can be received now; it stays visible."""
    messages = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0, MaxNumberOfMessages=10).get("Messages", [])
    return {message["Body"] for message in messages}


def write_all(server, s3, bucket, size, payloads, expected):
    """A payload by every way that there is."""

    def payload(way):
        return payloads.make(f"{bucket} {size} {way}", SIZES[size])

    def keep(way, body):
        expected[bucket, f"0/{size}-{way}"] = body

    put, key = payload("put"), f"0/{size}-"
    s3.put_object(Bucket=bucket, Key=key + "put", Body=put)
    keep("put", put)
    s3.put_object(Bucket=bucket, Key=key + "stream", Body=io.BytesIO(payload("stream")), ChecksumAlgorithm="SHA256")
    s3.copy_object(Bucket=bucket, Key=key + "copy", CopySource=f"{bucket}/{key}put")
    keep("copy", put)
    s3.put_object(Bucket=bucket, Key="old", Body=put)
    s3.rename_object(Bucket=bucket, Key=key + "renamed", RenameSource="old")
    keep("renamed", put)
    multipart(s3, bucket, key, payload, keep)
    post = s3.generate_presigned_post(bucket, key + "form")
    body = payload("form")
    headers, document = form(post["fields"], body)
    assert request(post["url"], "POST", headers, document)[0] == 204
    keep("form", body)
    small = payload("batch")
    change = {"op": "put", "key": key + "batch", "contentBase64": base64.b64encode(small).decode()}
    s3.put_object(Bucket=bucket, Key="old", Body=put)
    status, answer = batch(
        server, bucket, change, {"op": "copy", "key": key + "batch-copy", "source": f"{bucket}/{key}put"},
        {"op": "rename", "key": key + "batch-renamed", "source": "old"})
    assert status == 200, answer
    for way, body in [("batch", small), ("batch-copy", put), ("batch-renamed", put)]:
        keep(way, body)
    if bucket == "secrets":
        more = payload("append"), payload("append-more")
        s3.put_object(Bucket=bucket, Key=key + "appended", Body=more[0], WriteOffsetBytes=0)
        s3.put_object(Bucket=bucket, Key=key + "appended", Body=more[1], WriteOffsetBytes=len(more[0]))
        s3.rename_object(Bucket=bucket, Key=key + "appended-renamed", RenameSource=key.replace("/", "%2F") + "appended")
        keep("appended-renamed", more[0] + more[1])
    s3.put_object(Bucket=bucket, Key=key + "customer", Body=payload("customer"), **customer())
    s3.copy_object(
        Bucket=bucket, Key=key + "from-customer", CopySource=f"{bucket}/{key}customer", **customer(prefix="CopySource"))
    # Ended before anybody names it.
    upload = s3.create_multipart_upload(Bucket=bucket, Key="given-up")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="given-up", UploadId=upload, PartNumber=1, Body=payload("given-up"))
    s3.abort_multipart_upload(Bucket=bucket, Key="given-up", UploadId=upload)


def multipart(s3, bucket, key, payload, keep):
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key + "parts")["UploadId"]
    first = payload("part").ljust(5 << 20, b"\0")
    etags = [s3.upload_part(Bucket=bucket, Key=key + "parts", UploadId=upload, PartNumber=1, Body=first)["ETag"]]
    copied = s3.upload_part_copy(
        Bucket=bucket, Key=key + "parts", UploadId=upload, PartNumber=2, CopySource=f"{bucket}/{key}put",
        CopySourceRange="bytes=10-1500")
    etags.append(copied["CopyPartResult"]["ETag"])
    s3.complete_multipart_upload(
        Bucket=bucket, Key=key + "parts", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]})
    put = s3.get_object(Bucket=bucket, Key=key + "put")["Body"].read()
    keep("parts", first + put[10:1501])

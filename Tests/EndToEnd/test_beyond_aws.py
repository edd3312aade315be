"""What Roost has beyond AWS, with boto3 where it has the call and with signed raw requests where it has not."""

import base64
import hashlib
import io
import json
import os
import tarfile
import urllib.request
import zlib

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from roost_server import ACCESS_KEY, REGION, SECRET_KEY

LARGE = os.urandom(6 << 20)


def signed(server, method, path, body=b""):
    """A raw request that botocore signs; its status, headers and body."""
    request = AWSRequest(method, server.endpoint + path, data=body, headers={"Content-Type": "application/json"})
    S3SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION).add_auth(request)
    prepared = request.prepare()
    raw = urllib.request.Request(prepared.url, data=body or None, headers=dict(prepared.headers), method=method)
    try:
        with urllib.request.urlopen(raw, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def batch(server, bucket, *changes):
    status, headers, body = signed(server, "POST", f"/{bucket}?roost-batch", json.dumps({"changes": changes}).encode())
    return status, json.loads(body) if body.startswith(b"{") else body


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def body(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def keys(s3, bucket):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.fixture
def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    yield bucket
    listed = s3.list_object_versions(Bucket=bucket)
    for entry in listed.get("Versions", []) + listed.get("DeleteMarkers", []):
        s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])


# Rename


@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_rename(s3, bucket, content):
    s3.put_object(Bucket=bucket, Key="a b/é", Body=content, ContentType="text/x", Metadata={"k": "v"})
    before = s3.head_object(Bucket=bucket, Key="a b/é")
    s3.rename_object(Bucket=bucket, Key="new", RenameSource="a%20b/%C3%A9")
    after = s3.head_object(Bucket=bucket, Key="new")
    for name in ("ETag", "ContentType", "Metadata", "LastModified", "ContentLength"):
        assert before[name] == after[name]
    assert body(s3, bucket, "new") == content
    assert keys(s3, bucket) == ["new"]


def test_rename_a_multipart_object_over_another(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    parts = []
    for number, piece in ((1, LARGE), (2, b"tail")):
        etag = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=number, Body=piece)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
    s3.put_object(Bucket=bucket, Key="target", Body=LARGE)
    s3.rename_object(Bucket=bucket, Key="target", RenameSource="parts")
    assert body(s3, bucket, "target") == LARGE + b"tail"
    assert keys(s3, bucket) == ["target"]


def test_rename_conditions_and_tokens(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"a")["ETag"]
    s3.put_object(Bucket=bucket, Key="b", Body=b"b")
    call = s3.rename_object
    assert refused(call, Bucket=bucket, Key="b", RenameSource="a", DestinationIfNoneMatch="*") == ("PreconditionFailed", 412)
    assert refused(call, Bucket=bucket, Key="b", RenameSource="a", DestinationIfMatch='"x"') == ("PreconditionFailed", 412)
    assert refused(call, Bucket=bucket, Key="b", RenameSource="a", SourceIfMatch='"x"') == ("PreconditionFailed", 412)
    assert refused(call, Bucket=bucket, Key="b", RenameSource="none") == ("NoSuchKey", 404)
    assert refused(call, Bucket=bucket, Key="a", RenameSource="a") == ("InvalidRequest", 400)
    assert keys(s3, bucket) == ["a", "b"]
    call(Bucket=bucket, Key="c", RenameSource="a", SourceIfMatch=etag, ClientToken="t1")
    call(Bucket=bucket, Key="c", RenameSource="a", SourceIfMatch=etag, ClientToken="t1")
    assert refused(call, Bucket=bucket, Key="d", RenameSource="b", ClientToken="t1") == ("IdempotencyParameterMismatch", 400)
    assert keys(s3, bucket) == ["b", "c"]


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
def test_rename_keeps_versions(s3, versioned, content):
    old = s3.put_object(Bucket=versioned, Key="a", Body=content)["VersionId"]
    other = s3.put_object(Bucket=versioned, Key="b", Body=b"other")["VersionId"]
    s3.rename_object(Bucket=versioned, Key="b", RenameSource="a")
    assert body(s3, versioned, "b") == content
    assert keys(s3, versioned) == ["b"]
    assert s3.get_object(Bucket=versioned, Key="a", VersionId=old)["Body"].read() == content
    assert s3.get_object(Bucket=versioned, Key="b", VersionId=other)["Body"].read() == b"other"
    assert [marker["Key"] for marker in s3.list_object_versions(Bucket=versioned)["DeleteMarkers"]] == ["a"]


# Append


def test_append(s3, bucket):
    made = s3.put_object(Bucket=bucket, Key="log", Body=b"one\n", WriteOffsetBytes=0, ChecksumAlgorithm="CRC32")
    assert made["Size"] == 4
    whole = b"one\n"
    for piece in (b"two\n", LARGE, b"three\n"):
        answer = s3.put_object(Bucket=bucket, Key="log", Body=piece, WriteOffsetBytes=len(whole), ChecksumAlgorithm="CRC32")
        whole += piece
        assert answer["Size"] == len(whole)
        assert base64.b64decode(answer["ChecksumCRC32"]) == zlib.crc32(whole).to_bytes(4, "big")
    assert body(s3, bucket, "log") == whole
    assert s3.get_object(Bucket=bucket, Key="log", Range="bytes=2-9")["Body"].read() == whole[2:10]
    head = s3.head_object(Bucket=bucket, Key="log", ChecksumMode="ENABLED")
    assert head["ETag"] == answer["ETag"] and head["ContentLength"] == len(whole)


def test_append_to_what_was_put_or_uploaded(s3, bucket):
    s3.put_object(Bucket=bucket, Key="plain", Body=LARGE, ContentType="text/x")
    s3.put_object(Bucket=bucket, Key="plain", Body=b"more", WriteOffsetBytes=len(LARGE))
    assert body(s3, bucket, "plain") == LARGE + b"more"
    assert s3.head_object(Bucket=bucket, Key="plain")["ContentType"] == "text/x"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=7, Body=LARGE)["ETag"]
    s3.complete_multipart_upload(
        Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 7, "ETag": etag}]}
    )
    s3.put_object(Bucket=bucket, Key="parts", Body=b"more", WriteOffsetBytes=len(LARGE))
    assert body(s3, bucket, "parts") == LARGE + b"more"
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "parts"})
    s3.put_object(Bucket=bucket, Key="parts", Body=b"!", WriteOffsetBytes=len(LARGE) + 4)
    assert body(s3, bucket, "copy") == LARGE + b"more"


def test_append_refusals(s3, bucket):
    s3.put_object(Bucket=bucket, Key="log", Body=b"12345")
    for offset in (0, 4, 6):
        assert refused(s3.put_object, Bucket=bucket, Key="log", Body=b"x", WriteOffsetBytes=offset) == ("InvalidWriteOffset", 400)
    assert refused(s3.put_object, Bucket=bucket, Key="none", Body=b"x", WriteOffsetBytes=1) == ("InvalidWriteOffset", 400)
    assert body(s3, bucket, "log") == b"12345"


def test_append_needs_a_bucket_without_versions(s3, versioned):
    s3.put_object(Bucket=versioned, Key="log", Body=b"12345")
    assert refused(s3.put_object, Bucket=versioned, Key="log", Body=b"x", WriteOffsetBytes=5) == ("InvalidRequest", 400)


# Batch


def test_batch_makes_all_changes_at_one_position(server, s3, bucket):
    for key in ("copy-source", "old-name", "gone"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    upload = s3.create_multipart_upload(Bucket=bucket, Key="uploaded", ContentType="text/x")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="uploaded", UploadId=upload, PartNumber=1, Body=LARGE)["ETag"]
    status, answer = batch(
        server, bucket,
        {"op": "put", "key": "manifest.json", "content": "{}", "contentType": "application/json", "metadata": {"K": "v"}},
        {"op": "put", "key": "binary", "contentBase64": base64.b64encode(b"\x00\xff").decode(), "ifNoneMatch": "*"},
        {"op": "put", "key": "uploaded", "upload": upload, "parts": [{"number": 1, "etag": etag}]},
        {"op": "copy", "key": "copied", "source": f"{bucket}/copy-source"},
        {"op": "rename", "key": "new-name", "source": "old-name"},
        {"op": "delete", "key": "gone"},
    )
    assert status == 200, answer
    assert int(answer["lsn"]) > 0 and len(answer["results"]) == 6
    assert keys(s3, bucket) == ["binary", "copied", "copy-source", "manifest.json", "new-name", "uploaded"]
    assert body(s3, bucket, "binary") == b"\x00\xff" and body(s3, bucket, "uploaded") == LARGE
    assert body(s3, bucket, "copied") == b"copy-source" and body(s3, bucket, "new-name") == b"old-name"
    head = s3.head_object(Bucket=bucket, Key="manifest.json")
    assert head["ContentType"] == "application/json" and head["Metadata"] == {"k": "v"}
    assert answer["results"][0]["etag"] == hashlib.md5(b"{}").hexdigest() == head["ETag"].strip('"')


def test_batch_makes_nothing_when_one_change_is_refused(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    changes = [
        {"op": "put", "key": "new", "content": "x"},
        {"op": "put", "key": "a", "content": "x", "ifNoneMatch": "*"},
        {"op": "delete", "key": "b", "ifMatch": "x"},
        {"op": "rename", "key": "c", "source": "none"},
    ]
    status, answer = batch(server, bucket, *changes[:2])
    assert status == 412 and answer["code"] == "BatchRefused"
    assert [(failure["index"], failure["code"], failure["key"]) for failure in answer["failures"]] == [(1, "PreconditionFailed", "a")]
    status, answer = batch(server, bucket, *changes[:3])
    assert status == 409 and [(f["index"], f["status"]) for f in answer["failures"]] == [(1, 412), (2, 404)]
    status, answer = batch(server, bucket, changes[0], changes[3])
    assert status == 404 and answer["failures"][0]["index"] == 1
    assert keys(s3, bucket) == ["a"] and body(s3, bucket, "a") == b"a"


@pytest.mark.parametrize(
    "changes, code",
    [
        ([{"op": "put", "key": "a", "content": "1"}, {"op": "delete", "key": "a"}], "RepeatedKey"),
        ([{"op": "rename", "key": "b", "source": "a"}, {"op": "delete", "key": "a"}], "RepeatedKey"),
        ([{"op": "delete", "key": "a"}, {"op": "copy", "key": "b", "source": "BUCKET/a"}], "RepeatedKey"),
        ([{"op": "put", "key": "a"}], "MalformedBatch"),
        ([{"op": "put", "key": "a", "content": "1", "etag": "x"}], "MalformedBatch"),
        ([{"op": "move", "key": "a"}], "MalformedBatch"),
        ([{"op": "delete"}], "MalformedBatch"),
    ],
)
def test_batch_refusals(server, s3, bucket, changes, code):
    s3.put_object(Bucket=bucket, Key="a", Body=b"a")
    for change in changes:
        if "source" in change:
            change["source"] = change["source"].replace("BUCKET", bucket)
    status, answer = batch(server, bucket, *changes)
    assert status == 400 and {failure["code"] for failure in answer["failures"]} == {code}
    assert keys(s3, bucket) == ["a"]


def test_batch_documents(server, s3, bucket):
    for text in (b"", b"[]", b"{", b'{"changes":[]}', b'{"changes":[1]}', b'{"changes":[{}],"x":1}'):
        status, headers, answer = signed(server, "POST", f"/{bucket}?roost-batch", text)
        assert status == 400 and (b"MalformedBatch" in answer), (text, answer)
    status, answer = batch(server, bucket, *[{"op": "delete", "key": str(number)} for number in range(1001)])
    assert status == 400


def test_batch_events_come_with_the_commit(server, s3, sqs, bucket):
    url = sqs.create_queue(QueueName="batch-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(
        Bucket=bucket, SkipDestinationValidation=True,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]
        },
    )
    status, answer = batch(server, bucket, *[{"op": "put", "key": f"k{number}", "content": "x"} for number in range(8)])
    assert status == 200
    assert batch(server, bucket, {"op": "put", "key": "new", "content": "x"}, {"op": "rename", "key": "c", "source": "none"})[0] == 404
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
    records = [json.loads(message["Body"])["Records"][0] for message in messages]
    assert {record["s3"]["object"]["key"] for record in records} == {f"k{number}" for number in range(8)}
    assert {int(record["s3"]["object"]["sequencer"], 16) for record in records} == {int(answer["lsn"])}
    sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["ustar", "gnu", "pax"])
def test_an_archive_is_unpacked(s3, bucket, form):
    files = {"a": b"1", "deep/" + "n" * 90: b"", "deep/large": LARGE} | {f"many/{number}": b"%d" % number for number in range(300)}
    if form != tarfile.USTAR_FORMAT:
        files["ü" * 200] = b"a long name"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    metadata = {"snowball-auto-extract": "true", "from": "cam"}
    s3.put_object(Bucket=bucket, Key="all.tar", Body=packed.getvalue(), Metadata=metadata, Tagging="a=b")
    assert keys(s3, bucket) == sorted(files)
    heads = [s3.get_object(Bucket=bucket, Key=key) for key in files]
    assert {key: head["Body"].read() for key, head in zip(files, heads)} == files
    assert all(head["Metadata"] == {"from": "cam"} and head["TagCount"] == 1 for head in heads)

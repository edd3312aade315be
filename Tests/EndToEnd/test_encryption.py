"""Server-side encryption with boto3: SSE-S3, SSE-KMS, SSE-C, default encryption, and what is in the data folder."""

import base64
import hashlib
import os

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import client
from roost_server import REGION, RoostServer

ACCOUNT = "111111111111"
CHUNK = 65_520
CUSTOMER_KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
MARK = b"this-run-of-plaintext-must-not-be-found-"


def customer(key=CUSTOMER_KEY, prefix=""):
    return {
        f"{prefix}SSECustomerAlgorithm": "AES256",
        f"{prefix}SSECustomerKey": base64.b64encode(key).decode(),
        f"{prefix}SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode(),
    }


MODES = {
    "managed": ({"ServerSideEncryption": "AES256"}, {}),
    "service": ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "testkey-1"}, {}),
    "customer": (customer(), customer()),
}


# So that objects in the clear can be told from others.
UNASKED_NONE = ("--default-encryption", "none")


@pytest.fixture(scope="module")
def encrypting(tmp_path_factory):
    roost = RoostServer(tmp_path_factory.mktemp("roost") / "data", "--kms-keys", "testkey-1,testkey-2", *UNASKED_NONE).start()
    yield roost
    assert roost.stop() == 0


@pytest.fixture
def s3(encrypting):
    return client(encrypting, "s3")


def code(raised):
    return raised.value.response["Error"]["Code"]


@pytest.mark.parametrize("mode", MODES)
def test_put_get_ranges(s3, bucket, mode):
    write, read = MODES[mode]
    body = os.urandom(5 * CHUNK + 7)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **write)
    got = s3.get_object(Bucket=bucket, Key="k", **read)
    assert got["Body"].read() == body
    for first, last in [(0, 0), (CHUNK - 1, CHUNK), (CHUNK, 2 * CHUNK - 1), (10, 4 * CHUNK + 1), (5 * CHUNK, len(body) - 1)]:
        part = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}", **read)
        assert part["Body"].read() == body[first : last + 1]
    head = s3.head_object(Bucket=bucket, Key="k", **read)
    for answer in (put, got, head):
        if mode == "customer":
            assert answer["SSECustomerAlgorithm"] == "AES256"
            assert answer["SSECustomerKeyMD5"] == customer()["SSECustomerKeyMD5"]
            assert "ServerSideEncryption" not in answer
        else:
            assert answer["ServerSideEncryption"] == write["ServerSideEncryption"]
            assert answer.get("SSEKMSKeyId") == write.get("SSEKMSKeyId")
    assert head["ContentLength"] == len(body)
    assert (put["ETag"].strip('"') == hashlib.md5(body).hexdigest()) == (mode == "managed")


@pytest.mark.parametrize("mode", MODES)
def test_multipart(s3, bucket, mode):
    write, read = MODES[mode]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", **write)["UploadId"]
    bodies = [os.urandom(5 << 20), os.urandom((5 << 20) + 1), os.urandom(1000)]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=number, Body=body, **read)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="m", UploadId=upload, MultipartUpload={"Parts": parts}, **read)
    whole = b"".join(bodies)
    assert s3.get_object(Bucket=bucket, Key="m", **read)["Body"].read() == whole
    second = s3.get_object(Bucket=bucket, Key="m", PartNumber=2, **read)
    assert second["Body"].read() == bodies[1] and second["PartsCount"] == 3
    border = 5 << 20
    part = s3.get_object(Bucket=bucket, Key="m", Range=f"bytes={border - 5}-{2 * border + 5}", **read)
    assert part["Body"].read() == whole[border - 5 : 2 * border + 6]


@pytest.mark.parametrize("mode", MODES)
def test_append_and_rename(s3, bucket, mode):
    write, read = MODES[mode]
    whole = b""
    for size in (100, 300_000, CHUNK + 1):
        body = os.urandom(size)
        answer = s3.put_object(Bucket=bucket, Key="log", Body=body, WriteOffsetBytes=len(whole), **write)
        assert answer.get("ServerSideEncryption") == write.get("ServerSideEncryption")
        whole += body
    headers = {f"x-amz-server-side-encryption-customer-{k}": v for k, v in zip(
        ("algorithm", "key", "key-MD5"), read.values())}
    s3.meta.events.register("before-call.s3.RenameObject", lambda params, **_: params["headers"].update(headers))
    s3.rename_object(Bucket=bucket, Key="renamed", RenameSource="log")
    assert s3.get_object(Bucket=bucket, Key="renamed", **read)["Body"].read() == whole
    part = s3.get_object(Bucket=bucket, Key="renamed", Range=f"bytes=50-{300_100 + CHUNK}", **read)
    assert part["Body"].read() == whole[50 : 300_100 + CHUNK + 1]
    assert s3.head_object(Bucket=bucket, Key="renamed", **read).get("ServerSideEncryption") == write.get("ServerSideEncryption")


def test_append_and_rename_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="c", Body=b"x", **customer())
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    for call in (
        lambda: s3.rename_object(Bucket=bucket, Key="d", RenameSource="c"),
        lambda: s3.put_object(Bucket=bucket, Key="c", Body=b"y", WriteOffsetBytes=1),
        lambda: s3.put_object(Bucket=bucket, Key="plain", Body=b"y", WriteOffsetBytes=1, ServerSideEncryption="AES256"),
    ):
        with pytest.raises(ClientError) as raised:
            call()
        assert code(raised) == "InvalidRequest"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    with pytest.raises(ClientError) as raised:
        s3.put_object(Bucket=bucket, Key="plain", Body=b"y", WriteOffsetBytes=1)
    assert code(raised) == "InvalidRequest"
    s3.copy_object(Bucket=bucket, Key="plain", CopySource=f"{bucket}/plain", ServerSideEncryption="AES256")
    s3.put_object(Bucket=bucket, Key="plain", Body=b"y", WriteOffsetBytes=1)
    assert s3.get_object(Bucket=bucket, Key="plain")["Body"].read() == b"xy"


@pytest.mark.parametrize("source", [None, *MODES])
@pytest.mark.parametrize("target", [None, *MODES])
def test_copies(s3, bucket, source, target):
    body = os.urandom(300_000)
    write, read = MODES.get(source, ({}, {}))
    s3.put_object(Bucket=bucket, Key="from", Body=body, **write)
    extra = customer(prefix="CopySource") if source == "customer" else {}
    write, read = MODES.get(target, ({}, {}))
    copied = s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", **write, **extra)
    assert copied.get("ServerSideEncryption") == write.get("ServerSideEncryption")
    assert s3.get_object(Bucket=bucket, Key="to", **read)["Body"].read() == body
    s3.delete_object(Bucket=bucket, Key="from")
    assert s3.get_object(Bucket=bucket, Key="to", **read)["Body"].read() == body


def test_customers_keys_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="c", Body=b"x", **customer())
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    for arguments, expected in [({}, ("InvalidRequest", 400)), (customer(OTHER_KEY), ("AccessDenied", 403))]:
        with pytest.raises(ClientError) as raised:
            s3.get_object(Bucket=bucket, Key="c", **arguments)
        assert (code(raised), raised.value.response["ResponseMetadata"]["HTTPStatusCode"]) == expected
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", **customer())["UploadId"]
    for arguments in [{}, customer(OTHER_KEY)]:
        with pytest.raises(ClientError) as raised:
            s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"x", **arguments)
        assert code(raised) == "InvalidRequest"
    with pytest.raises(ClientError) as raised:
        s3.get_object(Bucket=bucket, Key="plain", **customer())
    assert code(raised) == "InvalidRequest"
    for change, expected in [
        ({"SSECustomerAlgorithm": "AES192"}, "InvalidEncryptionAlgorithmError"),
        ({"SSECustomerKeyMD5": customer(OTHER_KEY)["SSECustomerKeyMD5"]}, "InvalidArgument"),
        ({"ServerSideEncryption": "AES256"}, "InvalidArgument"),
    ]:
        with pytest.raises(ClientError) as raised:
            s3.put_object(Bucket=bucket, Key="d", Body=b"x", **(customer() | change))
        assert code(raised) == expected


def test_service_keys(s3, bucket):
    default = s3.put_object(Bucket=bucket, Key="a", Body=b"x", ServerSideEncryption="aws:kms")
    assert default["SSEKMSKeyId"].startswith("arn:aws:kms:us-east-1:000000000000:key/")
    again = s3.put_object(
        Bucket=bucket, Key="b", Body=b"y", ServerSideEncryption="aws:kms", SSEKMSKeyId=default["SSEKMSKeyId"], BucketKeyEnabled=True,
        SSEKMSEncryptionContext=base64.b64encode(b'{"team":"storage"}').decode(),
    )
    assert again["SSEKMSKeyId"] == default["SSEKMSKeyId"] and again["BucketKeyEnabled"]
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"y"
    with pytest.raises(ClientError) as raised:
        s3.put_object(Bucket=bucket, Key="c", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId="no-such-key")
    assert code(raised) == "KMS.NotFoundException"


def test_default_encryption(s3, bucket):
    with pytest.raises(ClientError) as raised:
        s3.get_bucket_encryption(Bucket=bucket)
    assert code(raised) == "ServerSideEncryptionConfigurationNotFoundError"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "testkey-2"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert put["SSEKMSKeyId"] == "testkey-2" and put["BucketKeyEnabled"]
    s3.delete_bucket_encryption(Bucket=bucket)
    assert "ServerSideEncryption" not in s3.put_object(Bucket=bucket, Key="l", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_encryption_that_nobody_asked_for(own_server):
    """As at AWS: SSE-S3, told in every answer, and kept when the bucket's own default is taken away."""
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="plain")
    default = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    assert s3.get_bucket_encryption(Bucket="plain")["ServerSideEncryptionConfiguration"]["Rules"] == default
    upload = s3.create_multipart_upload(Bucket="plain", Key="parts")
    part = s3.upload_part(Bucket="plain", Key="parts", UploadId=upload["UploadId"], PartNumber=1, Body=MARK * 100)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    answers = [
        s3.put_object(Bucket="plain", Key="put", Body=MARK * 100),
        s3.copy_object(Bucket="plain", Key="copy", CopySource="plain/put"),
        upload,
        part,
        s3.complete_multipart_upload(Bucket="plain", Key="parts", UploadId=upload["UploadId"], MultipartUpload=parts),
        s3.head_object(Bucket="plain", Key="copy"),
        s3.get_object(Bucket="plain", Key="parts"),
    ]
    assert [answer["ServerSideEncryption"] for answer in answers] == ["AES256"] * len(answers)
    assert s3.put_object(Bucket="plain", Key="put", Body=b"abc")["ETag"] == f'"{hashlib.md5(b"abc").hexdigest()}"'
    s3.put_bucket_encryption(
        Bucket="plain",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]})
    assert s3.put_object(Bucket="plain", Key="k")["ServerSideEncryption"] == "aws:kms"
    s3.delete_bucket_encryption(Bucket="plain")
    assert s3.get_bucket_encryption(Bucket="plain")["ServerSideEncryptionConfiguration"]["Rules"] == default
    own_server.kill()
    assert not found(own_server.data, MARK[:16])


def found(folder, needle):
    return [str(path) for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


def test_data_folder_and_rotation(own_server, tmp_path, monkeypatch):
    """No run of the plaintext anywhere in the data folder; and a new master key takes over."""
    monkeypatch.setattr("roost_server.MASTER_KEY", "")
    own_server.start(*UNASKED_NONE)
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="secrets")
    bodies = {"small": MARK * 10, "packed": MARK * 5000, "large": MARK * 30_000}
    for name, body in bodies.items():
        for mode, (write, _) in MODES.items():
            if mode != "service":
                s3.put_object(Bucket="secrets", Key=f"{name}-{mode}", Body=body, **write)
        s3.put_object(Bucket="secrets", Key=f"{name}-service", Body=body, ServerSideEncryption="aws:kms")
    s3.put_object(Bucket="secrets", Key="clear", Body=b"visible-" * 10)
    s3.put_object(Bucket="secrets", Key="grown", Body=MARK, WriteOffsetBytes=0, ServerSideEncryption="AES256")
    s3.put_object(Bucket="secrets", Key="grown", Body=MARK, WriteOffsetBytes=len(MARK))
    sqs = client(own_server, "sqs")
    queue = sqs.create_queue(QueueName="secrets", Attributes={"SqsManagedSseEnabled": "true"})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody=MARK.hex())
    own_server.admin("account", "create", "--id", ACCOUNT, "--name", "other")
    access_key = own_server.admin("key", "create", "--account", ACCOUNT)["accessKey"]
    assert own_server.stop() == 0
    assert found(own_server.data, b"visible-visible-"), "the search finds what is in the clear"
    assert not found(own_server.data, MARK[:16])
    assert not found(own_server.data, MARK.hex().encode()[:16])
    assert not found(own_server.data, CUSTOMER_KEY)
    assert not found(own_server.data, access_key["secretAccessKey"].encode())

    key_file = tmp_path / "data.master-key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    old = key_file.read_text()
    key_file.rename(tmp_path / "away")
    with pytest.raises(RuntimeError, match="put the file back"):
        own_server.start()
    key_file.write_text(base64.b64encode(os.urandom(32)).decode() + "\n" + old)
    key_file.chmod(0o640)
    with pytest.raises(RuntimeError, match="chmod 600"):
        own_server.start()
    key_file.chmod(0o600)
    own_server.start()
    own_server_log_says(own_server, "these may go")
    assert own_server.stop() == 0
    key_file.write_text(key_file.read_text().splitlines()[0] + "\n")
    own_server.start()
    s3 = client(own_server, "s3")
    for name, body in bodies.items():
        for mode, (_, read) in MODES.items():
            assert s3.get_object(Bucket="secrets", Key=f"{name}-{mode}", **read)["Body"].read() == body
    assert s3.get_object(Bucket="secrets", Key="grown")["Body"].read() == MARK * 2
    # The key service's own keys, queues' keys and the secrets of accounts were wrapped again too.
    message, = client(own_server, "sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    assert message["Body"] == MARK.hex()
    s3.put_object(Bucket="secrets", Key="later", Body=b"x", ServerSideEncryption="aws:kms")
    other = boto3.client(
        "s3", endpoint_url=own_server.endpoint, aws_access_key_id=access_key["accessKeyId"],
        aws_secret_access_key=access_key["secretAccessKey"], region_name=REGION)
    other.create_bucket(Bucket="others")
    assert [bucket["Name"] for bucket in other.list_buckets()["Buckets"]] == ["others"]


def own_server_log_says(server, words):
    import time

    deadline = time.monotonic() + 30
    while words not in server.log_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)

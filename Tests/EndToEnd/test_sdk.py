"""boto3 against Roost: checksums in every mode, listings, multipart, conditions, metadata."""

import base64
import concurrent.futures
import hashlib
import os
import zlib

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from conftest import client

MIB = 1024 * 1024
ALGORITHMS = ["CRC32", "SHA1", "SHA256"]


def error_code(call, *arguments, **keywords):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **keywords)
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("calculation", ["when_supported", "when_required"])
def test_sdk_checksum_modes(server, bucket, calculation):
    s3 = client(server, "s3", request_checksum_calculation=calculation, response_checksum_validation=calculation)
    body = os.urandom(100_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    answer = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert answer["Body"].read() == body
    if calculation == "when_supported":
        assert answer["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def test_buckets_with_signature_version_2(server):
    """boto3 signs a bucket's path with a slash at its end and sends it without one."""
    s3 = client(server, "s3", signature_version="s3")
    s3.create_bucket(Bucket="version-two")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket="version-two", CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket="version-two")["CORSRules"] == [rule]
    s3.put_object(Bucket="version-two", Key="k", Body=b"v")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="version-two")["Contents"]] == ["k"]
    s3.delete_object(Bucket="version-two", Key="k")
    s3.delete_bucket(Bucket="version-two")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_explicit_checksums(s3, bucket, algorithm):
    body = os.urandom(70_000)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    field = f"Checksum{algorithm}"
    assert put[field] == head[field]
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectSize", "ETag"])
    assert attributes["Checksum"][field] == put[field] and attributes["ObjectSize"] == len(body)
    wrong = base64.b64encode(bytes(len(base64.b64decode(put[field])))).decode()
    assert error_code(s3.put_object, Bucket=bucket, Key="bad", Body=body, **{field: wrong}) == ("BadDigest", 400)
    assert error_code(s3.head_object, Bucket=bucket, Key="bad")[1] == 404


def test_list_ten_thousand_keys(s3, bucket):
    keys = [f"d{number // 100:03d}/f{number:05d}" for number in range(10_000)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"x"), keys))
    listed = [e["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket) for e in page["Contents"]]
    assert listed == keys
    first_version = [e["Key"] for page in s3.get_paginator("list_objects").paginate(Bucket=bucket) for e in page["Contents"]]
    assert first_version == keys
    folders = [
        p["Prefix"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 7})
        for p in page.get("CommonPrefixes", [])
    ]
    assert folders == [f"d{number:03d}/" for number in range(100)]


def test_five_concurrent_multipart_uploads(s3, bucket, tmp_path):
    sources = []
    for number in range(5):
        path = tmp_path / f"large-{number}"
        path.write_bytes(os.urandom(23 * MIB + number))
        sources.append(path)
    transfer = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda path: s3.upload_file(str(path), bucket, path.name, Config=transfer), sources))
    for path in sources:
        target = tmp_path / "back"
        s3.download_file(bucket, path.name, str(target))
        assert target.read_bytes() == path.read_bytes()
        assert s3.head_object(Bucket=bucket, Key=path.name)["ETag"].endswith('-5"')
    assert s3.head_object(Bucket=bucket, Key="large-0", PartNumber=5)["ContentLength"] == 3 * MIB


def test_multipart_etag_and_ranges(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB), os.urandom(17)]
    tags = [
        s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=number, Body=body)["ETag"] for number, body in enumerate(parts, 1)
    ]
    listed = s3.list_parts(Bucket=bucket, Key="m", UploadId=upload)["Parts"]
    assert [part["Size"] for part in listed] == [len(body) for body in parts]
    done = s3.complete_multipart_upload(
        Bucket=bucket, Key="m", UploadId=upload,
        MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": number} for number, tag in enumerate(tags, 1)]},
    )
    whole = b"".join(parts)
    expected = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in parts)).hexdigest() + "-3"
    assert done["ETag"] == f'"{expected}"'
    for first, last in [(0, 0), (5 * MIB - 3, 5 * MIB + 3), (10 * MIB, 10 * MIB + 16), (65_535, 65_537)]:
        answer = s3.get_object(Bucket=bucket, Key="m", Range=f"bytes={first}-{last}")
        assert answer["Body"].read() == whole[first : last + 1]
        assert answer["ContentRange"] == f"bytes {first}-{last}/{len(whole)}"
    assert s3.get_object(Bucket=bucket, Key="m", Range="bytes=-5")["Body"].read() == whole[-5:]
    assert error_code(s3.get_object, Bucket=bucket, Key="m", Range="bytes=99999999-") == ("InvalidRange", 416)


def test_copy_of_a_large_object_is_cheap_and_equal(s3, bucket):
    body = os.urandom(8 * MIB)
    s3.put_object(Bucket=bucket, Key="a", Body=body, Metadata={"x": "y"})
    s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    s3.delete_object(Bucket=bucket, Key="a")
    answer = s3.get_object(Bucket=bucket, Key="b")
    assert answer["Body"].read() == body and answer["Metadata"] == {"x": "y"}


def test_conditional_writes_have_one_winner(server, bucket):
    def attempt(number):
        try:
            client(server, "s3").put_object(Bucket=bucket, Key="lock", Body=str(number).encode(), IfNoneMatch="*")
            return number
        except ClientError as error:
            assert error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict")
            return None

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(16)) if number is not None]
    assert len(winners) == 1
    s3 = client(server, "s3")
    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == str(winners[0]).encode()
    tag = s3.head_object(Bucket=bucket, Key="lock")["ETag"]
    s3.put_object(Bucket=bucket, Key="lock", Body=b"next", IfMatch=tag)
    assert error_code(s3.put_object, Bucket=bucket, Key="lock", Body=b"late", IfMatch=tag) == ("PreconditionFailed", 412)


def test_metadata_and_headers_come_back(s3, bucket):
    s3.put_object(
        Bucket=bucket, Key="h", Body=b"x", ContentType="text/x-roost", CacheControl="no-cache", ContentDisposition="inline",
        ContentEncoding="identity", ContentLanguage="en", Metadata={"one": "1", "two": "zwei"}, StorageClass="STANDARD",
    )
    head = s3.head_object(Bucket=bucket, Key="h")
    assert head["ContentType"] == "text/x-roost" and head["Metadata"] == {"one": "1", "two": "zwei"}
    url = s3.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "h", "ResponseContentType": "text/other"}, ExpiresIn=60
    )
    import urllib.request

    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"] == "text/other"


def test_what_is_not_there_yet_says_so(s3, bucket):
    code = error_code(s3.get_object_torrent, Bucket=bucket, Key="k")
    assert code == ("NotImplemented", 501)


def test_every_write_names_its_position(s3, bucket):
    first = s3.put_object(Bucket=bucket, Key="a", Body=b"1")["ResponseMetadata"]["HTTPHeaders"]["x-roost-lsn"]
    second = s3.put_object(Bucket=bucket, Key="a", Body=b"2")["ResponseMetadata"]["HTTPHeaders"]["x-roost-lsn"]
    assert int(second) > int(first)


def test_an_empty_object_does_not_hang_the_connection(server, bucket):
    # boto3 asks `Expect: 100-continue` before an empty body too; answered without it, its next PUT would wait for ever.
    s3 = client(server, "s3", max_pool_connections=1, read_timeout=5)
    for size in (0, 1, 0, 0, 300_000):
        s3.put_object(Bucket=bucket, Key="k", Body=bytes(size))
    with pytest.raises(ClientError):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key="k", Body=b"after")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"after"

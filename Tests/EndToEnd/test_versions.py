"""boto3 against buckets with versions: what is kept, listed, removed and locked, and reads as of a position."""

import concurrent.futures
import datetime

import pytest
from botocore.exceptions import ClientError

UTC = datetime.timezone.utc


def refused(call, **keywords):
    """Code, status and headers of the refusal."""
    with pytest.raises(ClientError) as caught:
        call(**keywords)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["ResponseMetadata"]["HTTPHeaders"]


def position(answer):
    return int(answer["ResponseMetadata"]["HTTPHeaders"]["x-roost-lsn"])


def empty(s3, bucket, **bypass):
    """Removes every version as clients do; `bypass` passes over locks by governance, where a bucket can have any."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in page.get("Versions", []):
            try:
                s3.put_object_legal_hold(
                    Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"], LegalHold={"Status": "OFF"})
            except ClientError:
                pass
        entries = [
            {"Key": e["Key"], "VersionId": e["VersionId"]} for e in page.get("Versions", []) + page.get("DeleteMarkers", [])]
        if entries:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries}, **bypass)
            assert not answer.get("Errors")


@pytest.fixture
def versioned(s3, request):
    name = "v-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:50].strip("-")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield name
    empty(s3, name)
    s3.delete_bucket(Bucket=name)


@pytest.fixture
def locked(s3, request):
    name = "l-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower())[:50].strip("-")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    yield name
    empty(s3, name, BypassGovernanceRetention=True)
    s3.delete_bucket(Bucket=name)


def test_every_version_is_kept(s3, versioned):
    ids = [s3.put_object(Bucket=versioned, Key="k", Body=str(n).encode())["VersionId"] for n in range(3)]
    assert len(set(ids)) == 3 and all(len(i) == 32 for i in ids)
    for n, version in enumerate(ids):
        answer = s3.get_object(Bucket=versioned, Key="k", VersionId=version)
        assert answer["Body"].read() == str(n).encode() and answer["VersionId"] == version
    assert s3.head_object(Bucket=versioned, Key="k")["VersionId"] == ids[2]
    assert s3.get_object_attributes(
        Bucket=versioned, Key="k", VersionId=ids[0], ObjectAttributes=["ObjectSize"])["VersionId"] == ids[0]
    listed = s3.list_object_versions(Bucket=versioned)["Versions"]
    assert [(e["VersionId"], e["IsLatest"]) for e in listed] == [(ids[2], True), (ids[1], False), (ids[0], False)]
    copied = s3.copy_object(
        Bucket=versioned, Key="k", CopySource={"Bucket": versioned, "Key": "k", "VersionId": ids[0]})
    assert copied["CopySourceVersionId"] == ids[0]
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"0"
    # Removing the current one brings the one before it back.
    s3.delete_object(Bucket=versioned, Key="k", VersionId=copied["VersionId"])
    assert s3.get_object(Bucket=versioned, Key="k")["Body"].read() == b"2"
    assert refused(s3.get_object, Bucket=versioned, Key="k", VersionId=copied["VersionId"])[:2] == ("NoSuchVersion", 404)
    assert refused(s3.get_object, Bucket=versioned, Key="k", VersionId="nonsense")[:2] == ("InvalidArgument", 400)


def test_delete_markers(s3, versioned):
    version = s3.put_object(Bucket=versioned, Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="k")
    assert marker["DeleteMarker"] and marker["VersionId"] != version
    code, status, headers = refused(s3.get_object, Bucket=versioned, Key="k")
    assert (code, status, headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == (
        "NoSuchKey", 404, "true", marker["VersionId"])
    code, status, headers = refused(s3.get_object, Bucket=versioned, Key="k", VersionId=marker["VersionId"])
    assert (code, status, headers["allow"], headers["x-amz-delete-marker"]) == ("MethodNotAllowed", 405, "DELETE", "true")
    assert refused(s3.head_object, Bucket=versioned, Key="k")[1] == 404
    assert s3.get_object(Bucket=versioned, Key="k", VersionId=version)["Body"].read() == b"x"
    assert "Contents" not in s3.list_objects_v2(Bucket=versioned)
    page = s3.list_object_versions(Bucket=versioned)
    assert [e["VersionId"] for e in page["DeleteMarkers"]] == [marker["VersionId"]]
    assert refused(s3.delete_bucket, Bucket=versioned)[:2] == ("BucketNotEmpty", 409)
    # If-None-Match: a delete marker is no object.
    s3.put_object(Bucket=versioned, Key="k", Body=b"y", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket=versioned, Key="k", Body=b"z", IfNoneMatch="*")[1] == 412
    answer = s3.delete_objects(
        Bucket=versioned,
        Delete={"Objects": [{"Key": "k", "VersionId": marker["VersionId"]}, {"Key": "k"}, {"Key": "never"}]})["Deleted"]
    assert answer[0]["DeleteMarker"] and answer[0]["VersionId"] == marker["VersionId"]
    assert answer[1]["DeleteMarker"] and "VersionId" not in answer[1] and answer[2]["DeleteMarkerVersionId"]


def test_suspended_buckets_have_one_null_version(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=versioned)["Status"] == "Suspended"
    for body in (b"2", b"3"):
        assert "VersionId" not in s3.put_object(Bucket=versioned, Key="k", Body=body)
        assert s3.head_object(Bucket=versioned, Key="k")["VersionId"] == "null"
    assert [e["VersionId"] for e in s3.list_object_versions(Bucket=versioned)["Versions"]] == ["null", first]
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
    fourth = s3.put_object(Bucket=versioned, Key="k", Body=b"4")["VersionId"]
    assert s3.get_object(Bucket=versioned, Key="k", VersionId="null")["Body"].read() == b"3"
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
    # The null marker takes the place of the null version, wherever that was.
    assert s3.delete_object(Bucket=versioned, Key="k")["VersionId"] == "null"
    page = s3.list_object_versions(Bucket=versioned)
    assert [e["VersionId"] for e in page["Versions"]] == [fourth, first]
    assert [e["VersionId"] for e in page["DeleteMarkers"]] == ["null"]


def test_version_pages(s3, versioned):
    keys = [f"d{n % 3}/k{n}" for n in range(9)] + ["plain"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            list(pool.map(lambda key: s3.put_object(Bucket=versioned, Key=key, Body=b"x"), keys))
    whole = [(e["Key"], e["VersionId"]) for e in s3.list_object_versions(Bucket=versioned)["Versions"]]
    assert len(whole) == 30 and [key for key, _ in whole] == sorted(key for key, _ in whole)
    for size in (1, 2, 7):
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=versioned, PaginationConfig={"PageSize": size})
        assert [(e["Key"], e["VersionId"]) for page in pages for e in page["Versions"]] == whole
    pages = list(s3.get_paginator("list_object_versions").paginate(
        Bucket=versioned, Delimiter="/", PaginationConfig={"PageSize": 2}))
    assert [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])] == ["d0/", "d1/", "d2/"]
    assert [e["Key"] for page in pages for e in page.get("Versions", [])] == ["plain"] * 3


def test_multipart_makes_a_version(s3, versioned):
    s3.put_object(Bucket=versioned, Key="k", Body=b"before")
    upload = s3.create_multipart_upload(Bucket=versioned, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=versioned, Key="k", UploadId=upload, PartNumber=1, Body=b"part")
    complete = dict(
        Bucket=versioned, Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    done = s3.complete_multipart_upload(**complete)
    assert s3.complete_multipart_upload(**complete)["VersionId"] == done["VersionId"]
    assert len(s3.list_object_versions(Bucket=versioned)["Versions"]) == 2


def test_unversioned_buckets_know_no_versions(s3, bucket):
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "VersionId" not in s3.get_object(Bucket=bucket, Key="k")
    assert s3.list_object_versions(Bucket=bucket)["Versions"][0]["VersionId"] == "null"
    foreign = "A" * 32
    assert refused(s3.get_object, Bucket=bucket, Key="k", VersionId=foreign)[:2] == ("InvalidArgument", 400)
    configuration = {"Status": "Enabled", "MFADelete": "Enabled"}
    assert refused(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=configuration)[:2] == ("NotImplemented", 501)


def test_compliance_holds_against_everybody(s3, locked):
    soon = datetime.datetime.now(UTC) + datetime.timedelta(seconds=4)
    put = s3.put_object(Bucket=locked, Key="k", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=soon)
    version = put["VersionId"]
    attempts = dict(Bucket=locked, Key="k", VersionId=version)
    assert refused(s3.delete_object, **attempts)[:2] == ("AccessDenied", 403)
    assert refused(s3.delete_object, BypassGovernanceRetention=True, **attempts)[:2] == ("AccessDenied", 403)
    errors = s3.delete_objects(
        Bucket=locked, Delete={"Objects": [{"Key": "k", "VersionId": version}]}, BypassGovernanceRetention=True)["Errors"]
    assert [e["Code"] for e in errors] == ["AccessDenied"]
    shorter = {"Mode": "COMPLIANCE", "RetainUntilDate": soon - datetime.timedelta(seconds=1)}
    weaker = {"Mode": "GOVERNANCE", "RetainUntilDate": soon + datetime.timedelta(seconds=9)}
    for retention in (shorter, weaker, {}):
        call = dict(Retention=retention, BypassGovernanceRetention=True, **attempts)
        assert refused(s3.put_object_retention, **call)[:2] == ("AccessDenied", 403)
    suspended = {"Status": "Suspended"}
    assert refused(s3.put_bucket_versioning, Bucket=locked, VersioningConfiguration=suspended)[:2] == ("InvalidBucketState", 409)
    s3.delete_object(Bucket=locked, Key="k")
    s3.put_object(Bucket=locked, Key="k", Body=b"y")
    assert refused(s3.delete_bucket, Bucket=locked)[:2] == ("BucketNotEmpty", 409)
    assert s3.get_object(**attempts)["Body"].read() == b"x"
    while datetime.datetime.now(UTC) < soon + datetime.timedelta(seconds=1):
        pass
    s3.delete_object(**attempts)


def test_default_retention_and_legal_hold(s3, locked):
    assert "Rule" not in s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"]
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}}
    s3.put_object_lock_configuration(
        Bucket=locked, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    version = s3.put_object(Bucket=locked, Key="k", Body=b"x")["VersionId"]
    head = s3.head_object(Bucket=locked, Key="k")
    kept = head["ObjectLockRetainUntilDate"] - head["LastModified"]
    assert head["ObjectLockMode"] == "GOVERNANCE" and abs(kept.total_seconds() - 2 * 86400) < 2
    assert refused(s3.get_object_legal_hold, Bucket=locked, Key="k")[0] == "NoSuchObjectLockConfiguration"
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "ON"})
    call = dict(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)
    assert refused(s3.delete_object, **call)[:2] == ("AccessDenied", 403)
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "OFF"})
    s3.delete_object(**call)
    copy = s3.put_object(Bucket=locked, Key="a", Body=b"x", ObjectLockLegalHoldStatus="ON")
    copied = s3.copy_object(Bucket=locked, Key="b", CopySource={"Bucket": locked, "Key": "a", "VersionId": copy["VersionId"]})
    assert refused(s3.get_object_legal_hold, Bucket=locked, Key="b", VersionId=copied["VersionId"])[0] == (
        "NoSuchObjectLockConfiguration")


def test_locks_need_a_bucket_that_has_them(s3, versioned):
    until = datetime.datetime(2140, 1, 1, tzinfo=UTC)
    lock = dict(ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    assert refused(s3.put_object, Bucket=versioned, Key="k", Body=b"x", **lock)[:2] == ("InvalidRequest", 400)
    assert refused(s3.create_multipart_upload, Bucket=versioned, Key="k", **lock)[:2] == ("InvalidRequest", 400)
    assert "Versions" not in s3.list_object_versions(Bucket=versioned)


class Past:
    """Makes a client's reads go back to a position; None: to the present."""

    def __init__(self, s3):
        self.position = None
        s3.meta.events.register("before-sign.s3", self.add)

    def add(self, request, **_):
        if self.position is not None:
            request.headers["x-roost-as-of"] = str(self.position)


def test_as_of_reads(server, versioned):
    from conftest import client

    s3, past = client(server, "s3"), client(server, "s3")
    back = Past(past)
    first = position(s3.put_object(Bucket=versioned, Key="a", Body=b"1"))
    second = position(s3.put_object(Bucket=versioned, Key="b/1", Body=b"1"))
    third = position(s3.put_object(Bucket=versioned, Key="a", Body=b"2"))
    fourth = position(s3.delete_object(Bucket=versioned, Key="b/1"))

    def keys(**query):
        return [e["Key"] for e in past.list_objects_v2(Bucket=versioned, **query).get("Contents", [])]

    back.position = first
    assert keys() == ["a"] and past.get_object(Bucket=versioned, Key="a")["Body"].read() == b"1"
    assert refused(past.get_object, Bucket=versioned, Key="b/1")[:2] == ("NoSuchKey", 404)
    back.position = second
    assert keys() == ["a", "b/1"] and past.head_object(Bucket=versioned, Key="a")["ContentLength"] == 1
    prefixes = past.list_objects(Bucket=versioned, Delimiter="/")["CommonPrefixes"]
    assert [p["Prefix"] for p in prefixes] == ["b/"]
    assert keys(MaxKeys=1) == ["a"]
    back.position = third
    assert past.get_object(Bucket=versioned, Key="a")["Body"].read() == b"2" and keys() == ["a", "b/1"]
    back.position = fourth
    assert keys() == ["a"]
    assert refused(past.get_object, Bucket=versioned, Key="b/1")[2]["x-amz-delete-marker"] == "true"
    back.position = fourth + 1_000_000
    assert refused(past.get_object, Bucket=versioned, Key="a")[:2] == ("InvalidArgument", 400)
    back.position = "yesterday"
    assert refused(past.list_objects_v2, Bucket=versioned)[:2] == ("InvalidArgument", 400)
    back.position = fourth
    assert refused(past.put_object, Bucket=versioned, Key="a", Body=b"3")[:2] == ("InvalidRequest", 400)
    back.position = None
    past.put_object(Bucket=versioned, Key="a", Body=b"3")


def test_as_of_needs_versions(server, bucket):
    from conftest import client

    s3 = client(server, "s3")
    lsn = position(s3.put_object(Bucket=bucket, Key="a", Body=b"1"))
    Past(s3).position = lsn
    assert refused(s3.get_object, Bucket=bucket, Key="a")[:2] == ("InvalidRequest", 400)
    assert refused(s3.list_objects_v2, Bucket=bucket)[:2] == ("InvalidRequest", 400)

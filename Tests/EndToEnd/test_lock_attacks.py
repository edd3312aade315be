"""Versions that a lock protects, and everything that a client, an administrator or the server itself could do against them."""

import datetime
import os
import shutil
import time

import pytest
from botocore.exceptions import ClientError

from conftest import client
from roost_server import RoostServer
from test_beyond_aws import batch, signed

BUCKET = "vault"
DAY_SECONDS = 1
NOW = datetime.datetime.now(datetime.timezone.utc)
UNTIL = (NOW + datetime.timedelta(days=2)).replace(microsecond=0)
COMPLIANCE = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": UNTIL}
HELD = {"ObjectLockLegalHoldStatus": "ON"}


class Vault:
    """A bucket with locked versions: small and large ones, of parts, encrypted, current and older."""

    def __init__(self, server):
        self.server = server
        self.locked = {}
        self.s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        for name, lock in (("compliance", COMPLIANCE), ("held", HELD)):
            for kind, size, extra in [("small", 100, {}), ("large", 700_000, {}), ("sealed", 5_000, {"ServerSideEncryption": "AES256"})]:
                self.put(f"{name}/{kind}", os.urandom(size), lock | extra)
            # One that a newer version hides.
            self.put(f"{name}/older", os.urandom(300), lock)
            self.s3.put_object(Bucket=BUCKET, Key=f"{name}/older", Body=b"newer")
            self.upload(f"{name}/parts", lock)

    @property
    def s3(self):
        return client(self.server, "s3")

    def put(self, key, body, extra):
        version = self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, **extra)["VersionId"]
        self.locked[key, version] = body

    def upload(self, key, lock):
        upload = self.s3.create_multipart_upload(Bucket=BUCKET, Key=key, **lock)["UploadId"]
        bodies = [os.urandom(5 << 20), os.urandom(1000)]
        parts = [
            {"PartNumber": n, "ETag": self.s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=n, Body=body)["ETag"]}
            for n, body in enumerate(bodies, 1)
        ]
        done = self.s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
        self.locked[key, done["VersionId"]] = b"".join(bodies)

    def survives(self):
        """Every locked version has its bytes and its lock."""
        s3 = self.s3
        for (key, version), body in self.locked.items():
            answer = s3.get_object(Bucket=BUCKET, Key=key, VersionId=version)
            assert answer["Body"].read() == body, f"{key} reads as other bytes"
            if key.startswith("held/"):
                assert answer["ObjectLockLegalHoldStatus"] == "ON"
            else:
                assert answer["ObjectLockMode"] == "COMPLIANCE" and answer["ObjectLockRetainUntilDate"] == UNTIL


def codes(call, *arguments, **keywords):
    """The refusal's code, or None."""
    try:
        call(*arguments, **keywords)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


@pytest.fixture
def vault(own_server):
    own_server.flags = [*own_server.flags, "--lifecycle-day", str(DAY_SECONDS)]
    own_server.start()
    return Vault(own_server)


def test_removals_are_refused(vault):
    s3 = vault.s3
    for key, version in vault.locked:
        for bypass in (False, True):
            removal = {"Bucket": BUCKET, "Key": key, "VersionId": version}
            if bypass:
                removal["BypassGovernanceRetention"] = True
            assert codes(s3.delete_object, **removal) == "AccessDenied"
    places = [{"Key": key, "VersionId": version} for key, version in vault.locked]
    for bypass in (False, True):
        answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": places}, BypassGovernanceRetention=bypass)
        assert {error["Code"] for error in answer["Errors"]} == {"AccessDenied"} and len(answer["Errors"]) == len(places)
    for key, version in vault.locked:
        status, answer = batch(
            vault.server, BUCKET, {"op": "put", "key": "beside", "content": "x"}, {"op": "delete", "key": key, "versionId": version})
        assert status == 403 and answer["failures"][0]["code"] == "AccessDenied"
        assert codes(s3.head_object, Bucket=BUCKET, Key="beside") == "404", "a refused batch does nothing"
    vault.survives()
    # Without a version only a marker is put before it.
    for key, _ in vault.locked:
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key, _ in vault.locked]})
    assert codes(s3.delete_bucket, Bucket=BUCKET) == "BucketNotEmpty"
    vault.survives()


def test_what_takes_the_keys_leaves_the_versions(vault):
    s3 = vault.s3
    s3.put_object(Bucket=BUCKET, Key="other", Body=b"other")
    for key, version in vault.locked:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"over")
        assert codes(s3.put_object, Bucket=BUCKET, Key=key, Body=b"more", WriteOffsetBytes=4) == "InvalidRequest"
        s3.copy_object(Bucket=BUCKET, Key=key, CopySource=f"{BUCKET}/other")
        s3.copy_object(
            Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": key, "VersionId": version}, MetadataDirective="REPLACE",
            Metadata={"a": "b"})
        s3.put_object(Bucket=BUCKET, Key="mover", Body=b"moved")
        s3.rename_object(Bucket=BUCKET, Key=key, RenameSource="mover")
        s3.rename_object(Bucket=BUCKET, Key=f"away/{key}", RenameSource=key.replace("/", "%2F"))
        status, answer = batch(
            vault.server, BUCKET, {"op": "put", "key": key, "content": "batched"}, {"op": "copy", "key": f"copy/{key}", "source": f"{BUCKET}/other"})
        assert status == 200, answer
        status, _ = batch(vault.server, BUCKET, {"op": "rename", "key": f"batch/{key}", "source": key})
        assert status == 200
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        part = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=1, Body=b"part")
        s3.complete_multipart_upload(
            Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        s3.put_object_tagging(Bucket=BUCKET, Key=key, VersionId=version, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        s3.delete_object_tagging(Bucket=BUCKET, Key=key, VersionId=version)
    vault.survives()


def test_locks_are_not_loosened(vault):
    s3 = vault.s3
    sooner = UNTIL - datetime.timedelta(days=1)
    for key, version in vault.locked:
        place = {"Bucket": BUCKET, "Key": key, "VersionId": version}
        if key.startswith("held/"):
            continue
        for retention in (
            {"Mode": "COMPLIANCE", "RetainUntilDate": sooner}, {"Mode": "GOVERNANCE", "RetainUntilDate": UNTIL},
            {"Mode": "GOVERNANCE", "RetainUntilDate": UNTIL + datetime.timedelta(days=1)}, {},
        ):
            for bypass in (False, True):
                refusal = codes(s3.put_object_retention, **place, Retention=retention, BypassGovernanceRetention=bypass)
                assert refusal == "AccessDenied", (key, retention, refusal)
        s3.put_object_legal_hold(**place, LegalHold={"Status": "ON"})
        s3.put_object_legal_hold(**place, LegalHold={"Status": "OFF"})
        assert codes(s3.delete_object, **place, BypassGovernanceRetention=True) == "AccessDenied"
    assert codes(s3.put_bucket_versioning, Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}) == "InvalidBucketState"
    assert codes(
        s3.put_object_lock_configuration, Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Disabled"}) == "MalformedXML"
    s3.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    status, _, _ = signed(vault.server, "DELETE", f"/{BUCKET}?object-lock")
    assert status in (405, 501)
    s3.put_object_lock_configuration(
        Bucket=BUCKET, ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
    # Making the bucket again takes nothing from it.
    codes(s3.create_bucket, Bucket=BUCKET)
    assert s3.get_object_lock_configuration(Bucket=BUCKET)["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    vault.survives()


def test_the_server_ends_nothing_that_is_locked(vault):
    s3 = vault.s3
    rules = [
        {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1},
         "NoncurrentVersionExpiration": {"NoncurrentDays": 1}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        {"ID": "markers", "Status": "Enabled", "Filter": {"Prefix": "held/"}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    s3.put_object(Bucket=BUCKET, Key="free", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="free", Body=b"2")

    def is_through():
        page = s3.list_object_versions(Bucket=BUCKET)
        left = {(entry["Key"], entry["VersionId"]) for entry in page.get("Versions", [])}
        return left == set(vault.locked)

    wait(is_through)
    # Everything that was not locked is gone. What is left is more than the bucket may hold from now on, and passes go on.
    vault.server.admin("bucket", "quota", "set", BUCKET, "--bytes", 1, "--objects", 1)
    assert codes(s3.put_object, Bucket=BUCKET, Key="x", Body=b"xx") == "QuotaExceeded"
    time.sleep(3 * DAY_SECONDS)
    vault.survives()
    vault.server.kill()
    vault.server.start()
    vault.survives()
    assert vault.server.stop() == 0
    assert vault.server.run_cli("verify", "--data", vault.server.data).returncode == 0


def test_a_restored_backup_locks_as_before(vault, tmp_path):
    vault.server.run_cli("backup", "--data", vault.server.data, "--to", tmp_path / "backup")
    for key, version in vault.locked:
        assert codes(vault.s3.delete_object, Bucket=BUCKET, Key=key, VersionId=version) == "AccessDenied"
    assert vault.server.stop() == 0
    restored = RoostServer(tmp_path / "restored")
    vault.server.run_cli("restore", "--from", tmp_path / "backup", "--data", restored.data)
    shutil.rmtree(tmp_path / "backup")
    restored.start()
    try:
        vault.server = restored
        vault.survives()
        for key, version in vault.locked:
            assert codes(vault.s3.delete_object, Bucket=BUCKET, Key=key, VersionId=version, BypassGovernanceRetention=True) == "AccessDenied"
        vault.survives()
    finally:
        restored.stop()


def wait(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)

"""What works on a server that is killed: each worker remembers what was acknowledged and the one thing that is in doubt."""

import datetime
import hashlib
import random
import threading

from botocore.exceptions import BotoCoreError, ClientError

from conftest import client

PLAIN, LOCKED, EXPIRING = "kill", "kill-locked", "kill-expiring"
KEYS_PER_WRITER = 24
KEYS_PER_VERSIONER = 6
PART_BYTES_MIN = 5 << 20
ENCRYPTIONS = [{}, {"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "aws:kms"}]
GONE = None


class Found(Exception):
    """The server did what it must not do."""


class Content:
    """What one object is: told by its bytes, its ETag where that is an MD5, and its tags."""

    def __init__(self, body, etag, tags=()):
        self.digest = hashlib.md5(body).hexdigest()
        self.etag = etag
        self.tags = tuple(sorted(tags))

    def tagged(self, tags):
        other = Content(b"", self.etag, tags)
        other.digest = self.digest
        return other

    def __eq__(self, other):
        return isinstance(other, Content) and (self.digest, self.tags) == (other.digest, other.tags)

    def __hash__(self):
        return hash((self.digest, self.tags))

    def __repr__(self):
        return f"{self.digest} {self.tags}"


class Worker(threading.Thread):
    """Works until the server is gone. A refusal where there may be none is kept for the test."""

    def __init__(self, server, number, state, seed):
        super().__init__(daemon=True)
        self.s3 = client(server, "s3", connect_timeout=5, read_timeout=10)
        self.number = number
        self.state = state
        self.random = random.Random(seed)

    def run(self):
        try:
            while True:
                self.step()
        except (BotoCoreError, OSError):
            return
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status < 500:
                self.state.findings.append(f"{type(self).__name__}: {error}")
        except Found as found:
            self.state.findings.append(str(found))


class State:
    def __init__(self):
        self.findings = []
        # Of the plain bucket: key -> Content or GONE.
        self.acknowledged = {}
        self.in_doubt = {}
        self.puts_acknowledged = set()
        # Of the bucket with locks: (key, version) -> Version; what a worker was doing when the server went.
        self.versions = {}
        self.doubts = {}
        # Of the bucket whose objects expire.
        self.kept = set()


class Writer(Worker):
    """Puts, overwrites, tags and deletes its own keys, whole or in parts, in the clear or encrypted."""

    def step(self):
        # Those of even workers are announced to a queue, the others to a function.
        key = f"{'fq'[self.number % 2 == 0]}/w{self.number}/k{self.random.randrange(KEYS_PER_WRITER)}"
        before = self.state.acknowledged.get(key, GONE)
        chance = self.random.random()
        if chance < 0.12:
            self.attempt(key, GONE, lambda: self.s3.delete_object(Bucket=PLAIN, Key=key))
        elif chance < 0.24 and before is not GONE:
            tags = [(f"t{n}", str(self.random.randrange(1000))) for n in range(self.random.randrange(3))]
            tagging = {"TagSet": [{"Key": k, "Value": v} for k, v in tags]}
            self.attempt(key, before.tagged(tags), lambda: self.s3.put_object_tagging(Bucket=PLAIN, Key=key, Tagging=tagging))
        elif chance < 0.32:
            self.upload(key)
        else:
            body = self.random.randbytes(self.random.choice([0, 100, 4096, 70_000, 300_000, 900_000]))
            extra = dict(self.random.choice(ENCRYPTIONS))
            content = Content(body, hashlib.md5(body).hexdigest() if extra.get("ServerSideEncryption") != "aws:kms" else None)
            self.attempt(key, content, lambda: self.s3.put_object(Bucket=PLAIN, Key=key, Body=body, **extra))

    def upload(self, key):
        encryption = self.random.choice(ENCRYPTIONS[:2])
        bodies = [self.random.randbytes(self.random.choice([10, 300_000]))]
        if self.random.random() < 0.1:
            bodies.insert(0, self.random.randbytes(PART_BYTES_MIN))
        upload = self.s3.create_multipart_upload(Bucket=PLAIN, Key=key, **encryption)["UploadId"]
        parts = []
        for number, body in enumerate(bodies, 1):
            part = self.s3.upload_part(Bucket=PLAIN, Key=key, UploadId=upload, PartNumber=number, Body=body)
            parts.append({"PartNumber": number, "ETag": part["ETag"]})
        if self.random.random() < 0.2:
            self.s3.abort_multipart_upload(Bucket=PLAIN, Key=key, UploadId=upload)
            return
        etag = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest() + f"-{len(bodies)}"
        content = Content(b"".join(bodies), etag)
        self.attempt(
            key, content,
            lambda: self.s3.complete_multipart_upload(Bucket=PLAIN, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}))

    def attempt(self, key, content, call):
        before = self.state.acknowledged.get(key, GONE)
        self.state.in_doubt[key] = content
        answer = call()
        self.state.acknowledged[key] = content
        del self.state.in_doubt[key]
        # Tags alone are no new object.
        if content is not GONE and (before is GONE or before.etag != content.etag or before.digest != content.digest):
            content.etag = answer["ETag"].strip('"')
            self.state.puts_acknowledged.add((key, content.etag))


class Version:
    def __init__(self, digest, is_locked):
        self.digest = digest
        self.is_locked = is_locked
        # Its bytes were read after a restart.
        self.is_read = False


class Versioner(Worker):
    """Makes and removes versions of its own keys, locks some of them, and tries to remove what is locked."""

    def step(self):
        # Older versions of keys under e/ end by the bucket's lifecycle.
        name = self.random.randrange(KEYS_PER_VERSIONER)
        key = f"{'ek'[name % 2]}/v{self.number}/{name}"
        own = [(k, v) for (k, v) in self.state.versions if k == key]
        chance = self.random.random()
        if chance < 0.15:
            self.s3.delete_object(Bucket=LOCKED, Key=key)
        elif chance < 0.35 and own:
            self.remove(*self.random.choice(own))
        elif chance < 0.45 and own and key.startswith("k/"):
            self.hold(*self.random.choice(own))
        else:
            self.put(key)

    def put(self, key):
        body = self.random.randbytes(self.random.choice([20, 5000, 300_000]))
        digest = hashlib.md5(body).hexdigest()
        extra = dict(self.random.choice(ENCRYPTIONS))
        is_locked = self.random.random() < 0.3
        if is_locked and self.random.random() < 0.5:
            extra["ObjectLockLegalHoldStatus"] = "ON"
        elif is_locked:
            until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
            extra |= {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        self.state.doubts[self.number] = ("put", key, digest, is_locked)
        answer = self.s3.put_object(Bucket=LOCKED, Key=key, Body=body, **extra)
        self.state.versions[key, answer["VersionId"]] = Version(digest, is_locked)
        del self.state.doubts[self.number]

    def remove(self, key, version):
        known = self.state.versions[key, version]
        if not known.is_locked:
            self.state.doubts[self.number] = ("remove", key, version)
        try:
            self.s3.delete_object(Bucket=LOCKED, Key=key, VersionId=version, BypassGovernanceRetention=True)
        except ClientError as error:
            if known.is_locked and error.response["Error"]["Code"] == "AccessDenied":
                return
            raise
        if known.is_locked:
            raise Found(f"{key} {version} was locked and could be removed")
        del self.state.versions[key, version]
        del self.state.doubts[self.number]

    def hold(self, key, version):
        self.state.doubts[self.number] = ("hold", key, version)
        self.s3.put_object_legal_hold(Bucket=LOCKED, Key=key, VersionId=version, LegalHold={"Status": "ON"})
        self.state.versions[key, version].is_locked = True
        del self.state.doubts[self.number]


class Leaver(Worker):
    """Puts objects that expire beside such that do not, and leaves uploads behind."""

    def step(self):
        number = self.random.randrange(1 << 40)
        kept = f"kept/{number}"
        self.s3.put_object(Bucket=EXPIRING, Key=f"tmp/{number}", Body=b"x", **self.random.choice(ENCRYPTIONS))
        self.s3.put_object(Bucket=EXPIRING, Key=kept, Body=str(number).encode())
        self.state.kept.add(kept)
        if self.random.random() < 0.3:
            self.leave(f"left/{number}")

    def leave(self, key):
        upload = self.s3.create_multipart_upload(Bucket=EXPIRING, Key=key)["UploadId"]
        try:
            for part in (1, 2):
                self.s3.upload_part(Bucket=EXPIRING, Key=key, UploadId=upload, PartNumber=part, Body=b"y" * 300_000)
        except ClientError as error:
            # The lifecycle may have been faster.
            if error.response["Error"]["Code"] != "NoSuchUpload":
                raise

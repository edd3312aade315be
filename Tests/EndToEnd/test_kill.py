"""The release binary killed with SIGKILL under load: nothing acknowledged is lost, nothing half-done appears, nothing locked goes."""

import hashlib
import json
import os
import random
import time
import urllib.parse

from botocore.exceptions import ClientError

from conftest import client
from kill_load import EXPIRING, GONE, LOCKED, PLAIN, Content, Leaver, State, Version, Versioner, Writer
from test_webhooks import FUNCTION, Endpoint, declare, until

ROUNDS = int(os.environ.get("ROOST_KILL_ROUNDS", "20"))
WRITERS = 4
VERSIONERS = 2
# Versions read anew in each round besides those that are new.
READ_AGAIN_MAX = 40


def test_nothing_acknowledged_is_lost(own_server, tmp_path):
    seed = int(os.environ.get("ROOST_KILL_SEED", random.randrange(1 << 32)))
    print(f"ROOST_KILL_SEED={seed}")
    rng = random.Random(seed)
    state = State()
    # A function that fails now and then, and outlives the server.
    endpoint = Endpoint(lambda attempt, body: 500 if attempt == 1 and hash(body) % 20 == 0 else 200)
    declare(own_server, tmp_path, {"arn": FUNCTION, "url": endpoint.url, "firstRetryMilliseconds": 20})
    # Lifecycle rules count days of a second.
    own_server.flags = [*own_server.flags, "--lifecycle-day", "1"]
    own_server.start()
    url = prepare(client(own_server, "s3"), client(own_server, "sqs"))
    for _ in range(ROUNDS):
        workers = [Writer(own_server, n, state, rng.randrange(1 << 32)) for n in range(WRITERS)]
        workers += [Versioner(own_server, n, state, rng.randrange(1 << 32)) for n in range(VERSIONERS)]
        workers.append(Leaver(own_server, 0, state, rng.randrange(1 << 32)))
        for worker in workers:
            worker.start()
        time.sleep(rng.uniform(0.05, 0.6))
        own_server.kill()
        for worker in workers:
            worker.join(30)
        assert not state.findings, state.findings
        report = own_server.run_cli("verify", "--data", own_server.data, check=False)
        assert report.returncode == 0, report.stdout + report.stderr
        own_server.start()
        s3 = client(own_server, "s3")
        check_objects(s3, state)
        check_versions(s3, state, rng)
        check_kept(s3, state)
    s3 = client(own_server, "s3")
    until(lambda: "Contents" not in s3.list_objects_v2(Bucket=EXPIRING, Prefix="tmp/"))
    until(lambda: "Uploads" not in s3.list_multipart_uploads(Bucket=EXPIRING))
    check_announced(own_server, state, url, endpoint)
    assert own_server.stop() == 0
    endpoint.close()
    report = own_server.run_cli("verify", "--data", own_server.data)
    assert report.returncode == 0


def prepare(s3, sqs):
    """Makes buckets, rules and targets; returns the queue's URL."""
    for name in (PLAIN, EXPIRING):
        s3.create_bucket(Bucket=name)
    s3.create_bucket(Bucket=LOCKED, ObjectLockEnabledForBucket=True)
    expiring = [
        {"ID": "tmp", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}},
        {"ID": "left", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=EXPIRING, LifecycleConfiguration={"Rules": expiring})
    older = {"ID": "older", "Status": "Enabled", "Filter": {"Prefix": "e/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=LOCKED, LifecycleConfiguration={"Rules": [older]})
    url = sqs.create_queue(QueueName="kill-events", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def under(prefix):
        return {"Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}}

    s3.put_bucket_notification_configuration(
        Bucket=PLAIN, SkipDestinationValidation=True,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, **under("q/")}],
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, **under("f/")}],
        })
    return url


def check_objects(s3, state):
    """Every key holds what was acknowledged last, or what was under way."""
    listed = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=PLAIN):
        listed.update({entry["Key"]: entry["ETag"].strip('"') for entry in page.get("Contents", [])})
    for key in set(state.acknowledged) | set(state.in_doubt) | set(listed):
        allowed = [state.acknowledged.get(key, GONE)]
        if key in state.in_doubt:
            allowed.append(state.in_doubt[key])
        found = GONE
        if key in listed:
            answer = s3.get_object(Bucket=PLAIN, Key=key)
            tags = s3.get_object_tagging(Bucket=PLAIN, Key=key)["TagSet"] if answer.get("TagCount") else []
            found = Content(answer["Body"].read(), listed[key], [(tag["Key"], tag["Value"]) for tag in tags])
        assert found in allowed, f"{key}: found {found}, acknowledged or in doubt {allowed}"
        # What the restart settled is settled.
        state.acknowledged[key] = found
        doubt = state.in_doubt.pop(key, GONE)
        if found is not GONE and found == doubt and doubt.digest != getattr(allowed[0], "digest", None):
            state.puts_acknowledged.add((key, found.etag))


def check_versions(s3, state, rng):
    """Locked versions are there, each version has its bytes, and a version that nobody made is the one under way."""
    listed = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=LOCKED):
        for entry in page.get("Versions", []):
            listed[entry["Key"], entry["VersionId"]] = entry["IsLatest"]
    doubts = list(state.doubts.values())
    state.doubts.clear()
    for known in [place for place in state.versions if place not in listed]:
        may_expire = known[0].startswith("e/") and not state.versions[known].is_locked
        assert may_expire or ("remove", *known) in doubts, f"{known} is gone; locked: {state.versions[known].is_locked}"
        del state.versions[known]
    for kind, *place in doubts:
        if kind == "hold" and tuple(place) in listed:
            state.versions[tuple(place)].is_locked |= is_held(s3, *place)
    unread = [place for place in listed if place not in state.versions or not state.versions[place].is_read]
    rest = [place for place in listed if place in state.versions and state.versions[place].is_read]
    for key, version in unread + rng.sample(rest, min(len(rest), READ_AGAIN_MAX)):
        try:
            body = s3.get_object(Bucket=LOCKED, Key=key, VersionId=version)["Body"].read()
        except ClientError as error:
            # An older version may end while this is read.
            assert key.startswith("e/") and error.response["Error"]["Code"] == "NoSuchVersion", f"{key} {version}: {error}"
            assert (key, version) not in state.versions or not state.versions[key, version].is_locked
            state.versions.pop((key, version), None)
            continue
        digest = hashlib.md5(body).hexdigest()
        if (key, version) not in state.versions:
            made = [doubt for doubt in doubts if doubt[0] == "put" and doubt[1:3] == (key, digest)]
            assert made, f"{key} {version} was never put"
            state.versions[key, version] = Version(digest, made[0][3])
        assert state.versions[key, version].digest == digest, f"{key} {version} reads as other bytes"
        state.versions[key, version].is_read = True
    for (key, version), known in state.versions.items():
        if known.is_locked and rng.random() < 0.1:
            refused(s3, key, version)


def is_held(s3, key, version):
    try:
        return s3.get_object_legal_hold(Bucket=LOCKED, Key=key, VersionId=version)["LegalHold"]["Status"] == "ON"
    except ClientError:
        return False


def refused(s3, key, version):
    try:
        s3.delete_object(Bucket=LOCKED, Key=key, VersionId=version, BypassGovernanceRetention=True)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return
    raise AssertionError(f"{key} {version} was locked and could be removed after a restart")


def check_kept(s3, state):
    listed = set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=EXPIRING, Prefix="kept/"):
        listed |= {entry["Key"] for entry in page.get("Contents", [])}
    assert state.kept <= listed, "an object that no rule is about has expired"
    for entry in s3.list_multipart_uploads(Bucket=EXPIRING).get("Uploads", []):
        try:
            parts = s3.list_parts(Bucket=EXPIRING, Key=entry["Key"], UploadId=entry["UploadId"]).get("Parts", [])
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NoSuchUpload"
            continue
        assert [part["PartNumber"] for part in parts] in ([], [1], [1, 2])


def check_announced(server, state, url, endpoint):
    """Every acknowledged put was announced, to the queue or to the function, and there in the order of each key."""
    announced = drain(client(server, "sqs"), url)
    missing = {(key, etag) for key, etag in state.puts_acknowledged if key.startswith("q/")} - announced
    assert not missing, f"{len(missing)} acknowledged puts were never announced: {sorted(missing)[:3]}"
    until(lambda: server.metric("roost_webhook_lag") == 0)
    told, last = set(), {}
    for record in endpoint.records():
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        sequencer = record["s3"]["object"]["sequencer"]
        # One that comes again may come late; a new one never before an older one.
        if (key, sequencer) not in told:
            assert int(last.get(key, "0"), 16) < int(sequencer, 16), f"{key}: {sequencer} came after {last.get(key)}"
            last[key] = sequencer
        told |= {(key, sequencer), (key, record["s3"]["object"]["eTag"])}
    missing = {(key, etag) for key, etag in state.puts_acknowledged if key.startswith("f/")} - told
    assert not missing, f"{len(missing)} acknowledged puts never reached the function: {sorted(missing)[:3]}"


def drain(sqs, url):
    announced = set()
    empty = 0
    while empty < 3:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=600)
        messages = answer.get("Messages", [])
        empty = 0 if messages else empty + 1
        for message in messages:
            for record in json.loads(message["Body"])["Records"]:
                key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
                announced.add((key, record["s3"]["object"]["eTag"]))
        if messages:
            entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return announced

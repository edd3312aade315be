"""The release binary killed with SIGKILL under load: nothing acknowledged is lost, nothing half-done appears."""

import hashlib
import json
import os
import random
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from conftest import client

ROUNDS = int(os.environ.get("ROOST_KILL_ROUNDS", "20"))
WRITERS = 4
KEYS_PER_WRITER = 40
BUCKET = "kill"


class Writer(threading.Thread):
    """Puts, overwrites and deletes its own keys, and remembers what was acknowledged and what is in doubt."""

    def __init__(self, server, number, state, seed):
        super().__init__(daemon=True)
        self.s3 = client(server, "s3", connect_timeout=5, read_timeout=10)
        self.number = number
        self.state = state
        self.random = random.Random(seed)

    def run(self):
        while True:
            key = f"w{self.number}/k{self.random.randrange(KEYS_PER_WRITER)}"
            try:
                if self.random.random() < 0.15:
                    self.attempt(key, None, lambda: self.s3.delete_object(Bucket=BUCKET, Key=key))
                else:
                    size = self.random.choice([0, 100, 4096, 70_000, 300_000, 900_000])
                    body = self.random.randbytes(size)
                    self.attempt(key, body, lambda: self.s3.put_object(Bucket=BUCKET, Key=key, Body=body))
            except (BotoCoreError, ClientError, OSError):
                return

    def attempt(self, key, body, call):
        digest = None if body is None else hashlib.md5(body).hexdigest()
        self.state.in_doubt[key] = digest
        call()
        self.state.acknowledged[key] = digest
        del self.state.in_doubt[key]
        if digest is not None:
            self.state.puts_acknowledged.add((key, digest))


class State:
    def __init__(self):
        self.acknowledged = {}
        self.in_doubt = {}
        self.puts_acknowledged = set()


def test_nothing_acknowledged_is_lost(own_server):
    seed = int(os.environ.get("ROOST_KILL_SEED", random.randrange(1 << 32)))
    print(f"ROOST_KILL_SEED={seed}")
    rng = random.Random(seed)
    own_server.start()
    s3, sqs = client(own_server, "s3"), client(own_server, "sqs")
    s3.create_bucket(Bucket=BUCKET)
    url = sqs.create_queue(QueueName="kill-events", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
        SkipDestinationValidation=True,
    )
    state = State()
    for round_number in range(ROUNDS):
        writers = [Writer(own_server, n, state, rng.randrange(1 << 32)) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(rng.uniform(0.05, 0.6))
        own_server.kill()
        for writer in writers:
            writer.join(30)
        if round_number % 5 == 4:
            report = own_server.run_cli("verify", "--data", own_server.data, check=False)
            assert report.returncode == 0, report.stdout + report.stderr
        own_server.start()
        check_objects(client(own_server, "s3"), state)
    announced = drain(client(own_server, "sqs"), url)
    missing = state.puts_acknowledged - announced
    assert not missing, f"{len(missing)} acknowledged puts were never announced: {sorted(missing)[:3]}"
    assert own_server.stop() == 0
    report = own_server.run_cli("verify", "--data", own_server.data)
    assert report.returncode == 0


def check_objects(s3, state):
    listed = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        listed.update({entry["Key"]: entry["ETag"].strip('"') for entry in page.get("Contents", [])})
    for key in set(state.acknowledged) | set(state.in_doubt) | set(listed):
        allowed = {state.acknowledged.get(key)}
        if key in state.in_doubt:
            allowed.add(state.in_doubt[key])
        found = listed.get(key)
        assert found in allowed, f"{key}: found {found}, acknowledged or in doubt {allowed}"
        if found is not None:
            body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
            assert hashlib.md5(body).hexdigest() == found
        # What the restart settled is settled.
        state.acknowledged[key] = found
        if key in state.in_doubt and found is not None and found == state.in_doubt[key]:
            state.puts_acknowledged.add((key, found))
        state.in_doubt.pop(key, None)


def drain(sqs, url):
    announced = set()
    empty = 0
    while empty < 3:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=600)
        messages = answer.get("Messages", [])
        empty = 0 if messages else empty + 1
        for message in messages:
            for record in json.loads(message["Body"])["Records"]:
                announced.add((record["s3"]["object"]["key"], record["s3"]["object"]["eTag"]))
        if messages:
            entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return announced

"""Two services share a file: the story of the README, with nothing but stock tools."""

import hashlib
import json
import os
import subprocess

import pytest

LARGE_BYTES = 300 * 1024 * 1024


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def receive_event(sqs, url):
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=1).get("Messages", [])
    assert messages, "the event is there within the long poll"
    return messages[0], json.loads(messages[0]["Body"])["Records"][0]


def test_share_files_between_two_services(server, s3, sqs, tmp_path):
    small, large = tmp_path / "report.pdf", tmp_path / "large.bin"
    small.write_bytes(os.urandom(123_457))
    with open(large, "wb") as file:
        for _ in range(LARGE_BYTES // (1 << 20)):
            file.write(os.urandom(1 << 20))

    s3.create_bucket(Bucket="shared-files")
    url = sqs.create_queue(QueueName="file-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(
        Bucket="shared-files",
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    test_event, = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert json.loads(test_event["Body"])["Event"] == "s3:TestEvent"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=test_event["ReceiptHandle"])

    sequencers = []
    for path, event_name in [(small, "ObjectCreated:Put"), (large, "ObjectCreated:CompleteMultipartUpload")]:
        s3.upload_file(str(path), "shared-files", path.name)
        message, event = receive_event(sqs, url)
        assert event["eventName"] == event_name
        assert event["s3"]["bucket"]["name"] == "shared-files"
        assert event["s3"]["object"]["key"] == path.name
        assert event["s3"]["object"]["size"] == path.stat().st_size
        sequencers.append(int(event["s3"]["object"]["sequencer"], 16))

        head = s3.head_object(Bucket="shared-files", Key=path.name)
        assert head["ETag"].strip('"') == event["s3"]["object"]["eTag"]
        presigned = s3.generate_presigned_url("get_object", Params={"Bucket": "shared-files", "Key": path.name})
        by_curl, by_boto = tmp_path / "by-curl", tmp_path / "by-boto"
        subprocess.run(["curl", "-sSf", "-o", by_curl, presigned], check=True)
        s3.download_file("shared-files", path.name, str(by_boto))
        assert sha256(by_curl) == sha256(by_boto) == sha256(path)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert sequencers == sorted(sequencers)

    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)
    for path in (small, large):
        s3.delete_object(Bucket="shared-files", Key=path.name)
    s3.delete_bucket(Bucket="shared-files")
    sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_demo_tells_the_story(server, region):
    """Whatever region the caller's environment names; and so do other commands."""
    server.run_cli("admin", "account", "list", AWS_DEFAULT_REGION=region)
    result = server.run_cli("demo", AWS_DEFAULT_REGION=region)
    assert "LSN" in result.stdout or "lsn" in result.stdout

"""boto3's SQS client against Roost."""

import concurrent.futures
import time

import pytest
from botocore.exceptions import ClientError

from conftest import client


@pytest.fixture
def queue(sqs, request):
    url = sqs.create_queue(QueueName="q-" + request.node.name.replace("[", "-").replace("]", ""))["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


def test_attributes_and_bodies_survive(sqs, queue):
    attributes = {"n": {"DataType": "Number", "StringValue": "7"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    sqs.send_message(QueueUrl=queue, MessageBody="grüße <&>", MessageAttributes=attributes)
    message, = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Body"] == "grüße <&>"
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"\x00\xff"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def test_visibility(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="once")
    message, = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=600)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    again, = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MessageSystemAttributeNames=["All"])["Messages"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"


def test_a_long_poll_wakes_at_once(server, sqs, queue):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client(server, "sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        time.sleep(0.3)
        begun = time.monotonic()
        sqs.send_message(QueueUrl=queue, MessageBody="wake")
        assert waiting.result(timeout=20)["Messages"][0]["Body"] == "wake"
        assert time.monotonic() - begun < 15, "it did not wait for the poll's end"


def test_batches_and_limits(sqs, queue):
    entries = [{"Id": str(number), "MessageBody": f"m{number}"} for number in range(10)]
    assert len(sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]) == 10
    received = set()
    while len(received) < 10:
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=2)["Messages"]
        received |= {message["Body"] for message in messages}
        handles = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)]
        assert len(sqs.delete_message_batch(QueueUrl=queue, Entries=handles)["Successful"]) == len(messages)
    sqs.send_message(QueueUrl=queue, MessageBody="x" * 1_048_576)
    with pytest.raises(ClientError):
        sqs.send_message(QueueUrl=queue, MessageBody="x" * 1_048_577)
    with pytest.raises(ClientError) as caught:
        sqs.create_queue(QueueName="first-in.fifo", Attributes={"FifoQueue": "true"})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_unknown_queue(sqs, queue):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.receive_message(QueueUrl=queue + "-none")


def test_queues_are_in_their_clients_regions(server, sqs):
    """An unchanged program works whatever its region is, and its bucket's events reach its queue."""
    west, s3 = client(server, "sqs", region="eu-west-1"), client(server, "s3", region="eu-west-1")
    here, there = (each.create_queue(QueueName="two-regions")["QueueUrl"] for each in (sqs, west))
    assert here == there
    arn = west.get_queue_attributes(QueueUrl=there, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert arn.split(":")[3] == "eu-west-1"
    s3.create_bucket(Bucket="events-in-the-west", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    configuration = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket="events-in-the-west", NotificationConfiguration=configuration)
    s3.put_object(Bucket="events-in-the-west", Key="k", Body=b"x")
    found = []
    while not any('"awsRegion":"eu-west-1"' in body for body in found):
        found += [message["Body"] for message in west.receive_message(QueueUrl=there, WaitTimeSeconds=10)["Messages"]]
    assert "Messages" not in sqs.receive_message(QueueUrl=here)
    west.delete_queue(QueueUrl=there)
    assert sqs.list_queues(QueueNamePrefix="two-regions")["QueueUrls"] == [here]
    sqs.delete_queue(QueueUrl=here)

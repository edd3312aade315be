"""Functions as HTTP endpoints: delivered at least once, in order for each key, signed, past failures and SIGKILL."""

import collections
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

from conftest import client

SECRET = "a secret of the function's own"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:thumbnails"
SLOW = "arn:aws:lambda:us-east-1:000000000000:function:slow"
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
WAIT_SECONDS_MAX = 60


class Endpoint:
    """An HTTP server that remembers what it took. `answer` decides by the event's number of attempts and body."""

    def __init__(self, answer=lambda attempt, body: 200):
        self.taken = []
        self.tried = []
        self.answer = answer
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = endpoint.answer(int(self.headers["x-roost-attempt"]), body)
                endpoint.tried.append((dict(self.headers.items()), body))
                if status == 200:
                    endpoint.taken.append((dict(self.headers.items()), body))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/hook?from=roost"

    def records(self):
        return [json.loads(body)["Records"][0] for _, body in self.taken if b'"Records"' in body]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


def until(condition):
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def declare(server, tmp_path, *functions):
    path = tmp_path / "functions.json"
    path.write_text(json.dumps({"functions": list(functions)}))
    server.flags = [*server.flags, "--functions", path]


def notify(s3, bucket, *arns, events=("s3:ObjectCreated:*", "s3:ObjectRemoved:*"), **more):
    functions = [
        {"LambdaFunctionArn": arn, "Events": list(events), "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": f"{n}/"}]}}}
        for n, arn in enumerate(arns)
    ]
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": functions, **more}
    )


def test_events_arrive_signed(own_server, tmp_path, endpoint):
    declare(own_server, tmp_path, {"arn": FUNCTION, "url": endpoint.url, "secret": SECRET})
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="photos")
    notify(s3, "photos", FUNCTION)
    until(lambda: endpoint.taken)
    headers, body = endpoint.taken[0]
    assert json.loads(body)["Event"] == "s3:TestEvent"
    s3.put_object(Bucket="photos", Key="0/a b.jpg", Body=b"hello")
    s3.put_object(Bucket="photos", Key="elsewhere", Body=b"hello")
    s3.delete_object(Bucket="photos", Key="0/a b.jpg")
    until(lambda: len(endpoint.taken) == 3)
    assert [record["eventName"] for record in endpoint.records()] == ["ObjectCreated:Put", "ObjectRemoved:Delete"]
    assert endpoint.records()[0]["s3"]["object"]["key"] == "0/a+b.jpg"
    for headers, body in endpoint.taken:
        signed = headers["x-roost-timestamp"].encode() + b"." + body
        assert headers["x-roost-signature"] == "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert abs(int(headers["x-roost-timestamp"]) - time.time()) < 300
        assert headers["x-roost-function"] == FUNCTION
    assert len({headers["x-roost-delivery"] for headers, _ in endpoint.taken}) == 3
    until(lambda: own_server.metric("roost_webhook_lag") == 0)
    assert own_server.metric("roost_webhook_delivered_total") == 3


def test_what_is_not_declared_is_refused(own_server, tmp_path, endpoint):
    declare(own_server, tmp_path, {"arn": FUNCTION, "url": endpoint.url})
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="photos")
    with pytest.raises(ClientError) as caught:
        notify(s3, "photos", FUNCTION + "2")
    assert caught.value.response["Error"]["Code"] == "InvalidArgument"
    assert caught.value.response["Error"]["Message"] == "Unable to validate the following destination configurations"
    both = [{"LambdaFunctionArn": FUNCTION, "Events": [event]} for event in ("s3:ObjectCreated:*", "s3:ObjectCreated:Put")]
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_notification_configuration(
            Bucket="photos", NotificationConfiguration={"LambdaFunctionConfigurations": both}
        )
    assert "Configurations overlap" in caught.value.response["Error"]["Message"]


def test_the_event_bus(own_server, tmp_path, endpoint):
    declare(own_server, tmp_path, {"arn": BUS, "url": endpoint.url})
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert s3.get_bucket_notification_configuration(Bucket="photos")["EventBridgeConfiguration"] == {}
    s3.put_object(Bucket="photos", Key="a b", Body=b"hello")
    until(lambda: endpoint.taken)
    event = json.loads(endpoint.taken[0][1])
    assert event["detail-type"] == "Object Created" and event["detail"]["object"]["key"] == "a b"


def test_dead_letters_and_a_slow_neighbour(own_server, tmp_path):
    broken, slow = Endpoint(lambda attempt, body: 500), Endpoint(lambda attempt, body: time.sleep(0.5) or 200)
    good = Endpoint()
    other = FUNCTION + "-good"
    declare(
        own_server, tmp_path,
        {
            "arn": FUNCTION, "url": broken.url, "attempts": 3, "firstRetryMilliseconds": 20,
            "deadLetterQueue": "arn:aws:sqs:us-east-1:000000000000:dead",
        },
        {"arn": SLOW, "url": slow.url, "concurrency": 1},
        {"arn": other, "url": good.url},
    )
    own_server.start()
    s3, sqs = client(own_server, "s3"), client(own_server, "sqs")
    s3.create_bucket(Bucket="photos")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    notify(s3, "photos", FUNCTION, SLOW, other)
    for number in range(20):
        s3.put_object(Bucket="photos", Key=f"1/{number}", Body=b"x")
        s3.put_object(Bucket="photos", Key=f"2/{number}", Body=b"x")
    s3.put_object(Bucket="photos", Key="0/bad", Body=b"x")
    until(lambda: len(good.records()) == 20)
    assert len(slow.taken) < 21, "the slow one is still at work"
    found = {}
    while len(found) < 2:
        answer = sqs.receive_message(
            QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600
        )
        found.update({message["MessageId"]: message for message in answer["Messages"]})
    bodies = [json.loads(message["Body"]) for message in found.values()]
    assert sorted(["Records" in body for body in bodies]) == [False, True], "the test event and the object's"
    for message in found.values():
        assert message["MessageAttributes"]["FunctionArn"]["StringValue"] == FUNCTION
        assert message["MessageAttributes"]["Attempts"]["StringValue"] == "3"
        assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "answered 500"
    assert len(broken.tried) == 6
    for endpoint in (broken, slow, good):
        endpoint.close()


def test_nothing_is_lost_over_kills(own_server, tmp_path):
    """An endpoint that refuses every third request, and a server killed again and again."""
    count = collections.Counter()

    def answer(attempt, body):
        count["requests"] += 1
        return 503 if count["requests"] % 3 == 0 else 200

    endpoint = Endpoint(answer)
    declare(own_server, tmp_path, {"arn": FUNCTION, "url": endpoint.url, "firstRetryMilliseconds": 30, "longestRetryMilliseconds": 200})
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="photos")
    notify(s3, "photos", FUNCTION)
    expected = collections.defaultdict(list)
    for round_number in range(4):
        s3 = client(own_server, "s3")
        for number in range(30):
            key = f"0/{number % 5}"
            expected[key].append(s3.put_object(Bucket="photos", Key=key, Body=f"{round_number}-{number}".encode())["ETag"].strip('"'))
        own_server.kill()
        own_server.start()
    until(lambda: own_server.metric("roost_webhook_lag") == 0)
    first = collections.defaultdict(list)
    seen = set()
    for record in endpoint.records():
        item = record["s3"]["object"]
        if item["sequencer"] not in seen:
            seen.add(item["sequencer"])
            first[item["key"]].append(item["eTag"])
    assert first == expected
    assert own_server.stop() == 0
    assert own_server.run_cli("verify", "--data", own_server.data).returncode == 0
    endpoint.close()

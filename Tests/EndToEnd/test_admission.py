"""Rules that decide on new objects before their commit."""

import json
import time

import pytest
from botocore.exceptions import ClientError

from conftest import client
from test_beyond_aws import batch, signed
from test_webhooks import FUNCTION, Endpoint, declare

SCHEMA = {"type": "object", "required": ["order"], "properties": {"order": {"type": "integer", "minimum": 1}}}


def admit(server, bucket, *rules):
    status, headers, body = signed(server, "PUT", f"/{bucket}?roost-admission", json.dumps({"rules": rules}).encode())
    assert status == 200, body


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == "AdmissionRefused"
    return caught.value.response["ResponseMetadata"]["HTTPStatusCode"], caught.value.response["Error"]["Message"]


def keys(s3, bucket):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_the_document(server, s3, bucket):
    path = f"/{bucket}?roost-admission"
    assert signed(server, "GET", path)[0] == 404
    admit(server, bucket, {"sizeMax": 10})
    assert json.loads(signed(server, "GET", path)[2]) == {"rules": [{"sizeMax": 10}]}
    for document in (b"", b"{}", b'{"rules":[]}', b'{"rules":[{"size":1}]}', b'{"rules":[{"schema":{"pattern":"x"}}]}'):
        status, headers, body = signed(server, "PUT", path, document)
        assert status == 400 and b"MalformedAdmission" in body, document
    assert signed(server, "DELETE", path)[0] == 204
    s3.put_object(Bucket=bucket, Key="large", Body=b"x" * 11)


def test_size_and_type_whatever_the_way_in(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="before", Body=b"x" * 20, ContentType="text/plain")
    s3.put_object(Bucket=bucket, Key="in/log", Body=b"12345678", ContentType="image/png")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="in/parts", ContentType="image/png")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="in/parts", UploadId=upload, PartNumber=1, Body=b"x" * 20)["ETag"]
    admit(server, bucket, {"id": "small pictures", "prefix": "in/", "sizeMax": 10, "contentTypes": ["image/*"]})
    s3.put_object(Bucket=bucket, Key="in/ok", Body=b"x", ContentType="image/png; charset=x")
    s3.put_object(Bucket=bucket, Key="elsewhere", Body=b"x" * 20)
    status, message = refused(s3.put_object, Bucket=bucket, Key="in/a", Body=b"x" * 11, ContentType="image/png")
    assert status == 400 and message.startswith("small pictures: an object has at most 10 bytes")
    refused(s3.put_object, Bucket=bucket, Key="in/a", Body=b"x", ContentType="text/plain")
    refused(s3.put_object, Bucket=bucket, Key="in/a", Body=b"x")
    refused(s3.copy_object, Bucket=bucket, Key="in/a", CopySource={"Bucket": bucket, "Key": "before"})
    refused(s3.rename_object, Bucket=bucket, Key="in/a", RenameSource="before")
    refused(s3.put_object, Bucket=bucket, Key="in/log", Body=b"345", WriteOffsetBytes=8)
    s3.put_object(Bucket=bucket, Key="in/log", Body=b"90", WriteOffsetBytes=8)
    refused(
        s3.complete_multipart_upload, Bucket=bucket, Key="in/parts", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]},
    )
    status, answer = batch(
        server, bucket, {"op": "put", "key": "out", "content": "x"}, {"op": "put", "key": "in/a", "content": "x", "contentType": "text/x"}
    )
    assert status == 400 and answer["failures"][0]["code"] == "AdmissionRefused" and answer["failures"][0]["index"] == 1
    assert keys(s3, bucket) == ["before", "elsewhere", "in/log", "in/ok"]
    signed(server, "DELETE", f"/{bucket}?roost-admission")


def test_schema(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="good", Body=b'{"order": 1}')
    s3.put_object(Bucket=bucket, Key="bad", Body=b'{"order": 0}')
    admit(server, bucket, {"id": "orders", "suffix": ".json", "schema": SCHEMA})
    s3.put_object(Bucket=bucket, Key="a.json", Body=b'{"order": 7}')
    assert refused(s3.put_object, Bucket=bucket, Key="b.json", Body=b'{"order": 0}') == (400, "orders: /order must be at least 1.0.")
    assert refused(s3.put_object, Bucket=bucket, Key="b.json", Body=b"{}")[1] == 'orders: the document must have "order".'
    assert refused(s3.put_object, Bucket=bucket, Key="b.json", Body=b"no")[1] == "orders: the content is no JSON document."
    refused(s3.put_object, Bucket=bucket, Key="b.json", Body=b" " * (2 << 20))
    s3.copy_object(Bucket=bucket, Key="c.json", CopySource={"Bucket": bucket, "Key": "good"})
    refused(s3.copy_object, Bucket=bucket, Key="d.json", CopySource={"Bucket": bucket, "Key": "bad"})
    refused(s3.rename_object, Bucket=bucket, Key="d.json", RenameSource="bad")
    refused(s3.put_object, Bucket=bucket, Key="a.json", Body=b" ", WriteOffsetBytes=12)
    assert batch(server, bucket, {"op": "put", "key": "e.json", "content": '{"order": "x"}'})[0] == 400
    assert batch(server, bucket, {"op": "put", "key": "e.json", "content": '{"order": 2}'})[0] == 200
    assert keys(s3, bucket) == ["a.json", "bad", "c.json", "e.json", "good"]
    signed(server, "DELETE", f"/{bucket}?roost-admission")


class Judge(Endpoint):
    """Answers admission questions."""

    def __init__(self, verdict):
        super().__init__()
        self.questions = []
        judge = self

        class Handler(self.server.RequestHandlerClass):
            def do_POST(self):
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["admission"]
                judge.questions.append(question)
                status, answer = verdict(question)
                body = json.dumps(answer).encode()
                # Who did not wait is gone.
                self.close_connection = True
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server.RequestHandlerClass = Handler


def test_a_function_decides(own_server, tmp_path):
    def verdict(question):
        if question["key"].endswith("slow"):
            time.sleep(3)
        if question["key"].endswith("broken"):
            return 500, {}
        return 200, {"admit": not question["key"].endswith("virus"), "reason": "it has a virus"}

    judge = Judge(verdict)
    gone = {"arn": FUNCTION + "-gone", "url": "http://127.0.0.1:1/"}
    declare(own_server, tmp_path, {"arn": FUNCTION, "url": judge.url, "secret": "s"}, gone)
    own_server.start()
    s3 = client(own_server, "s3", read_timeout=20)
    s3.create_bucket(Bucket="photos")
    unknown = json.dumps({"rules": [{"function": FUNCTION + "2"}]}).encode()
    assert signed(own_server, "PUT", "/photos?roost-admission", unknown)[0] == 400
    rule = {"id": "scan", "prefix": "in/", "function": FUNCTION, "timeoutMilliseconds": 500}
    admit(own_server, "photos", rule, {**rule, "prefix": "lax/", "onFailure": "admit"}, {"prefix": "gone/", "function": gone["arn"]})
    s3.put_object(Bucket="photos", Key="in/good", Body=b"x", ContentType="text/x")
    assert judge.questions[0]["size"] == 1 and judge.questions[0]["contentType"] == "text/x"
    assert refused(s3.put_object, Bucket="photos", Key="in/virus", Body=b"x") == (403, "scan: it has a virus")
    assert refused(s3.put_object, Bucket="photos", Key="in/slow", Body=b"x")[0] == 403
    assert refused(s3.put_object, Bucket="photos", Key="in/broken", Body=b"x")[0] == 403
    s3.put_object(Bucket="photos", Key="lax/broken", Body=b"x")
    assert keys(s3, "photos") == ["in/good", "lax/broken"]
    status, message = refused(s3.put_object, Bucket="photos", Key="gone/x", Body=b"x")
    assert status == 403 and message.startswith("rule 3: the function gave no answer")
    judge.close()

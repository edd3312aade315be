"""Tags, CORS, forms, websites, logs and inventories, as a stock client and a browser use them."""

import csv
import gzip
import hashlib
import io
import json
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from conftest import client



def request(url, method="GET", headers=None, body=None):
    """Status, headers and body of an unsigned request; redirects are not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments):
            return None

    opener = urllib.request.build_opener(Stay)
    try:
        with opener.open(urllib.request.Request(url, data=body, headers=headers or {}, method=method)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def form(fields, content, name="file.txt"):
    boundary = "x-form-boundary"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields.items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + content + b"\r\n")
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, b"".join(parts) + f"--{boundary}--\r\n".encode()


def test_tags_of_objects_and_buckets(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="colour=red&size=l")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "colour", "Value": "red"}, {"Key": "size", "Value": "l"}]
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    with pytest.raises(ClientError) as refused:
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": f"k{n}", "Value": ""} for n in range(11)]})
    assert refused.value.response["Error"]["Code"] == "BadRequest"
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "x"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "x"}]
    s3.delete_bucket_tagging(Bucket=bucket)


def test_preflight_and_cross_origin_answers(server, s3, bucket):
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 60}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    url = f"{server.endpoint}/{bucket}/k"
    asking = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    status, headers, _ = request(url, "OPTIONS", asking)
    assert status == 200 and headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert headers["Access-Control-Allow-Headers"] == "content-type" and headers["Access-Control-Max-Age"] == "60"
    assert request(url, "OPTIONS", {**asking, "Origin": "https://b.org"})[0] == 403
    assert request(url, "GET", {"Origin": "https://a.example"})[1]["Access-Control-Allow-Methods"] == "GET, PUT"


def test_forms_that_boto3_signs(server, s3, bucket):
    conditions = [["starts-with", "$key", "in/"], ["content-length-range", 1, 2_000_000], {"success_action_status": "201"}]
    for version in ("s3v4", "s3"):
        signer = client(server, "s3", signature_version=version)
        post = signer.generate_presigned_post(
            bucket, "in/${filename}", Fields={"success_action_status": "201"}, Conditions=conditions, ExpiresIn=60
        )
        content = bytes(range(256)) * 4_000
        headers, body = form(post["fields"], content, f"{version}.bin")
        status, _, answer = request(post["url"], "POST", headers, body)
        assert status == 201 and f"<Key>in/{version}.bin</Key>".encode() in answer, answer
        assert s3.get_object(Bucket=bucket, Key=f"in/{version}.bin")["Body"].read() == content
        headers, body = form({**post["fields"], "x-amz-meta-more": "1"}, b"x")
        status, _, answer = request(post["url"], "POST", headers, body)
        assert status == 403 and b"Extra input fields: x-amz-meta-more" in answer


def test_websites(server, s3, bucket):
    rule = {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}}
    s3.put_bucket_website(
        Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": [rule]}
    )
    host = {"Host": f"{bucket}.s3-website.localhost"}
    status, headers, _ = request(f"{server.endpoint}/old/page", headers=host)
    assert status == 301 and headers["Location"] == f"http://{bucket}.s3-website.localhost/new/page"
    status, headers, page = request(f"{server.endpoint}/private", headers=host)
    assert status == 403 and headers["Content-Type"].startswith("text/html") and b"<li>Code: AccessDenied</li>" in page


def test_logs_and_inventories_are_delivered(own_server):
    own_server.start()
    s3 = client(own_server, "s3")
    for name in ("source", "target"):
        s3.create_bucket(Bucket=name)
    let_in(s3, "target", "logging.s3.amazonaws.com", "s3.amazonaws.com")
    s3.put_bucket_logging(Bucket="source", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "target", "TargetPrefix": "log/"}})
    destination = {
        "S3BucketDestination": {"Bucket": "arn:aws:s3:::target", "Format": "CSV", "Prefix": "list", "Encryption": {"SSES3": {}}}
    }
    for key in ("a b", "c"):
        s3.put_object(Bucket="source", Key=key, Body=b"hello")
    s3.put_bucket_inventory_configuration(
        Bucket="source",
        Id="all",
        InventoryConfiguration={
            "Id": "all", "IsEnabled": True, "Destination": destination, "IncludedObjectVersions": "Current",
            "Schedule": {"Frequency": "Daily"}, "OptionalFields": ["Size", "ETag"],
        },
    )
    manifest = waited_for(s3, "target", "manifest.json")
    text = s3.get_object(Bucket="target", Key=manifest)["Body"].read()
    checksum = waited_for(s3, "target", "manifest.checksum")
    assert s3.get_object(Bucket="target", Key=checksum)["Body"].read().decode() == hashlib.md5(text).hexdigest()
    report = json.loads(text)
    assert report["sourceBucket"] == "source" and report["fileSchema"] == "Bucket, Key, Size, ETag"
    data = s3.get_object(Bucket="target", Key=report["files"][0]["key"])["Body"].read()
    assert hashlib.md5(data).hexdigest() == report["files"][0]["MD5checksum"]
    assert s3.head_object(Bucket="target", Key=manifest)["ServerSideEncryption"] == "AES256"
    links = s3.get_object(Bucket="target", Key=waited_for(s3, "target", "/hive/dt="))["Body"].read().decode()
    assert links == f"s3://target/{report['files'][0]['key']}\n"
    rows = list(csv.reader(io.StringIO(gzip.decompress(data).decode())))
    etag = hashlib.md5(b"hello").hexdigest()
    assert rows == [["source", "a%20b", "5", etag], ["source", "c", "5", etag]]
    s3.delete_objects(Bucket="source", Delete={"Objects": [{"Key": "a b"}, {"Key": "c"}]})
    # A stop delivers every line that waits.
    assert own_server.stop() == 0
    own_server.start()
    s3 = client(own_server, "s3")
    log = s3.get_object(Bucket="target", Key=waited_for(s3, "target", "log/"))["Body"].read().decode()
    assert "REST.PUT.OBJECT a%20b " in log and "REST.PUT.INVENTORY - " in log
    assert "BATCH.DELETE.OBJECT a%20b - 204 " in log and "BATCH.DELETE.OBJECT c - 204 " in log
    assert "REST.POST.MULTI_OBJECT_DELETE - " in log
    assert own_server.stop() == 0


def let_in(s3, bucket, *services):
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "s3:PutObject"}
    statement["Resource"] = f"arn:aws:s3:::{bucket}/*"
    statement["Condition"] = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"}, "StringEquals": {"aws:SourceAccount": "000000000000"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def waited_for(s3, bucket, part):
    for _ in range(150):
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        found = [key for key in keys if part in key]
        if found:
            return found[0]
        time.sleep(0.2)
    raise AssertionError(f"no {part} among {keys}")


def test_buckets_of_other_regions(server, s3):
    """A program made for Frankfurt runs unchanged, and one of Virginia finds what it made."""
    frankfurt = client(server, "s3", region="eu-central-1")
    frankfurt.create_bucket(Bucket="in-frankfurt", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    frankfurt.put_object(Bucket="in-frankfurt", Key="a", Body=b"hello")
    assert s3.get_object(Bucket="in-frankfurt", Key="a")["Body"].read() == b"hello"
    assert s3.head_bucket(Bucket="in-frankfurt")["BucketRegion"] == "eu-central-1"
    assert s3.get_bucket_location(Bucket="in-frankfurt")["LocationConstraint"] == "eu-central-1"
    assert [b["Name"] for b in s3.list_buckets(BucketRegion="eu-central-1")["Buckets"]] == ["in-frankfurt"]
    url = frankfurt.generate_presigned_url("get_object", Params={"Bucket": "in-frankfurt", "Key": "a"})
    assert request(url)[2] == b"hello"
    with pytest.raises(ClientError) as refused:
        frankfurt.create_bucket(Bucket="nowhere")
    assert refused.value.response["Error"]["Code"] == "IllegalLocationConstraintException"
    frankfurt.delete_object(Bucket="in-frankfurt", Key="a")
    frankfurt.delete_bucket(Bucket="in-frankfurt")


def test_an_archived_object_is_restored(s3, sqs, bucket):
    queue = sqs.create_queue(QueueName="restores")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectRestore:*"]}]},
    )
    sqs.purge_queue(QueueUrl=queue)
    s3.put_object(Bucket=bucket, Key="cold", Body=b"something", StorageClass="GLACIER")
    with pytest.raises(s3.exceptions.InvalidObjectState) as refused:
        s3.get_object(Bucket=bucket, Key="cold")
    assert refused.value.response["StorageClass"] == "GLACIER"
    request = {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
    assert s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest=request)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert 'ongoing-request="false"' in s3.head_object(Bucket=bucket, Key="cold")["Restore"]
    assert s3.get_object(Bucket=bucket, Key="cold")["Body"].read() == b"something"
    events = {}
    while len(events) < 2:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=20)["Messages"]:
            for record in json.loads(message["Body"]).get("Records", []):
                events[record["eventName"]] = record
    assert set(events) == {"ObjectRestore:Post", "ObjectRestore:Completed"}
    assert events["ObjectRestore:Completed"]["userIdentity"]["principalId"].startswith("AmazonCustomer:")
    data = events["ObjectRestore:Completed"]["glacierEventData"]["restoreEventData"]
    assert data["lifecycleRestoreStorageClass"] == "GLACIER" and data["lifecycleRestorationExpiryTime"].endswith("T00:00:00.000Z")
    sqs.delete_queue(QueueUrl=queue)

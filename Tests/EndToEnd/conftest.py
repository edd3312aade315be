import boto3
import pytest
from botocore.config import Config

from roost_server import ACCESS_KEY, REGION, SECRET_KEY, RoostServer


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for the tests that leave it as they found it."""
    roost = RoostServer(tmp_path_factory.mktemp("roost") / "data").start()
    yield roost
    assert roost.stop() == 0


@pytest.fixture
def own_server(tmp_path):
    """A server of the test's own, to stop, kill and damage. Started by the test."""
    roost = RoostServer(tmp_path / "data")
    yield roost
    if roost.process is not None:
        roost.kill()


def client(server, service, verify=None, region=REGION, **settings):
    """A stock boto3 client; only the endpoint and the keys are Roost's."""
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=region,
        verify=verify,
        config=Config(retries={"max_attempts": 1}, **settings),
    )


@pytest.fixture
def s3(server):
    return client(server, "s3")


@pytest.fixture
def sqs(server):
    return client(server, "sqs")


@pytest.fixture
def bucket(s3, request):
    """An empty bucket, emptied and removed afterwards."""
    name = "t-" + "".join(c if c.isalnum() else "-" for c in request.node.name.lower()).strip("-")[:50].strip("-")
    s3.create_bucket(Bucket=name)
    yield name
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
        keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})
    for upload in s3.list_multipart_uploads(Bucket=name).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    s3.delete_bucket(Bucket=name)

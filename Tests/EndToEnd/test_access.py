"""Bucket policies, lists of grants and public access blocks with stock clients: two accounts, and one who does not sign."""

import json
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from roost_server import REGION

ALT_KEY = "ROOSTTESTACCESSKEY02"
ALT_SECRET = "roost-test-secret-key-of-another-account"


@pytest.fixture(scope="module")
def alt(server):
    """A client of another account's root, and its canonical id."""
    made = server.admin("account", "create", "--name", "alt of access", "--email", "alt.access@example.com")["account"]
    server.admin("key", "create", "--account", made["accountId"], "--access-key", ALT_KEY, "--secret-key", ALT_SECRET)
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=ALT_KEY,
        aws_secret_access_key=ALT_SECRET,
        region_name=REGION,
        config=Config(retries={"max_attempts": 1}),
    )
    client.account, client.canonical_id = made["accountId"], made["canonicalId"]
    return client


@pytest.fixture
def bucket(s3, request):
    name = "access-" + request.node.name.replace("_", "-")[5:55].rstrip("-")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key", Body=b"value")
    yield name
    s3.delete_bucket_policy(Bucket=name)
    for entry in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=entry["Key"])
    s3.delete_bucket(Bucket=name)


def code(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def fetch(server, path):
    """Status and body of a GET without a signature."""
    try:
        with urllib.request.urlopen(f"{server.endpoint}/{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def policy(bucket, *statements):
    filled = [{"Effect": "Allow", "Resource": [f"arn:aws:s3:::{bucket}/*"], **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": filled})


def test_a_new_bucket_is_private(server, s3, alt, bucket):
    assert code(alt.get_object, Bucket=bucket, Key="key") == "AccessDenied"
    assert code(alt.list_objects_v2, Bucket=bucket) == "AccessDenied"
    assert fetch(server, f"{bucket}/key")[0] == 403
    assert code(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == "AccessControlListNotSupported"
    everybody = policy(bucket, {"Principal": "*", "Action": "s3:GetObject"})
    assert code(s3.put_bucket_policy, Bucket=bucket, Policy=everybody) == "AccessDenied"


def test_a_policy_lets_another_account_in(server, s3, alt, bucket):
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, {"Principal": {"AWS": alt.account}, "Action": "s3:GetObject"}))
    assert alt.get_object(Bucket=bucket, Key="key")["Body"].read() == b"value"
    assert code(alt.get_object, Bucket=bucket, Key="missing") == "AccessDenied"
    assert code(alt.put_object, Bucket=bucket, Key="key", Body=b"") == "AccessDenied"
    assert fetch(server, f"{bucket}/key")[0] == 403
    assert bucket not in [entry["Name"] for entry in alt.list_buckets()["Buckets"]]


def test_a_public_policy(server, s3, bucket):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, {"Principal": "*", "Action": "s3:GetObject"}))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    assert fetch(server, f"{bucket}/key") == (200, b"value")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert fetch(server, f"{bucket}/key")[0] == 403


def test_lists_of_grants(server, s3, alt, bucket):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_object_acl(Bucket=bucket, Key="key", ACL="public-read")
    assert fetch(server, f"{bucket}/key") == (200, b"value")
    s3.put_object_acl(Bucket=bucket, Key="key", GrantRead=f"id={alt.canonical_id}")
    assert fetch(server, f"{bucket}/key")[0] == 403
    assert alt.get_object(Bucket=bucket, Key="key")["Body"].read() == b"value"
    s3.put_bucket_acl(Bucket=bucket, GrantWrite='emailAddress="alt.access@example.com"')
    alt.put_object(Bucket=bucket, Key="theirs", Body=b"x")
    assert alt.get_object_acl(Bucket=bucket, Key="theirs")["Owner"]["ID"] == alt.canonical_id
    assert code(s3.get_object, Bucket=bucket, Key="theirs") == "AccessDenied"


def test_a_refusal_is_explained(server, s3, alt, bucket):
    deny = {"Sid": "OnlySecure", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}
    deny["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, deny))
    with pytest.raises(ClientError) as caught:
        alt.get_object(Bucket=bucket, Key="key")
    identifier = caught.value.response["ResponseMetadata"]["RequestId"]
    text = server.run_cli("explain", identifier).stdout
    assert "refused: s3:GetObject on arn:aws:s3:::" + bucket + "/key" in text
    assert "OnlySecure" in text and "SecureTransport" in text and alt.account in text
    assert server.run_cli("explain", "0" * 16, check=False).returncode != 0

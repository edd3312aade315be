"""Every operation of S3 that the installed botocore knows: each is done, or refused by its own name, and none is taken for another.

What a request was taken for is read from the server's own count of requests by operation.
"""

import datetime
import urllib.request

import botocore.session
import pytest
from botocore.exceptions import ClientError

from conftest import client

MODEL = botocore.session.get_session().get_service_model("s3")

# Refused with 501 NotImplemented and the operation's name.
NOT_IMPLEMENTED = {
    "CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration", "CreateSession", "DeleteBucketMetadataConfiguration",
    "DeleteBucketMetadataTableConfiguration", "DeleteBucketReplication", "GetBucketAbac", "GetBucketMetadataConfiguration",
    "GetBucketMetadataTableConfiguration", "GetObjectTorrent", "PutBucketAbac",
    "PutBucketReplication", "SelectObjectContent", "UpdateBucketMetadataInventoryTableConfiguration",
    "UpdateBucketMetadataJournalTableConfiguration", "UpdateObjectEncryption",
}
# Nothing of the kind can be set: AWS's answer for what is not set.
NOT_SET = {
    "DeleteBucketAnalyticsConfiguration": "NoSuchConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "NoSuchConfiguration",
    "DeleteBucketMetricsConfiguration": "NoSuchConfiguration",
    "GetBucketAnalyticsConfiguration": "NoSuchConfiguration",
    "GetBucketIntelligentTieringConfiguration": "NoSuchConfiguration",
    "GetBucketMetricsConfiguration": "NoSuchConfiguration",
    "GetBucketReplication": "ReplicationConfigurationNotFoundError",
}
# Of another service by the name in their signature, which this server has not.
OTHER_SERVICE = {"ListDirectoryBuckets", "WriteGetObjectResponse"}
# Two names of one request.
SAME_AS = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "ListBucketAnalyticsConfigurations": "GetBucketAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetBucketIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetBucketInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetBucketMetricsConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
}
# What an operation answers to the least request that botocore lets pass, where that is no success.
ANSWERS = {
    "AbortMultipartUpload": "NoSuchUpload",
    "CompleteMultipartUpload": "InvalidRequest",
    "DeleteBucket": "BucketNotEmpty",
    "DeleteBucketInventoryConfiguration": "NoSuchConfiguration",
    "DeleteObjects": "MalformedXML",
    "GetBucketCors": "NoSuchCORSConfiguration",
    "GetBucketInventoryConfiguration": "NoSuchConfiguration",
    "GetBucketLifecycle": "NoSuchLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "NoSuchLifecycleConfiguration",
    "GetBucketPolicy": "NoSuchBucketPolicy",
    "GetBucketPolicyStatus": "NoSuchBucketPolicy",
    "GetBucketTagging": "NoSuchTagSet",
    "GetBucketWebsite": "NoSuchWebsiteConfiguration",
    "GetObjectLegalHold": "InvalidRequest",
    "GetObjectLockConfiguration": "ObjectLockConfigurationNotFoundError",
    "GetObjectRetention": "InvalidRequest",
    "ListParts": "NoSuchUpload",
    "PutBucketAccelerateConfiguration": "MalformedXML",
    "PutBucketAcl": "MissingSecurityHeader",
    "PutBucketCors": "MalformedXML",
    "PutBucketEncryption": "MalformedXML",
    "PutBucketIntelligentTieringConfiguration": "MalformedXML",
    "PutBucketInventoryConfiguration": "InvalidS3DestinationBucket",
    "PutBucketLifecycle": "MissingRequestBodyError",
    "PutBucketLifecycleConfiguration": "MissingRequestBodyError",
    "PutBucketOwnershipControls": "MalformedXML",
    "PutBucketPolicy": "MalformedPolicy",
    "PutBucketVersioning": "IllegalVersioningConfigurationException",
    "PutBucketWebsite": "InvalidArgument",
    "PutObjectAcl": "MissingSecurityHeader",
    "PutObjectLegalHold": "MalformedXML",
    "PutObjectLockConfiguration": "MissingRequestBodyError",
    "PutObjectRetention": "MissingRequestBodyError",
    "RenameObject": "NoSuchKey",
    "RestoreObject": "MalformedXML",
    "UploadPart": "NoSuchUpload",
    "UploadPartCopy": "NoSuchUpload",
}
GIVEN = {
    "Bucket": "every-operation", "Key": "key", "CopySource": "every-operation/other", "UploadId": "0" * 32, "PartNumber": 1,
    "RenameSource": "nothing", "ObjectAttributes": ["ETag"], "RequestRoute": "route", "RequestToken": "token",
}


def least(shape, name=None):
    """The least value of a shape: what is required, and of that the least."""
    if name in GIVEN:
        return GIVEN[name]
    if shape.type_name == "structure" and shape.is_tagged_union:
        member = next(iter(shape.members))
        return {member: least(shape.members[member], member)}
    if shape.type_name == "structure":
        return {member: least(shape.members[member], member) for member in shape.required_members}
    if shape.type_name == "list":
        return []
    if shape.type_name == "map":
        return {}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "x" * shape.metadata.get("min", 1)
    return {"boolean": False, "timestamp": datetime.datetime(2030, 1, 1), "blob": b"x"}.get(shape.type_name, 1)


def counted(server):
    """How often each operation was asked for, by the server's count."""
    with urllib.request.urlopen(f"{server.endpoint}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    counts = {}
    for line in lines:
        if line.startswith("roost_http_requests_total{") and 'door="s3"' in line:
            operation = line.split('operation="')[1].split('"')[0]
            counts[operation] = counts.get(operation, 0) + float(line.rsplit(" ", 1)[1])
    return counts


@pytest.fixture
def s3(server):
    # What answers for a function is sent to a host of its own, which no name here leads to.
    s3 = client(server, "s3", inject_host_prefix=False)
    s3.create_bucket(Bucket=GIVEN["Bucket"])
    yield s3
    for key in ("key", "other", "stays"):
        s3.delete_object(Bucket=GIVEN["Bucket"], Key=key)
    for upload in s3.list_multipart_uploads(Bucket=GIVEN["Bucket"]).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=GIVEN["Bucket"], Key=upload["Key"], UploadId=upload["UploadId"])
    s3.delete_bucket(Bucket=GIVEN["Bucket"])


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_an_operation_is_what_it_is_called(server, s3, operation):
    for key in ("key", "other", "stays"):
        s3.put_object(Bucket=GIVEN["Bucket"], Key=key, Body=b"x")
    before = counted(server)
    shape = MODEL.operation_model(operation).input_shape
    code, status, message = None, None, ""
    try:
        answer = s3._make_api_call(operation, least(shape) if shape else {})
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if operation in OTHER_SERVICE:
        assert (code, status) == ("NotImplemented", 501)
        assert counted(server) == before
        return
    taken = {name for name, count in counted(server).items() if count != before.get(name, 0)}
    assert taken == {SAME_AS.get(operation, operation)}
    if operation in NOT_IMPLEMENTED:
        assert (code, status) == ("NotImplemented", 501) and operation in message
    else:
        assert code == NOT_SET.get(operation, ANSWERS.get(operation)), message
        assert code is not None or 200 <= status < 300
    assert s3.get_object(Bucket=GIVEN["Bucket"], Key="stays")["Body"].read() == b"x"


def test_what_needs_an_id_is_told_from_what_lists(s3):
    for name in ("analytics", "metrics", "intelligent_tiering"):
        listed = getattr(s3, f"list_bucket_{name}_configurations")(Bucket=GIVEN["Bucket"])
        assert listed["IsTruncated"] is False and not any(key.endswith("ConfigurationList") for key in listed)

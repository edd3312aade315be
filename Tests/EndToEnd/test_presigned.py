"""Presigned URLs that can be withdrawn and limited (docs/beyond-aws/presigned.md)."""

import concurrent.futures
import time
import urllib.error
import urllib.parse
import urllib.request

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from conftest import client
from roost_server import ACCESS_KEY, REGION, SECRET_KEY


def presign(server, method, bucket, key, expires=600, **limits):
    """As boto3 presigns, with parameters of Roost's own: `id`, `uses`, `bytes`."""
    credentials = boto3.Session(ACCESS_KEY, SECRET_KEY).get_credentials()
    parameters = {f"x-roost-url-{name}": str(value) for name, value in limits.items()}
    request = AWSRequest(method, f"{server.endpoint}/{bucket}/{key}", params=parameters)
    S3SigV4QueryAuth(credentials, "s3", REGION, expires=expires).add_auth(request)
    return request.url


def use(url, method="GET", body=None):
    """Status and body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method=method)) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def stored(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 1000)
    return bucket


def test_one_use(server, stored):
    url = presign(server, "GET", stored, "k", uses=1)
    assert use(url) == (200, b"x" * 1000)
    status, body = use(url)
    assert status == 403 and b"AccessDenied" in body and b"used as often as it may be" in body
    # The same again, made a second later, is another URL.
    time.sleep(1.1)
    assert use(presign(server, "GET", stored, "k", uses=1))[0] == 200


def test_of_many_at_once_one_wins(server, stored):
    url = presign(server, "GET", stored, "k", uses=1)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda _: use(url)[0], range(32)))
    assert sorted(outcomes) == [200] + [403] * 31


def test_a_refused_request_is_no_use(server, bucket, s3):
    url = presign(server, "GET", bucket, "later", uses=1)
    assert use(url)[0] == 404
    s3.put_object(Bucket=bucket, Key="later", Body=b"now")
    assert use(url) == (200, b"now")
    assert use(url)[0] == 403


def test_limits_cannot_be_taken_away(server, stored):
    url = presign(server, "GET", stored, "k", uses=1)
    assert use(url)[0] == 200
    assert b"SignatureDoesNotMatch" in use(url.replace("x-roost-url-uses=1", "x-roost-url-uses=2"))[1]
    assert b"SignatureDoesNotMatch" in use(url.replace("x-roost-url-uses=1&", ""))[1]
    # Another spelling of the same parameter is the same URL.
    assert b"used as often" in use(url.replace("x-roost-url-uses", "%78-roost-url-uses"))[1]
    assert b"used as often" in use(url.replace("x-roost-url-uses", "x%2Droost-url-uses"))[1]


def test_bytes_of_uploads(server, bucket, s3):
    url = presign(server, "PUT", bucket, "up", bytes=100)
    status, body = use(url, "PUT", b"a" * 101)
    assert status == 403 and b"BytesLeft>100<" in body
    assert use(url, "PUT", b"a" * 60)[0] == 200
    assert use(url, "PUT", b"a" * 41)[0] == 403
    assert use(url, "PUT", b"b" * 40)[0] == 200
    assert s3.get_object(Bucket=bucket, Key="up")["Body"].read() == b"b" * 40


def test_bytes_of_downloads(server, stored, s3):
    url = presign(server, "GET", stored, "k", bytes=2500)
    assert [use(url)[0] for _ in range(3)] == [200, 200, 403]
    s3.put_object(Bucket=stored, Key="large", Body=b"y" * 3_000_000)
    assert use(presign(server, "GET", stored, "large", bytes=2_999_999))[0] == 403
    assert len(use(presign(server, "GET", stored, "large", bytes=3_000_000))[1]) == 3_000_000


def test_an_id_is_shared_and_withdrawn(server, stored):
    download = presign(server, "GET", stored, "k", id="campaign-7", uses=2)
    upload = presign(server, "PUT", stored, "up", id="campaign-7", uses=2)
    assert use(download)[0] == 200 and use(upload, "PUT", b"1")[0] == 200
    assert use(download)[0] == 403 and use(upload, "PUT", b"2")[0] == 403
    unlimited = presign(server, "GET", stored, "k", id="campaign-8")
    assert [use(unlimited)[0] for _ in range(3)] == [200] * 3
    server.admin("url", "revoke", "campaign-8")
    status, body = use(unlimited)
    assert status == 403 and b"This URL was withdrawn" in body
    assert use(presign(server, "GET", stored, "k"))[0] == 200


def test_all_urls_of_a_key_are_withdrawn_and_stay_so(own_server):
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="stored")
    s3.put_object(Bucket="stored", Key="k", Body=b"v")
    plain, once = presign(own_server, "GET", "stored", "k"), presign(own_server, "GET", "stored", "k", uses=1)
    version2 = client(own_server, "s3", signature_version="s3").generate_presigned_url("get_object", Params={"Bucket": "stored", "Key": "k"})
    assert use(plain)[0] == use(version2)[0] == use(once)[0] == 200
    own_server.admin("url", "revoke", "--access-key", ACCESS_KEY)
    assert use(plain)[0] == use(version2)[0] == 403
    own_server.kill()
    own_server.start()
    assert use(plain)[0] == use(once)[0] == 403
    time.sleep(1.1)
    assert use(presign(own_server, "GET", "stored", "k"))[0] == 200
    assert s3.get_object(Bucket="stored", Key="k")["Body"].read() == b"v"


@pytest.mark.parametrize("limits", [{"uses": 0}, {"uses": "many"}, {"bytes": -1}, {"id": "a b"}, {"Uses": 0}, {"until": 5}])
def test_limits_that_are_not_understood_are_refused(server, stored, limits):
    status, body = use(presign(server, "GET", stored, "k", **limits))
    assert status == 400 and b"InvalidArgument" in body


def test_version_2_cannot_limit(server, stored):
    url = client(server, "s3", signature_version="s3").generate_presigned_url("get_object", Params={"Bucket": stored, "Key": "k"})
    status, body = use(url + "&x-roost-url-uses=1")
    assert status == 400 and b"Signature Version 4" in body

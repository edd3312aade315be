"""Several accounts in one server, made with `roost admin`, as boto3 meets them."""

import json
import subprocess

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import client
from roost_server import ACCESS_KEY, BINARY, MASTER_KEY, REGION, AdminRefused

ALICE = "111111111111"
BOB = "222222222222"
OTHER_MASTER_KEY = "b3RoZXItdGVzdC1tYXN0ZXIta2V5LTMyLWJ5dGVzLS0="


def client_of(server, key, service="s3"):
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        aws_access_key_id=key["accessKeyId"],
        aws_secret_access_key=key["secretAccessKey"],
        region_name=REGION,
        config=Config(retries={"max_attempts": 1}),
    )


def make_account(server, number, name):
    made = server.admin("account", "create", "--id", number, "--name", name, "--email", f"{name}@example.com")
    return made["account"], make_key(server, "--account", number)


def make_key(server, *arguments):
    return server.admin("key", "create", *arguments)["accessKey"]


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def accounts(own_server):
    own_server.start()
    return make_account(own_server, ALICE, "alice"), make_account(own_server, BOB, "bob")


def test_each_account_owns_what_it_makes(own_server, accounts):
    (alice, alice_key), (bob, bob_key) = accounts
    s3, other = client_of(own_server, alice_key), client_of(own_server, bob_key)
    s3.create_bucket(Bucket="alices")
    s3.put_object(Bucket="alices", Key="k", Body=b"hers")
    owner = s3.list_buckets()["Owner"]
    assert owner["ID"] == alice["canonicalId"]
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["alices"]
    assert other.list_buckets()["Buckets"] == [] and other.list_buckets()["Owner"]["ID"] == bob["canonicalId"]
    assert refused(other.get_object, Bucket="alices", Key="k") == "AccessDenied"
    assert refused(other.put_object, Bucket="alices", Key="k", Body=b"his") == "AccessDenied"
    assert refused(other.list_objects_v2, Bucket="alices") == "AccessDenied"
    assert refused(other.delete_bucket, Bucket="alices") == "AccessDenied"
    assert refused(other.create_bucket, Bucket="alices") == "BucketAlreadyExists"
    assert refused(client(own_server, "s3").get_object, Bucket="alices", Key="k") == "AccessDenied"
    assert s3.get_object(Bucket="alices", Key="k")["Body"].read() == b"hers"


def test_queues_too(own_server, accounts):
    (_, alice_key), (_, bob_key) = accounts
    url = client_of(own_server, alice_key, "sqs").create_queue(QueueName="jobs")["QueueUrl"]
    assert f"/{ALICE}/jobs" in url
    assert "AccessDenied" in refused(client_of(own_server, bob_key, "sqs").send_message, QueueUrl=url, MessageBody="x")


def test_a_user_has_no_rights_of_its_own(own_server, accounts):
    (_, alice_key), _ = accounts
    client_of(own_server, alice_key).create_bucket(Bucket="alices")
    user = own_server.admin("user", "create", "--account", ALICE, "--name", "ann", "--path", "/team/")["user"]
    assert user["arn"] == f"arn:aws:iam::{ALICE}:user/team/ann"
    key = make_key(own_server, "--account", ALICE, "--user", "ann")
    assert refused(client_of(own_server, key).list_objects_v2, Bucket="alices") == "AccessDenied"


def test_a_key_works_until_it_is_deactivated(own_server, accounts):
    (_, key), _ = accounts
    s3 = client_of(own_server, key)
    s3.list_buckets()
    own_server.admin("key", "deactivate", key["accessKeyId"])
    assert refused(s3.list_buckets) == "InvalidAccessKeyId"
    listed = own_server.admin("key", "list", "--account", ALICE)["accessKeys"]
    assert [(entry["accessKeyId"], entry["status"]) for entry in listed] == [(key["accessKeyId"], "Inactive")]
    assert "secretAccessKey" not in listed[0] and listed[0]["secretEnding"] == key["secretAccessKey"][-4:]
    own_server.admin("key", "activate", key["accessKeyId"])
    s3.list_buckets()
    own_server.admin("key", "delete", key["accessKeyId"])
    assert refused(s3.list_buckets) == "InvalidAccessKeyId"


def test_given_names_survive_a_kill_and_secrets_are_not_in_the_folder(own_server):
    own_server.start()
    number = own_server.admin("account", "create", "--canonical-id", "testid", "--name", "M. Tester", "--email", "t@ceph.com")["account"]["accountId"]
    secret = "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhwluN30JaT3Q=="
    key = make_key(own_server, "--account", number, "--access-key", "0555b35654ad1656d804", "--secret-key", secret)
    assert key["secretAccessKey"] == secret
    own_server.kill()
    own_server.start()
    assert client_of(own_server, key).list_buckets()["Owner"]["ID"] == "testid"
    found = subprocess.run(["grep", "-rlF", secret, own_server.data], capture_output=True, text=True)
    assert found.stdout == ""


def test_an_account_goes_when_it_owns_nothing(own_server, accounts):
    (_, key), (_, bob_key) = accounts
    s3, sqs = client_of(own_server, key), client_of(own_server, key, "sqs")
    s3.create_bucket(Bucket="alices")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    own_server.admin("user", "create", "--account", ALICE, "--name", "ann")
    user_key = make_key(own_server, "--account", ALICE, "--user", "ann")
    with pytest.raises(AdminRefused, match=f"DeleteConflict: account {ALICE} owns buckets"):
        own_server.admin("account", "delete", ALICE)
    assert [entry["bucket"] for entry in own_server.admin("bucket", "list", "--account", ALICE)["buckets"]] == ["alices"]
    s3.delete_bucket(Bucket="alices")
    with pytest.raises(AdminRefused, match=f"DeleteConflict: account {ALICE} owns queues"):
        own_server.admin("account", "delete", ALICE)
    sqs.delete_queue(QueueUrl=queue)
    own_server.admin("account", "delete", ALICE)
    for gone in (key, user_key):
        assert refused(client_of(own_server, gone).list_buckets) == "InvalidAccessKeyId"
    client_of(own_server, bob_key).list_buckets()
    with pytest.raises(AdminRefused, match="NoSuchEntity"):
        own_server.admin("account", "delete", ALICE)
    with pytest.raises(AdminRefused, match="UnmodifiableEntity: account 000000000000 is the server's own"):
        own_server.admin("account", "delete", "000000000000")
    own_server.kill()
    own_server.start()
    assert [entry["accountId"] for entry in own_server.admin("account", "list")["accounts"]] == ["000000000000", BOB]
    assert refused(client_of(own_server, key).list_buckets) == "InvalidAccessKeyId"
    make_account(own_server, ALICE, "alice")


def test_a_key_is_rotated(own_server, accounts):
    (_, key), _ = accounts
    new = own_server.admin("key", "rotate", key["accessKeyId"], "--keep-old")["accessKey"]
    client_of(own_server, key).list_buckets()
    client_of(own_server, new).list_buckets()
    newer = own_server.admin("key", "rotate", new["accessKeyId"])["accessKey"]
    assert refused(client_of(own_server, new).list_buckets) == "InvalidAccessKeyId"
    client_of(own_server, newer).list_buckets()


def test_a_user_may_what_its_policies_say(own_server, accounts, tmp_path):
    (_, key), _ = accounts
    s3 = client_of(own_server, key)
    s3.create_bucket(Bucket="alices")
    s3.put_object(Bucket="alices", Key="k", Body=b"hers")
    own_server.admin("user", "create", "--account", ALICE, "--name", "ann")
    ann = client_of(own_server, make_key(own_server, "--account", ALICE, "--user", "ann"))
    assert refused(ann.get_object, Bucket="alices", Key="k") == "AccessDenied"

    def put(policy, *statements):
        file = tmp_path / "policy.json"
        file.write_text(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
        own_server.admin("user", "put-policy", "--account", ALICE, "--name", "ann", "--policy", policy, "--document", file)

    put("read", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::alices/*"})
    assert ann.get_object(Bucket="alices", Key="k")["Body"].read() == b"hers"
    assert refused(ann.put_object, Bucket="alices", Key="k", Body=b"") == "AccessDenied"
    objects = "arn:aws:s3:::alices/*"
    put("move", {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": objects})
    s3.put_object(Bucket="alices", Key="tagged", Body=b"x", Tagging="a=b")
    ann.rename_object(Bucket="alices", Key="renamed", RenameSource="k")
    assert refused(ann.rename_object, Bucket="alices", Key="moved", RenameSource="tagged") == "AccessDenied"
    assert refused(ann.put_object, Bucket="alices", Key="log", Body=b"x", WriteOffsetBytes=0, Tagging="a=b") == "AccessDenied"
    put("tags", {"Effect": "Allow", "Action": ["s3:GetObjectTagging", "s3:PutObjectTagging"], "Resource": objects})
    ann.rename_object(Bucket="alices", Key="moved", RenameSource="tagged")
    assert ann.get_object_tagging(Bucket="alices", Key="moved")["TagSet"] == [{"Key": "a", "Value": "b"}]
    put("not", {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:username": "eve"}}})
    assert refused(ann.get_object, Bucket="alices", Key="renamed") == "AccessDenied"
    with pytest.raises(AdminRefused, match="MalformedPolicyDocument: Policy document should not specify a principal"):
        put("bad", {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
    with pytest.raises(AdminRefused, match="MalformedPolicyDocument: Invalid effect"):
        put("bad", {"Effect": "Perhaps", "Action": "*", "Resource": "*"})


def test_another_master_key_is_refused_clearly(own_server, accounts, monkeypatch):
    own_server.stop()
    monkeypatch.setattr("roost_server.MASTER_KEY", OTHER_MASTER_KEY)
    with pytest.raises(RuntimeError, match="holds what master key .* wrapped, and ROOST_MASTER_KEY has other keys"):
        own_server.start()
    monkeypatch.setattr("roost_server.MASTER_KEY", f"{OTHER_MASTER_KEY},{MASTER_KEY}")
    own_server.start()
    (_, key), _ = accounts
    client_of(own_server, key).list_buckets()


def test_refusals_say_why(own_server, accounts):
    with pytest.raises(AdminRefused, match="EntityAlreadyExists: account 111111111111 exists"):
        own_server.admin("account", "create", "--id", ALICE, "--name", "x")
    with pytest.raises(AdminRefused, match="EntityAlreadyExists: another account has the e-mail address"):
        own_server.admin("account", "create", "--name", "x", "--email", "Alice@example.com")
    with pytest.raises(AdminRefused, match="NoSuchEntity: there is no user nobody"):
        own_server.admin("key", "create", "--account", ALICE, "--user", "nobody")
    with pytest.raises(AdminRefused, match="UnmodifiableEntity"):
        own_server.admin("key", "deactivate", ACCESS_KEY)
    with pytest.raises(AdminRefused, match="ValidationException: an account id is 12 digits"):
        own_server.admin("account", "create", "--id", "12", "--name", "x")


def test_only_the_servers_root_may(own_server, accounts):
    (_, key), _ = accounts
    environment = own_server.environment | {"AWS_ACCESS_KEY_ID": key["accessKeyId"], "AWS_SECRET_ACCESS_KEY": key["secretAccessKey"]}
    answer = subprocess.run([BINARY, "admin", "account", "list"], env=environment, capture_output=True, text=True)
    assert answer.returncode == 1 and "AccessDenied" in answer.stderr


def test_people_read_tables(own_server, accounts):
    text = own_server.run_cli("admin", "account", "list").stdout
    lines = text.splitlines()
    assert lines[0].split() == ["accountId", "displayName", "email", "canonicalId"] and len(lines) == 4
    assert lines[2].split()[:3] == [ALICE, "alice", "alice@example.com"]
    assert json.loads(own_server.run_cli("admin", "account", "list", "--json").stdout)["accounts"][1]["displayName"] == "alice"


def test_quotas(own_server):
    own_server.start()
    s3 = client(own_server, "s3")
    s3.create_bucket(Bucket="small")
    s3.put_object(Bucket="small", Key="before", Body=b"x" * 400)
    quota = own_server.admin("bucket", "quota", "set", "small", "--bytes", 1000, "--objects", 3)["quota"]
    assert quota == {"bucket": "small", "bytesMax": 1000, "objectsMax": 3, "bytes": 400, "objects": 1}
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket="small", Key="large", Body=b"x" * 601)
    assert caught.value.response["Error"]["Code"] == "QuotaExceeded"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    s3.put_object(Bucket="small", Key="fits", Body=b"x" * 600)
    assert refused(s3.copy_object, Bucket="small", Key="copy", CopySource="small/before") == "QuotaExceeded"
    own_server.kill()
    own_server.start()
    assert refused(s3.put_object, Bucket="small", Key="more", Body=b"x") == "QuotaExceeded"
    s3.delete_object(Bucket="small", Key="before")
    s3.put_object(Bucket="small", Key="more", Body=b"x")
    s3.put_object(Bucket="small", Key="third", Body=b"x")
    assert refused(s3.put_object, Bucket="small", Key="fourth", Body=b"") == "QuotaExceeded"
    assert own_server.admin("bucket", "quota", "get", "small")["quota"]["bytes"] == 602
    assert own_server.admin("bucket", "quota", "set", "small")["quota"] == {"bucket": "small"}
    s3.put_object(Bucket="small", Key="fourth", Body=b"x" * 2000)
    with pytest.raises(AdminRefused, match="NoSuchBucket: there is no bucket missing"):
        own_server.admin("bucket", "quota", "get", "missing")


def test_quotas_by_header(own_server):
    own_server.start()
    s3 = client(own_server, "s3")
    s3.meta.events.register(
        "before-call.s3.CreateBucket", lambda params, **_: params["headers"].update({"x-roost-quota-bytes": "10"})
    )
    s3.create_bucket(Bucket="small")
    s3.put_object(Bucket="small", Key="a", Body=b"12345")
    assert refused(s3.put_object, Bucket="small", Key="b", Body=b"123456") == "QuotaExceeded"
    headers = s3.head_bucket(Bucket="small")["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-roost-quota-bytes"] == "10" and headers["x-roost-usage-bytes"] == "5" and "x-roost-quota-objects" not in headers
    assert own_server.admin("bucket", "quota", "get", "small")["quota"]["bytesMax"] == 10


def test_a_master_key_file_is_made_once_and_guarded(own_server, tmp_path, monkeypatch):
    file = tmp_path / "master.keys"
    own_server.flags = ("--master-key-file", file)
    monkeypatch.setattr("roost_server.MASTER_KEY", "")
    own_server.start()
    assert file.stat().st_mode & 0o777 == 0o600
    _, key = make_account(own_server, ALICE, "alice")
    text = file.read_text()
    own_server.stop()
    own_server.start()
    assert file.read_text() == text
    client_of(own_server, key).list_buckets()
    own_server.stop()
    file.chmod(0o640)
    with pytest.raises(RuntimeError, match="can be read by others: chmod 600"):
        own_server.start()
    file.unlink()
    with pytest.raises(RuntimeError, match="is not there, and the data folder holds what master key"):
        own_server.start()
    own_server.flags = ("--master-key-file", own_server.data / "master.keys")
    with pytest.raises(RuntimeError, match="must lie outside of the data folder"):
        own_server.start()

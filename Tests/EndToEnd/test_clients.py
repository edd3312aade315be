"""Stock command-line clients do what their users do, unchanged."""

import filecmp
import os
import subprocess
import sys

import pytest

from roost_server import ACCESS_KEY, REGION, SECRET_KEY

AWS = [sys.executable, "-m", "awscli"]


@pytest.fixture
def tree(tmp_path):
    """A folder with names that trouble clients, an empty file and one large enough for multipart."""
    folder = tmp_path / "tree"
    for name, size in {"a.txt": 10, "empty": 0, "sub/ü ñ+&=?.bin": 70_000, "sub/deep/100%.txt": 5, "big.bin": 20 * 1024 * 1024}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(size))
    return folder


def run(server, *command, **more):
    result = subprocess.run([str(c) for c in command], env=server.environment, capture_output=True, text=True, timeout=120, **more)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def assert_same(left, right):
    for folder, _, names in os.walk(left):
        relative = os.path.relpath(folder, left)
        match, mismatch, errors = filecmp.cmpfiles(folder, os.path.join(right, relative), names, shallow=False)
        assert not mismatch and not errors and len(match) == len(names), (relative, mismatch, errors)


def test_aws_cli(server, bucket, tree, tmp_path):
    run(server, *AWS, "s3", "sync", tree, f"s3://{bucket}/tree")
    listing = run(server, *AWS, "s3", "ls", "--recursive", f"s3://{bucket}/tree")
    assert len(listing.splitlines()) == 5
    run(server, *AWS, "s3", "sync", f"s3://{bucket}/tree", tmp_path / "back")
    assert_same(tree, tmp_path / "back")
    run(server, *AWS, "s3", "cp", f"s3://{bucket}/tree/a.txt", f"s3://{bucket}/copy.txt")
    run(server, *AWS, "s3", "mv", f"s3://{bucket}/copy.txt", f"s3://{bucket}/moved.txt")
    url = run(server, *AWS, "s3", "presign", f"s3://{bucket}/moved.txt").strip()
    run(server, "curl", "-sSf", "-o", tmp_path / "presigned", url)
    assert (tmp_path / "presigned").read_bytes() == (tree / "a.txt").read_bytes()
    aws_cli_keys(server, bucket, tree, tmp_path)
    for kind in ("analytics", "metrics", "intelligent-tiering", "inventory"):
        run(server, *AWS, "s3api", f"list-bucket-{kind}-configurations", "--bucket", bucket)
    run(server, *AWS, "s3", "rm", "--recursive", f"s3://{bucket}")
    assert run(server, *AWS, "s3", "ls", f"s3://{bucket}") == ""


def aws_cli_keys(server, bucket, tree, tmp_path):
    """Encryption with the customer's key, and a sync that removes."""
    key = tmp_path / "customer.key"
    key.write_bytes(os.urandom(32))
    customer = ["--sse-c", "AES256", "--sse-c-key", f"fileb://{key}"]
    run(server, *AWS, "s3", "cp", tree / "big.bin", f"s3://{bucket}/sealed", *customer)
    run(server, *AWS, "s3", "cp", f"s3://{bucket}/sealed", tmp_path / "opened", *customer)
    assert filecmp.cmp(tree / "big.bin", tmp_path / "opened", shallow=False)
    source = ["--sse-c-copy-source", "AES256", "--sse-c-copy-source-key", f"fileb://{key}"]
    run(server, *AWS, "s3", "cp", f"s3://{bucket}/sealed", f"s3://{bucket}/again", *source, "--sse", "aws:kms")
    run(server, *AWS, "s3", "mv", f"s3://{bucket}/again", tmp_path / "again")
    assert filecmp.cmp(tree / "big.bin", tmp_path / "again", shallow=False)
    (tree / "a.txt").unlink()
    run(server, *AWS, "s3", "sync", "--delete", tree, f"s3://{bucket}/tree")
    assert "a.txt" not in run(server, *AWS, "s3", "ls", f"s3://{bucket}/tree/")


def test_rclone(server, bucket, tree, tmp_path):
    options = [
        "--config", "/dev/null", "--s3-provider", "Other", "--s3-endpoint", server.endpoint, "--s3-access-key-id", ACCESS_KEY,
        "--s3-secret-access-key", SECRET_KEY, "--s3-region", REGION, "--s3-chunk-size", "5M", "--s3-upload-cutoff", "5M",
    ]
    run(server, "rclone", "copy", tree, f":s3:{bucket}/tree", *options)
    run(server, "rclone", "check", "--download", tree, f":s3:{bucket}/tree", *options)
    run(server, "rclone", "moveto", f":s3:{bucket}/tree/a.txt", f":s3:{bucket}/tree/b.txt", *options)
    assert sorted(run(server, "rclone", "lsf", f":s3:{bucket}/tree", *options).split()) == ["b.txt", "big.bin", "empty", "sub/"]
    run(server, "rclone", "sync", f":s3:{bucket}/tree", tmp_path / "back", *options)
    assert (tmp_path / "back" / "b.txt").read_bytes() == (tree / "a.txt").read_bytes()
    run(server, "rclone", "purge", f":s3:{bucket}/tree", *options)


def test_s3cmd(server, bucket, tree, tmp_path):
    configuration = tmp_path / "s3cfg"
    configuration.write_text(
        f"[default]\naccess_key = {ACCESS_KEY}\nsecret_key = {SECRET_KEY}\nhost_base = 127.0.0.1:{server.port}\n"
        f"host_bucket = 127.0.0.1:{server.port}\nuse_https = False\nbucket_location = {REGION}\nmultipart_chunk_size_mb = 5\n"
    )
    s3cmd = ["s3cmd", "-c", configuration]
    run(server, *s3cmd, "put", tree / "a.txt", tree / "big.bin", f"s3://{bucket}/")
    assert "big.bin" in run(server, *s3cmd, "ls", f"s3://{bucket}/")
    run(server, *s3cmd, "get", f"s3://{bucket}/big.bin", tmp_path / "big")
    assert filecmp.cmp(tree / "big.bin", tmp_path / "big", shallow=False)
    run(server, *s3cmd, "sync", f"{tree}/", f"s3://{bucket}/synced/")
    run(server, *s3cmd, "info", f"s3://{bucket}/a.txt")
    run(server, *s3cmd, "cp", f"s3://{bucket}/a.txt", f"s3://{bucket}/c.txt")
    run(server, *s3cmd, "modify", "--add-header=x-amz-meta-note:changed", f"s3://{bucket}/a.txt")
    assert "x-amz-meta-note: changed" in run(server, *s3cmd, "info", f"s3://{bucket}/a.txt")
    assert run(server, *s3cmd, "du", f"s3://{bucket}/synced/").split()[1:3] == ["5", "objects"]
    url = run(server, *s3cmd, "signurl", f"s3://{bucket}/a.txt", "+600").strip()
    run(server, "curl", "-sSf", "-o", tmp_path / "signed", url)
    assert (tmp_path / "signed").read_bytes() == (tree / "a.txt").read_bytes()
    (tree / "a.txt").unlink()
    run(server, *s3cmd, "sync", "--delete-removed", f"{tree}/", f"s3://{bucket}/synced/")
    run(server, *s3cmd, "sync", f"s3://{bucket}/synced/", f"{tmp_path}/back/")
    assert_same(tree, tmp_path / "back")
    assert not (tmp_path / "back" / "a.txt").exists()
    s3cmd_settings(server, s3cmd, f"s3://{bucket}", tmp_path / "document")
    run(server, *s3cmd, "del", "--recursive", "--force", f"s3://{bucket}/")


def s3cmd_settings(server, s3cmd, bucket, document):
    run(server, *s3cmd, "ws-create", bucket)
    assert "Index document: index.html" in " ".join(run(server, *s3cmd, "ws-info", bucket).split())
    run(server, *s3cmd, "ws-delete", bucket)
    run(server, *s3cmd, "accesslog", f"--access-logging-target-prefix={bucket}/logs/", bucket)
    assert "Logging Enabled: True" in run(server, *s3cmd, "accesslog", bucket)
    run(server, *s3cmd, "accesslog", "--no-access-logging", bucket)
    run(server, *s3cmd, "expire", "--expiry-days=3", "--expiry-prefix=old/", bucket)
    assert "<Days>3</Days>" in run(server, *s3cmd, "getlifecycle", bucket)
    run(server, *s3cmd, "dellifecycle", bucket)
    document.write_text(
        "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>"
    )
    run(server, *s3cmd, "setcors", document, bucket)
    assert "AllowedMethod" in run(server, *s3cmd, "info", bucket)
    run(server, *s3cmd, "delcors", bucket)

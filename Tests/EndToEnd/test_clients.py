"""Stock command-line clients do what their users do, unchanged."""

import filecmp
import os
import subprocess
import sys
import time

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
    run(server, *AWS, "s3", "rm", "--recursive", f"s3://{bucket}")
    assert run(server, *AWS, "s3", "ls", f"s3://{bucket}") == ""


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
    run(server, *s3cmd, "del", "--recursive", "--force", f"s3://{bucket}/")


def test_s3fs(server, bucket, tree, tmp_path):
    if not os.path.exists("/dev/fuse"):
        pytest.skip("this machine has no FUSE")
    mount, password = tmp_path / "mount", tmp_path / "passwd"
    mount.mkdir()
    password.write_text(f"{ACCESS_KEY}:{SECRET_KEY}")
    password.chmod(0o600)
    command = ["s3fs", bucket, mount, "-f", "-o", f"url={server.endpoint},use_path_request_style,passwd_file={password},endpoint={REGION}"]
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 20
        while not os.path.ismount(mount):
            if process.poll() is not None:
                pytest.skip(f"s3fs cannot mount here: {process.stdout.read()[-300:]}")
            assert time.monotonic() < deadline
            time.sleep(0.1)
        run(server, "cp", "-r", tree, mount / "tree")
        assert_same(tree, mount / "tree")
        os.rename(mount / "tree" / "a.txt", mount / "renamed.txt")
        with open(mount / "renamed.txt", "ab") as file:
            file.write(b"more")
        assert (mount / "renamed.txt").read_bytes() == (tree / "a.txt").read_bytes() + b"more"
        assert sorted(os.listdir(mount / "tree")) == ["big.bin", "empty", "sub"]
        run(server, "rm", "-r", mount / "tree", mount / "renamed.txt")
    finally:
        subprocess.run(["fusermount", "-u", "-z", str(mount)], check=False, capture_output=True)
        process.terminate()
        process.wait(20)

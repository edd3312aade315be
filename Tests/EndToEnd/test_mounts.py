"""A day's file operations in a mounted bucket: what programs do to files that they believe to be on a disk."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import tarfile
import time
import urllib.request

import pytest

from roost_server import ACCESS_KEY, REGION, SECRET_KEY, free_port

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="this machine has no /dev/fuse")

WAIT_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 120
MANY = 120
NAMES = ["with space", "plus+and&amp", "percent%41", "ünïcödé 日本", "'quoted' \"twice\"", "#hash?question", "a=b;c,d", "~tilde", "100%"]
BIG_BYTES = 24 * 1024 * 1024
GIT = ["git", "-c", "user.name=Day", "-c", "user.email=day@example.org", "-c", "init.defaultBranch=main", "-c", "gc.auto=0"]


class RcloneMount:
    """Files are uploaded by rclone itself, some time after they were closed."""

    def __init__(self, server, bucket, folder, scratch):
        self.folder = folder
        self.port = free_port()
        options = {
            "config": "/dev/null", "s3-provider": "Other", "s3-endpoint": server.endpoint, "s3-access-key-id": ACCESS_KEY,
            "s3-secret-access-key": SECRET_KEY, "s3-region": REGION, "s3-chunk-size": "5M", "s3-upload-cutoff": "5M",
            "vfs-cache-mode": "full", "vfs-write-back": "100ms", "cache-dir": scratch / "cache", "rc-addr": f"127.0.0.1:{self.port}",
        }
        self.command = ["rclone", "mount", f":s3:{bucket}", folder, "--rc", "--rc-no-auth"]
        self.command += [f"--{name}={value}" for name, value in options.items()]

    def settle(self, s3, bucket):
        """Returns when every closed file is uploaded. rclone hears of a close a little later than its caller."""
        shown = {str(path.relative_to(self.folder)): path.stat().st_size for path in files(self.folder)}
        wait_until(lambda: not self.uploads() and shown.items() <= sizes(s3, bucket).items(), "rclone ends its uploads")

    def uploads(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/vfs/stats", method="POST")
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS_MAX) as answer:
            cache = json.load(answer)["diskCache"]
        return cache["uploadsInProgress"] + cache["uploadsQueued"]


class S3fsMount:
    """A file is uploaded before closing it returns."""

    def __init__(self, server, bucket, folder, scratch):
        password = scratch / "passwd"
        password.write_text(f"{ACCESS_KEY}:{SECRET_KEY}")
        password.chmod(0o600)
        options = f"url={server.endpoint},use_path_request_style,passwd_file={password},endpoint={REGION},multipart_size=5"
        self.command = ["s3fs", bucket, folder, "-f", "-o", options]

    def settle(self, s3, bucket):
        pass


def wait_until(condition, what):
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextlib.contextmanager
def mounted(kind, server, bucket, folder, scratch):
    """Mounts with nothing kept from an earlier mount; yields the mount."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    folder.mkdir(exist_ok=True)
    mount = kind(server, bucket, folder, scratch)
    with open(scratch / "log", "w") as log:
        line = [str(part) for part in mount.command]
        process = subprocess.Popen(line, stdout=log, stderr=log, env=server.environment | {"HOME": str(scratch)})
    try:
        wait_until(lambda: process.poll() is not None or os.path.ismount(folder), "the mount is there")
        assert process.poll() is None, (scratch / "log").read_text()
        yield mount
        run("fusermount3", "-u", folder)
    finally:
        subprocess.run(["fusermount3", "-u", "-z", str(folder)], check=False, capture_output=True)
        process.kill()
        process.wait(WAIT_SECONDS_MAX)


def run(*command, cwd=None):
    line = [str(part) for part in command]
    result = subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX)
    assert result.returncode == 0, f"{line}: {result.stdout}{result.stderr}"
    return result.stdout


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def checksums(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files(folder)}


def sizes(s3, bucket):
    """Of the stored objects that stand for files."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", []) if not entry["Key"].endswith("/")}


def write_append_truncate(folder):
    file = folder / "notes.txt"
    file.write_bytes(b"")
    assert file.read_bytes() == b""
    file.write_bytes(b"first line\n")
    with open(file, "ab") as handle:
        handle.write(b"second line\n")
    with open(file, "r+b") as handle:
        handle.seek(6)
        handle.write(b"LINE")
    assert file.read_bytes() == b"first LINE\nsecond line\n"
    with open(file, "r+b") as handle:
        assert handle.read(5) == b"first"
        handle.truncate(11)
    assert file.read_bytes() == b"first LINE\n"
    with open(file, "r+b") as handle:
        handle.truncate(20)
    assert file.read_bytes() == b"first LINE\n" + bytes(9)


def save_as_editors_do(folder):
    """A new file beside the old one, synced, and renamed over it."""
    file, fresh = folder / "draft.md", folder / ".draft.md.swp"
    for text in (b"one\n", b"two, longer\n", b"3\n"):
        with open(fresh, "wb") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(fresh, file)
        assert file.read_bytes() == text and not fresh.exists()


def names_and_folders(folder):
    (folder / "names").mkdir()
    for name in NAMES:
        (folder / "names" / name).write_text(name)
    assert sorted(os.listdir(folder / "names")) == sorted(NAMES)
    (folder / "deep" / "er" / "still").mkdir(parents=True)
    (folder / "deep" / "er" / "still" / "file").write_bytes(b"x")
    with pytest.raises(OSError):
        os.rmdir(folder / "deep" / "er")


def rename_folders(folder):
    """In a fresh mount: rclone keeps looking under the old name for files that it has just been asked for."""
    os.rename(folder / "names", folder / "renamed folder")
    assert all((folder / "renamed folder" / name).read_text() == name for name in NAMES)
    assert not (folder / "names").exists()
    os.rename(folder / "deep" / "er", folder / "moved")
    assert (folder / "moved" / "still" / "file").read_bytes() == b"x"
    assert list((folder / "deep").iterdir()) == []


def many_small_files(folder):
    many = folder / "many"
    many.mkdir()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: (many / f"{number:04}").write_bytes(b"%d" % number * number), range(MANY)))
    assert len(os.listdir(many)) == MANY
    assert all((many / f"{number:04}").stat().st_size == len(b"%d" % number) * number for number in range(0, MANY, 7))


def big_file_and_readers(folder):
    content = random.Random(7).randbytes(BIG_BYTES)
    (folder / "big").write_bytes(content)
    with open(folder / "big", "r+b") as handle:
        handle.seek(9_000_001)
        handle.write(b"in the middle")
    content = content[:9_000_001] + b"in the middle" + content[9_000_014:]

    def part(offset):
        with open(folder / "big", "rb") as handle:
            handle.seek(offset)
            return handle.read(1_000_003) == content[offset : offset + 1_000_003]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert all(pool.map(part, range(0, BIG_BYTES, 1_700_000)))
    assert hashlib.sha256((folder / "big").read_bytes()).digest() == hashlib.sha256(content).digest()


def archives(folder, aside):
    archive = folder / "many.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(folder / "many", "many")
    run("cp", "-r", folder / "many", aside / "many")
    run("tar", "-xf", archive, "-C", folder / "names", "--no-same-owner")
    assert checksums(folder / "names" / "many") == checksums(aside / "many")


def version_control(folder, aside):
    work = folder / "work"
    run(*GIT, "init", "-q", work)
    for step in range(3):
        (work / f"file{step}.txt").write_text("text\n" * (step + 1))
        run(*GIT, "add", "-A", cwd=work)
        run(*GIT, "commit", "-q", "-m", f"step {step}", cwd=work)
    run(*GIT, "branch", "side", cwd=work)
    run(*GIT, "mv", "file0.txt", "moved.txt", cwd=work)
    run(*GIT, "commit", "-q", "-m", "a move", cwd=work)
    assert len(run(*GIT, "log", "--oneline", cwd=work).splitlines()) == 4
    assert run(*GIT, "status", "--porcelain", cwd=work) == ""
    run(*GIT, "fsck", "--strict", cwd=work)
    run(*GIT, "clone", "-q", work, aside / "clone")
    run(*GIT, "clone", "-q", "--no-hardlinks", aside / "clone", folder / "cloned")
    assert (folder / "cloned" / "moved.txt").read_text() == "text\n"


def database(folder):
    with contextlib.closing(sqlite3.connect(folder / "day.db")) as connection:
        connection.execute("create table t (id integer primary key, text)")
        for batch in range(4):
            with connection:
                connection.executemany("insert into t (text) values (?)", [(f"{batch} {n}",) for n in range(200)])
        connection.execute("delete from t where id % 3 = 0")
        connection.commit()
        connection.execute("vacuum")
    check_database(folder)


def check_database(folder):
    with contextlib.closing(sqlite3.connect(folder / "day.db")) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        assert connection.execute("select count(*) from t").fetchone() == (534,)


def stored(s3, bucket):
    bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in sizes(s3, bucket)}
    return {key: hashlib.sha256(body).hexdigest() for key, body in bodies.items()}


@pytest.mark.parametrize("kind", [RcloneMount, S3fsMount])
def test_a_day_in_a_mounted_bucket(server, s3, bucket, tmp_path, kind):
    folder, aside = tmp_path / "mount", tmp_path / "aside"
    aside.mkdir()
    with mounted(kind, server, bucket, folder, tmp_path / "scratch") as mount:
        write_append_truncate(folder)
        save_as_editors_do(folder)
        names_and_folders(folder)
        many_small_files(folder)
        big_file_and_readers(folder)
        archives(folder, aside)
        version_control(folder, aside)
        database(folder)
        shutil.rmtree(folder / "many")
        assert not (folder / "many").exists()
        before = checksums(folder)
        mount.settle(s3, bucket)
    with mounted(kind, server, bucket, folder, tmp_path / "scratch"):
        assert checksums(folder) == before
    with mounted(kind, server, bucket, folder, tmp_path / "scratch"):
        rename_folders(folder)
        check_database(folder)
        run(*GIT, "fsck", "--strict", cwd=folder / "cloned")
        shutil.rmtree(folder / "work")
        shutil.rmtree(folder / "cloned")
        kept = checksums(folder)
    assert stored(s3, bucket) == kept

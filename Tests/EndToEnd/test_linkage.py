"""What the release binary holds and links: Swift's libraries are in it, and full Foundation, which brings 40 MB of ICU, is not."""

import subprocess

from roost_server import BINARY

# Names in every program that holds full Foundation: its symbols, its C side, ICU's functions and ICU's data.
UNWANTED = (b"$s10Foundation", b"CFRunLoop", b"uloc_", b"icudt")


def linked():
    listed = subprocess.run(["ldd", str(BINARY)], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    assert any(name.startswith("libexpat") for name in names), "the list is that of the server"
    return names


def test_full_foundation_is_not_in_it():
    content = BINARY.read_bytes()
    assert b"$s20FoundationEssentials" in content, "the binary has its symbols"
    assert [name for name in UNWANTED if name in content] == []


def test_it_runs_where_no_swift_is_installed():
    assert [name for name in linked() if "swift" in name.lower() or "Foundation" in name or "dispatch" in name] == []

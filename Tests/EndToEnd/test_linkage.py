"""What the release binary links: full Foundation brings 40 MB of ICU and is not wanted."""

import subprocess

from roost_server import BINARY

UNWANTED = ("libFoundation.so", "lib_FoundationICU.so", "libFoundationInternationalization.so")


def test_full_foundation_is_not_linked():
    listed = subprocess.run(["ldd", str(BINARY)], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    assert any(name.startswith("librocksdb") for name in names), "the list is that of the server"
    assert [name for name in names if name in UNWANTED] == []

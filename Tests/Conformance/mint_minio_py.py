"""Runs minio-py's functional tests to the end: by itself the file stops at the first that fails.

    mint_minio_py.py TESTS.py
"""

import importlib.util
import sys

specification = importlib.util.spec_from_file_location("minio_py_tests", sys.argv[1])
suite = importlib.util.module_from_spec(specification)
specification.loader.exec_module(suite)
stopping = suite._call_test
failures = 0


def going_on(test, *arguments, **named):
    global failures
    try:
        stopping(test, *arguments, **named)
    except suite.TestFailed:
        failures += 1


suite._call_test = going_on
suite.main()
sys.exit(1 if failures else 0)

"""Recorded provider exchanges, where WEIR_TRAFFIC says where they are."""
import os

import pytest

import traffic

DIRECTORY = os.environ.get("WEIR_TRAFFIC", "")


@pytest.mark.skipif(not DIRECTORY, reason="WEIR_TRAFFIC names no directory of recordings")
def test_recorded_exchanges_are_counted_as_expected(tmp_path):
    equal, served = traffic.run(DIRECTORY, tmp_path)
    assert served and equal == served

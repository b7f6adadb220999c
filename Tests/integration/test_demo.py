"""What a newcomer sees first."""
import socket
import subprocess

import pytest

from gateway import BINARY

PORTS = (8080, 9464, 9465)


def taken(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(any(map(taken, PORTS)), reason=f"the demo's ports {PORTS} are in use on this machine")
def test_the_demo_tells_the_whole_story_and_ends_by_itself(tmp_path):
    done = subprocess.run(
        [str(BINARY), "demo", "--for", "1"], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    for port in PORTS:
        assert f"http://127.0.0.1:{port}" in text
    for word in ("trace", "exchange", "weir_tokens_total", "weir_cost_usd_total", "USD/million", "total", "curl"):
        assert word in text, word
    assert not any(map(taken, PORTS)), "something still listens"

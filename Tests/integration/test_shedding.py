"""Before descriptors run out, connections are shed with 503 and counted; those that are open go on."""
import os

import pytest

import gateway as program
from gateway import KEY, configuration
from wire import Connection, chat, request

DESCRIPTORS = 200


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a child fewer descriptors than it may have itself")
def test_connections_beyond_the_descriptors_are_shed(start, simulator, tmp_path, monkeypatch):
    limited = tmp_path / "limited"
    limited.write_text(f'#!/bin/sh\nexec prlimit --nofile={DESCRIPTORS}:{DESCRIPTORS} {program.BINARY} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setattr(program, "BINARY", limited)
    gateway = start(configuration(simulator.url, {"fast": "sim-fast"}))
    open_ones, shed = [], 0
    try:
        for _ in range(DESCRIPTORS):
            connection = Connection(gateway.port)
            connection.send(request(chat("fast"), key=KEY))
            status = connection.reply().status
            assert status in (200, 503)
            if status == 200:
                open_ones.append(connection)
            else:
                shed += 1
                connection.socket.close()
        assert 0 < len(open_ones) < DESCRIPTORS and shed > 0
        assert int(gateway.metrics()["weir_connections_shed_total", frozenset()]) == shed
        open_ones[0].send(request(chat("fast"), key=KEY))
        assert open_ones[0].reply().status == 200
    finally:
        for connection in open_ones:
            connection.socket.close()

"""A provider's door leads to that provider's own paths, and no further."""
import pytest

from gateway import KEY, configuration
from wire import Connection, request


@pytest.mark.parametrize("path", ["../admin", "a/../../admin", "%2e%2E/admin", "a/..%2fadmin", "./x", "a/..%5cadmin"])
def test_no_path_goes_up_from_the_base_url(start, upstream, path):
    gateway = start(configuration(upstream.url + "/v1/accounts/7", {"smart": "served"}))
    with Connection(gateway.port) as connection:
        connection.send(request(method="GET", path="/providers/sim/" + path, key=KEY))
        assert connection.reply().status == 400
    assert upstream.requests == []


def test_dots_inside_of_a_name_are_no_way_up(start, upstream):
    gateway = start(configuration(upstream.url + "/v1/accounts/7", {"smart": "served"}))
    with Connection(gateway.port) as connection:
        connection.send(request(method="GET", path="/providers/sim/files/a..b/.c/v1.5", key=KEY))
        connection.reply()
    assert [seen["path"] for seen in upstream.requests] == ["/v1/accounts/7/files/a..b/.c/v1.5"]

import openai
import pytest

import openmetrics
from gateway import BINARY, KEY, PAGE_READERS, Gateway, Simulator, configuration, target
from upstreams import RecordingUpstream

MODELS = {
    "smart": "sim-large",
    "fast": "sim-fast",
    "small": "sim-small",
    "reasoner": "sim-reasoner",
    "cached": "sim-cached",
    "tools": "sim:tools=2,tokens=12",
    "embed": "sim-embed",
    "unpriced": "sim:tokens=3",
    "silent": "sim:tokens=12,usage=none",
    "cut": "sim:tokens=20,abort_after=5",
    "limited": "sim:error=429,retry_after=1",
    "broken": "sim:error=500",
    "rescued": [target("sim:error=503"), target("sim-fast")],
    "weighted": [target("sim-small", weight=3), target("sim-fast", weight=1)],
}


def pytest_configure(config):
    if not BINARY.exists():
        raise pytest.UsageError(f"{BINARY} is missing: run `swift build` first, or set WEIR_BIN")
    PAGE_READERS.append(openmetrics.read)


@pytest.fixture(scope="session")
def simulator():
    program = Simulator()
    yield program
    program.stop()


@pytest.fixture(scope="session")
def gateway(simulator, tmp_path_factory):
    """A gateway before the simulated provider, shared by the tests that leave nothing behind."""
    directory = tmp_path_factory.mktemp("gateway")
    program = Gateway(directory, configuration(simulator.url, MODELS, unpriced={"sim:tokens=3"}))
    yield program
    assert program.stop() == 0, "the shared gateway did not end cleanly"


@pytest.fixture(scope="session")
def client(gateway):
    return openai.OpenAI(base_url=gateway.url + "/v1", api_key=KEY, max_retries=0, timeout=20)


@pytest.fixture
def upstream():
    server = RecordingUpstream()
    yield server
    server.close()


@pytest.fixture(scope="module")
def recorder():
    """The same for a module whose tests share a gateway."""
    server = RecordingUpstream()
    yield server
    server.close()


def collecting():
    # Here, since the clients' environment has no OpenTelemetry.
    from collector import Collector

    server = Collector()
    yield server
    server.close()


@pytest.fixture
def collector():
    yield from collecting()


@pytest.fixture(scope="module")
def shared_collector():
    yield from collecting()


@pytest.fixture
def start(tmp_path):
    """Starts gateways of the test's own; all are stopped at its end."""
    running = []

    def begin(whole, env=None, directory=None):
        running.append(Gateway(directory or tmp_path / f"gateway-{len(running)}", whole, env))
        return running[-1]

    yield begin
    for program in running:
        if program.process.poll() is None:
            program.stop()


@pytest.fixture
def before(start, upstream):
    """A gateway before the recording upstream, with one route: `smart` → `served`."""
    return start(configuration(upstream.url + "/v1", {"smart": "served"}))

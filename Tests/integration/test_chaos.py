"""After any chaos, metrics, ledger, spans and access log agree to the last digit, and nothing is left open."""
import pytest

import chaos


@pytest.mark.timeout(600)
def test_after_chaos_every_rendering_agrees(tmp_path):
    problems = chaos.perform(tmp_path)
    assert not problems, "\n".join(problems[:20])

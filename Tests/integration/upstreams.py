"""Upstreams that the tests write themselves: they record what a provider receives. Standard library only."""
import json
import threading

from local_server import Handler, LocalServer


class RecordingUpstream(LocalServer):
    """Answers with `answer(request) → (status, fields, body)`; a body that is a list is sent in chunks."""

    def __init__(self, answer=None):
        self.requests = []
        self._lock = threading.Lock()
        self.answer = answer or plain_chat
        super().__init__(self._handler())

    def record(self, request):
        with self._lock:
            self.requests.append(request)

    def _handler(self):
        upstream = self

        class Any(Handler):
            disable_nagle_algorithm = True

            def answer(self):
                request = {
                    "method": self.command, "path": self.path, "raw_fields": self.headers.items(),
                    "fields": {name.lower(): value for name, value in self.headers.items()}, "body": self.read_body(),
                }
                upstream.record(request)
                status, fields, body = upstream.answer(request)
                self.send_response_only(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                if isinstance(body, bytes):
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                else:
                    self.send_header("transfer-encoding", "chunked")
                    self.end_headers()
                    for piece in body:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.write(b"0\r\n\r\n")

            def read_body(self):
                if "chunked" not in self.headers.get("transfer-encoding", ""):
                    return self.rfile.read(int(self.headers.get("content-length", "0")))
                body = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        return Any


JSON = {"content-type": "application/json", "x-request-id": "req_recorded"}


def plain_chat(request):
    """A whole chat completion that names the model it was asked for."""
    asked = json.loads(request["body"])
    return 200, JSON, json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
    }).encode()

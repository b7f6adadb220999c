"""HTTP/1.1 by hand: bytes as they are written, replies as they are read. Standard library only."""
import json
import socket


class Reply:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:200]!r}>"


class Closed(Exception):
    """The peer closed, or reset, the connection."""


class Connection:
    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Writes; a peer that has closed already shows when the reply is read."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Closed(self.unread)
        self.unread += data

    def until(self, mark):
        while mark not in self.unread:
            self._more()
        head, self.unread = self.unread.split(mark, 1)
        return head

    def exactly(self, count):
        while len(self.unread) < count:
            self._more()
        data, self.unread = self.unread[:count], self.unread[count:]
        return data

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return int(lines[0].split(" ")[1]), fields

    def reply(self):
        """One whole reply, interim ones skipped."""
        status, fields = self.head()
        while status < 200:
            status, fields = self.head()
        if "chunked" in fields.get("transfer-encoding", ""):
            body = b"".join(self.chunks())
        else:
            body = self.exactly(int(fields.get("content-length", "0")))
        return Reply(status, fields, body)

    def chunks(self):
        while size := int(self.until(b"\r\n").split(b";")[0], 16):
            yield self.exactly(size)
            self.exactly(2)
        self.until(b"\r\n")

    def is_closed(self, timeout=5):
        """Whether the peer closes within the time; anything unread is dropped."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
        return True


def request(
        body=b"", path="/v1/chat/completions", key=None, method="POST", fields=(), length=True,
        content_type="application/json"):
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if body or method == "POST":
        lines.append(f"Content-Type: {content_type}")
        if length:
            lines.append(f"Content-Length: {len(body)}")
    lines += fields
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chat(model, stream=False, text="hello", **more):
    """The body of a chat request."""
    whole = {"model": model, "messages": [{"role": "user", "content": text}]} | more
    if stream:
        whole["stream"] = True
    return json.dumps(whole).encode()


def events(body):
    """The `data:` payloads of an SSE body, the closing marker left out."""
    data = [line[5:].strip() for line in body.split(b"\n") if line.startswith(b"data:")]
    return [json.loads(item) for item in data if item != b"[DONE]"]

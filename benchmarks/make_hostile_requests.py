"""Make broken requests from the server's OpenAPI document. benchmarks/hostile.py sends them."""

import random
from typing import Any
from urllib.parse import quote

from gan.web.openapi import document

WORDS = [
    "", "0", "1", "-1", "3", "9", "10", "7", "00", "1e3", "1.5", ".5", "NaN", "inf", "null", "true", "٣", "²", "４",
    "9" * 13, "9" * 5000, "-" * 70, "1234567890", "12.50 €", "1\n2", "\n" * 30, "0:1,1:2", "0:9", "99:1", "one", "ten",
    "png", "svg", "json", "strokes", "animated", "felt", "ballpoint", "quill", "#123", "#12g", "red", "A4", "fit",
    "left", "squared", "dense", "convolution", "all-digits", "linked", "odd", "brackets", "recorded", "nobody", "..",
    "../", "../../../../etc/passwd", "/etc/passwd", "%2e%2e%2f", "..%5c", "\\..\\", "\x00", "a\x00b", "%00", "\r\nX: y",
    "<script>alert(1)</script>", "' OR 1=1 --", "{{7*7}}", "${7*7}", "$(id)", "\ud800", "\uffff", "🙂", "a" * 3000,
    "all-digits/../linked", "all-digits,all-digits", "digit-3," * 12, "CON", "file:///etc/passwd", ".what-if", ".lock",
]  # fmt: skip
BODIES = [
    b"", b"{", b"[]", b"7", b"null", b'"x"', b"[" * 4000, b'{"a":' * 700, b"\xff\xfe\x00", b"{}" * 3000,
    b'{"digit": 10}', b'{"digit": 1e400}', b'{"seed": -1}', b'{"iterations": 0}', b'{"iterations": "many"}',
    b'{"iterations": NaN}',
    b'{"x": 1}', b'{"digit": 3, "digit": 4, "path": "../x"}', b'{"drawing": 1e9}', b'{"loss": []}', b"\x00" * 50,
    b'{"digit": ' + b"9" * 3000 + b"}", b"iterations=5", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
]  # fmt: skip
TYPES = [
    "application/json",
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-7",
    "",
    "\xff",
]
METHODS = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G T", "\x16\x03\x01"]
HEADERS = [
    ("If-None-Match", "*"), ("If-None-Match", '"' + "x" * 2000), ("If-Modified-Since", "yesterday"),
    ("Range", "bytes=9-1"),
    ("Range", "bytes=" + "0-1," * 500), ("Accept-Encoding", "gzip;q=nan"), ("Upgrade", "websocket"), ("Upgrade", "h2c"),
    ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "x"), ("Content-Length", "-1"),
    ("Content-Length", "9" * 30), ("Transfer-Encoding", "chunked, chunked"), ("X-Forwarded-Host", "evil.example"),
    ("Cookie", "a=" + "b" * 4000), ("Expect", "200-maybe"), ("Authorization", "Basic " + "=" * 200), ("X" * 300, "y"),
    ("A: b\r\nHost", "evil.example"), ("Content-Encoding", "deflate"), ("X", "\x00"), (" X", "y"), ("", "y"),
]  # fmt: skip
FOREIGN = [
    ("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"),
    ("Host", "evil.example"), ("Host", "127.0.0.1.evil.example"), ("Host", ""), ("Host", "192.168.1.5:1"),
    ("Host", "[::1"),
]  # fmt: skip
# Pages, files, and invalid addresses.
PLACES = [
    "/", "/write", "/learn", "/what-if", "/static/images", "/static/paper.css", "/static/../server.py", "/static/js",
    "/source/server.py", "/source/gan/plain/one_digit.py", "/source/..%2fserver.py", "/static/%2e%2e/server.py", "/static/%00",
    "//", "*", "/%", "/%zz", "http://evil.example/", "/api", "/api/", "/api/nothing", "/healthz?x=1", "/" + "a" * 9000,
    "/é", "/?" + "&" * 999,
]  # fmt: skip


class HostileRequests:
    """Make random requests. The same seed gives the same requests.

    Parameters
    ----------
    host : str
        The host name and port of the server.
    """

    def __init__(self, host: str, seed: int) -> None:
        self.host, self.rng = host, random.Random(seed)
        paths = document()["paths"]
        self.operations = [(path, method, what) for path, methods in paths.items() for method, what in methods.items()]

    def make(self) -> bytes:
        """Return the bytes of a request."""
        kind = self.rng.random()
        if kind < 0.03:
            return b"x" + self.rng.randbytes(self.rng.randint(1, 200)) + b"\r\n\r\n"
        if kind < 0.2:
            return self._sent(self.rng.choice(["GET", "HEAD", *METHODS]), self.rng.choice(PLACES), [], b"")
        path, method, what = self.rng.choice(self.operations)
        for name in ("id", "iteration", "drawing"):
            path = path.replace(f"{{{name}}}", self._quoted(self.rng.choice(WORDS)))
        path += self._query(what)
        if method == "get":
            return self._sent(self.rng.choice(["GET"] * 8 + ["HEAD", "PUT"]), path, [], b"")
        return self._bad_post(path)

    def _bad_post(self, path: str) -> bytes:
        """Return a POST that must be refused: cross-site, with an unknown parameter, or with a bad body."""
        content = self.rng.choice(BODIES)
        headers = [("Content-Type", self.rng.choice(TYPES))]
        if self.rng.random() < 0.5 or content in (b"", b"{}" * 3000):
            headers.append(self.rng.choice(FOREIGN))
        elif "?" not in path:
            path += "?unheard-of=1"
        return self._sent("POST", path, headers, content)

    def _query(self, what: dict[str, Any]) -> str:
        """Return a query string for an operation."""
        names = [one["name"] for one in what.get("parameters", []) if one["in"] == "query"]
        asked = [name for name in names if self.rng.random() < (0.8 if name in ("number", "digit", "layer") else 0.15)]
        asked += [self.rng.choice([*names, "x", ""])] if self.rng.random() < 0.1 else []
        pairs = [f"{name}={self._quoted(self._value(what, name))}" for name in asked]
        return "?" + "&".join(pairs) if pairs else ""

    def _value(self, what: dict[str, Any], name: str) -> str:
        """Return a value for a parameter. Half of the values are valid, so that some requests pass the checks."""
        schema: dict[str, Any] = next((one["schema"] for one in what.get("parameters", []) if one["name"] == name), {})
        good = [
            *schema.get("enum", ()),
            *(schema[limit] for limit in ("minimum", "maximum", "default") if limit in schema),
        ]
        return str(self.rng.choice(good)) if good and self.rng.random() < 0.5 else self.rng.choice(WORDS)

    def _quoted(self, word: str) -> str:
        """Return a word, usually percent-encoded as a browser would send it, sometimes unchanged."""
        return quote(word, safe="", errors="surrogatepass") if self.rng.random() < 0.9 else word

    def _sent(self, method: str, path: str, headers: list[tuple[str, str]], content: bytes) -> bytes:
        """Return the bytes of a request, sometimes with unusual headers added."""
        given = {"Host": self.host, "Connection": "close"} | dict(headers)
        if content or method == "POST":
            given["Content-Length"] = str(len(content))
        for name, value in self.rng.sample(HEADERS, self.rng.choice([0, 0, 0, 1, 2])):
            given[name] = value
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        return "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n" + content

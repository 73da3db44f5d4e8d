"""Requests that no page sends: made from the list of routes and what each view declares that it takes, always the same for a seed."""

from __future__ import annotations

import io
import json
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes

#: Stands in every word that was typed and is nobody's business: it may be in no line of the log.
MARK = "zqfuzz"

ODD = [
    "", " ", "0", "-1", "-0", "1.5", "1e999", "NaN", "Infinity", "99999999999999999999999999", "²", "٣", "１２", "1_000", "0x10", "null", "true",
    "2026-02-30", "2026-13-45", "0000-00-00", "0001-01-01", "9999-12-31", "2026-W50-2", "20261208", "2026-12-08T25:61", "2026-12-08 09:29",
    "2026-12-08T09:29+99:99", "24:00", "-1:-1", "99:99", "[]", "{}", '{"a":', "'; drop table child; --", "<script>alert(1)</script>",
    "{{ 7 * 7 }}", "%s%n%(x)s", "%", "%zz", "../../../../etc/passwd", "..\\..\\", "\x00", "a\x00b", "a\r\nSet-Cookie: x=y", "\x1b[31m", "\x7f",
    "\u202e", "\ufeff", "\u2028", "é", "漢字", "🧒🏽", "ﷺ" * 40, "e\u0301" * 50, "a" * 300, "b" * 5000, "c" * 70_000, "//evil.example", "/\\evil.example",
    "javascript:alert(1)", "https://evil.example", "http://[", "0" * 32, "f" * 31, "F" * 32, "g" * 32, "a@b", "a@b.c" * 60, "=?utf-8?q?x?=", "\ud800",
    "*", ":", ":::", "-", "--", "|", "a|b|c", ",", ";", "yes", "no", "nl", "xx", "NL-nl", "../x", ".", "..",
]  # fmt: skip
#: Words that take a view further than the first look at what was sent.
LIKELY = [
    "yes", "no", "nl", "en", "2026-12-09", "2026-12-15", "2026-12-22", "2027-01-04", "2026-12-08T09:29", "holiday", "illness", "08:00", "18:00",
    "1", "2", "60", "gele-regenlaarzen", "sanne@example.org", "123456", "Iets anders", "een heel lang wachtwoord", "/agenda", "administrator", "educator",
]  # fmt: skip
ACCEPT_LANGUAGE = [
    "nl",
    "en-GB,en;q=0.8",
    "*",
    "",
    "nl;q=9",
    "nl;q=x",
    "x" * 3000,
    ",,,;;;",
    "\xe9",
    "nl_NL;q=0.5;q=0.5",
    "zh-Hant-TW-x-private",
]
ORIGIN = [
    "null",
    "",
    "http://[",
    "https://evil.example",
    "http://localhost",
    "https://localhost:99999",
    "://",
    "\xff\xfe",
    "http://localhost:x",
]
REFERER = [
    "http://[",
    "https://[::1]:x/",
    "",
    "//",
    "\xff",
    "https://evil.example/a?b",
    "http://x/" + "a" * 3000,
    "http://a:b:c@d/",
    "http://\u2100",
]
COOKIES = ["", "=", ";;;", "__Host-sid", "__Host-sid=", '__Host-sid="', "__Host-sid=" + "a" * 43, "__Host-sid=a; __Host-sid=b", "__Host-tablet=" + "b" * 43,
           "__Host-known=" + "c" * 43, "__Host-lang=xx", "__Host-lang=\xff", "__Host-visit=" + "d" * 43, "a" * 5000, "__Host-sid=\xe9" + "e" * 42,
           "__Host-sid=%00" + "f" * 40]  # fmt: skip
TYPES = ["application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded; charset=nonsense", "multipart/form-data", "text/plain",
         "multipart/form-data; boundary=", 'multipart/form-data; boundary="', "multipart/mixed; boundary=x", "application/xml", "", ";", "\xff",
         "application/json; charset=utf-16", "application/x-www-form-urlencoded;" * 50]  # fmt: skip
OTHER_HEADERS = {
    "Authorization": ["Basic", "Basic x", "Basic =", "Basic /////w==", "Bearer", "Bearer x", "Digest username=\"", "Basic " + "QQ==" * 500, "\xff"],
    "Range": ["bytes=0-", "bytes=5-1", "bytes=-1", "bytes=99999999999-", "lines=1-2", "bytes=0-0,2-3"],
    "If-None-Match": ["*", '"', 'W/"x"', "\xff"],
    "If-Modified-Since": ["Tue, 99 Foo 2026 99:99:99 GMT", "0", "Tue, 08 Dec 2026 09:29:00 GMT"],
    "Accept": ["*/*", "application/json", ";q=", "text/html;q=nan", "\xff"],
    "User-Agent": ["", "x" * 3000, "Mozilla/5.0 (\u0001)", "\xff\xfe", "<script>"],
    "X-Forwarded-For": ["1.2.3.4", ",,,", "x" * 500, "::1, 127.0.0.1"],
    "X-Forwarded-Host": ["deroef.localhost", "evil.example"],
    "Content-Encoding": ["gzip", "x"],
    "X-HTTP-Method-Override": ["DELETE"],
    "Sec-Fetch-Mode": ["navigate", "x"],
    "Expect": ["100-continue", "x"],
}  # fmt: skip
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "get"]
_HIDDEN = re.compile(r"<(?:input|button|option)\b[^>]*>")
_PATH = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True)
class Target:
    """One route on one host. `takes`: the names that its view declares."""

    hosts: tuple[str, ...]
    method: str
    path: str
    endpoint: str
    takes: tuple[str, ...]


@dataclass
class Pool:
    """Words by name that mean something here: ids of rows of everybody, secrets that work, and what forms hold."""

    words: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ids: list[str] = field(default_factory=list)

    def harvest(self, page: str) -> None:
        for tag in _HIDDEN.findall(page):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and value:
                self.add(name[1], value[1])

    def add(self, name: str, word: str) -> None:
        known = self.words[name]
        if word not in known:
            known.append(word)
            del known[:-40]


def word_for(chance: random.Random, name: str, pool: Pool) -> str:
    stem = name.rstrip("*")
    known = [
        word
        for each in pool.words
        if each == name or (name.endswith("*") and each.startswith(stem))
        for word in pool.words[each]
    ]
    roll = chance.random()
    if known and roll < 0.45:
        return chance.choice(known)
    if roll < 0.55 and pool.ids:
        return chance.choice(pool.ids)
    if roll < 0.7:
        return chance.choice(LIKELY)
    word = chance.choice(ODD)
    if roll < 0.8 and len(word) < 400:
        return MARK + word
    return (
        "".join(
            chr(chance.choice((chance.randrange(32, 127), chance.randrange(0x2500))))
            for _ in range(chance.randrange(30))
        )
        if roll > 0.95
        else word
    )


def fields_for(chance: random.Random, target: Target, pool: Pool) -> list[tuple[str, str]]:
    found = []
    for name in target.takes:
        if chance.random() < 0.15:
            continue
        called = name
        if name.endswith("*"):
            held = [each for each in pool.words if each.startswith(name[:-1])]
            called = chance.choice(held) if held and chance.random() < 0.7 else name[:-1] + chance.choice(ODD)[:200]
        found += [(called, word_for(chance, name, pool)) for _ in range(chance.choice((1, 1, 1, 1, 1, 2, 5)))]
    if chance.random() < 0.15:
        found.append((chance.choice(ODD)[:300], chance.choice(ODD)))
    if chance.random() < 0.15:
        found.append(("lang", chance.choice(["nl", "en", "xx", "", "\x00"])))
    return found


def shape(chance: random.Random, depth: int = 0) -> Any:
    """JSON of any shape."""
    roll = chance.randrange(9 if depth < 4 else 6)
    if roll < 6:
        return (None, True, chance.choice(ODD), -1, 1e308, 10**40)[roll]
    if roll == 6:
        return [shape(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(ODD)[:50]: shape(chance, depth + 1) for _ in range(chance.randrange(4))}


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


def urlencoded(chance: random.Random, fields: list[tuple[str, str]]) -> bytes:
    raw = "&".join(
        f"{quote_from_bytes(_bytes(name))}={quote_from_bytes(_bytes(word))}" for name, word in fields
    ).encode()
    return raw + chance.choice((b"", b"", b"", b"&", b"&&=&=x", b"&%", b"&a=%ff%fe", b"&%00=1"))


def body_for(chance: random.Random, fields: list[tuple[str, str]]) -> tuple[bytes, str]:
    roll = chance.random()
    if roll < 0.7:
        return urlencoded(chance, fields), "application/x-www-form-urlencoded"
    if roll < 0.78:
        parts = b"".join(b'--line\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
                         % (_bytes(name), chance.choice((b"", b"", b'; filename="x.png"')), _bytes(word)) for name, word in fields)  # fmt: skip
        return parts + chance.choice((b"--line--\r\n", b"", b"--li")), "multipart/form-data; boundary=line"
    if roll < 0.92:
        sent = (
            shape(chance)
            if chance.random() < 0.5
            else {name: chance.choice((word, [word], {"a": word}, shape(chance))) for name, word in fields}
        )
        raw = json.dumps(sent).encode()
        return chance.choice((raw, raw, raw[:-1], b"[" * 50_000, raw + b"x", b"NaN")), "application/json"
    return chance.choice((urlencoded(chance, fields), chance.randbytes(200), b"")), chance.choice(TYPES)


def path_for(chance: random.Random, target: Target, pool: Pool) -> str:
    """As the server hands it on: the bytes of the address, one character each."""

    def fill(found: re.Match[str]) -> str:
        kind, name = found[1], found[2]
        if kind == "id" and chance.random() < 0.85:
            known = pool.words.get(name) or pool.ids
            return chance.choice(known if chance.random() < 0.7 else pool.ids or ["0" * 32])
        return word_for(chance, name, pool)[:3000] or "x"

    return _bytes(_PATH.sub(fill, target.path)).decode("latin-1")


def request_for(chance: random.Random, target: Target, pool: Pool, cookie: str) -> dict[str, Any]:
    """The WSGI environment of one request."""
    host = chance.choice(target.hosts)
    method = target.method if chance.random() < 0.93 else chance.choice(METHODS)
    fields = fields_for(chance, target, pool)
    in_query = method in ("GET", "HEAD") or chance.random() < 0.2
    query = urlencoded(chance, fields).decode("latin-1") if in_query else ""
    if chance.random() < 0.03:
        query += chance.choice(("&\xff=\xfe", "?a=b", "#x", "&" * 2000, "&a" * 1500))
    body, content_type = (
        body_for(chance, fields) if method not in ("GET", "HEAD") or chance.random() < 0.05 else (b"", "")
    )
    length = str(len(body)) if chance.random() < 0.97 else chance.choice(("", "0", str(len(body) + 50), "9999999999"))
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path_for(chance, target, pool), "QUERY_STRING": query,
        "SERVER_NAME": "localhost", "SERVER_PORT": "8000", "SERVER_PROTOCOL": chance.choice(("HTTP/1.1", "HTTP/1.1", "HTTP/1.0")),
        "HTTP_HOST": host, "REMOTE_ADDR": f"10.0.{chance.randrange(4)}.{chance.randrange(250)}", "wsgi.version": (1, 0),
        "wsgi.url_scheme": chance.choice(("https", "http")), "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False, "wsgi.input_terminated": chance.random() < 0.02,
        "CONTENT_TYPE": content_type, "CONTENT_LENGTH": length,
    }  # fmt: skip
    roll = chance.random()
    if roll < 0.85:
        environ["HTTP_SEC_FETCH_SITE"] = "same-origin"
    elif roll < 0.92:
        environ["HTTP_SEC_FETCH_SITE"] = chance.choice(("cross-site", "same-site", "none", "", "x", "\xff"))
    if roll > 0.9 or target.endpoint == "demo.enter":
        environ["HTTP_ORIGIN"] = chance.choice(
            [*ORIGIN, "http://localhost:8000", "http://localhost:8000", f"https://{host}"]
        )
    if chance.random() < 0.3:
        environ["HTTP_ACCEPT_LANGUAGE"] = chance.choice(ACCEPT_LANGUAGE)
    if chance.random() < 0.2:
        environ["HTTP_REFERER"] = _bytes(chance.choice(REFERER)).decode("latin-1")
    sent = cookie if chance.random() < 0.93 else "; ".join((cookie, chance.choice(COOKIES)))
    environ["HTTP_COOKIE"] = sent if chance.random() < 0.95 else chance.choice(COOKIES)
    for name in chance.sample(sorted(OTHER_HEADERS), chance.choice((0, 0, 0, 1, 2))):
        environ["HTTP_" + name.upper().replace("-", "_")] = chance.choice(OTHER_HEADERS[name])
    if chance.random() < 0.1:
        environ["HTTP_HX_REQUEST"] = "true"
    return environ

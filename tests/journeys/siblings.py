"""Portals under one wildcard certificate, as in production: a small proxy with TLS in front of the portal, and a page of
one organisation that somebody has taken over."""

from __future__ import annotations

import http.client
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BASE = "portal.test"
TAKEN_OVER = "/taken-over"  # a page without any header that holds it back, at the address of whichever portal is asked


def certificate(folder: Path) -> Path:
    """For every portal below the base domain; signed by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"*.{BASE}")])
    now = datetime.now(UTC)
    names = [x509.DNSName(f"*.{BASE}"), x509.DNSName(BASE), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "wildcard.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@dataclass
class Front:
    """What came by. A control takes a protection out of the answers on their way (`without`), or puts headers in (`more`)."""

    port: int
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    without: set[str] = field(default_factory=set)
    more: dict[str, str] = field(default_factory=dict)
    cookie: str | None = None  # that the page of who took a portal over sets

    def evil(self) -> list[tuple[str, str]]:
        return [("Content-Type", "text/html"), *([("Set-Cookie", self.cookie)] if self.cookie else [])]

    def last(self, method: str, path: str) -> dict[str, str]:
        """The headers of the last request for this, by their names in small letters."""
        return [headers for m, p, headers in self.seen if (m, p) == (method, path)][-1]


@contextmanager
def tls_in_front(folder: Path, behind: int) -> Iterator[Front]:
    """The Host header passes as it came, X-Forwarded-For is added: docs/operating.md."""

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            front.seen.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
            if self.path == TAKEN_OVER:
                self.give(200, front.evil(), b"<!doctype html><title>x</title>")
                return
            to = http.client.HTTPConnection("127.0.0.1", behind, timeout=20)
            to.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "x-forwarded-for"):
                    to.putheader(name, value)
            to.putheader("X-Forwarded-For", self.client_address[0])
            to.putheader("Connection", "close")
            to.endheaders(sent)
            answer = to.getresponse()
            body = answer.read()
            gone = {"connection", "transfer-encoding", "content-length", *front.without}
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in gone]
            self.give(answer.status, [*kept, *front.more.items()], body)
            to.close()

        def give(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_OPTIONS = pass_on  # noqa: N815 (the names that http.server asks for)

        def log_message(self, format: str, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # The handshake is made in the thread of each connection: one that says nothing keeps nobody waiting.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a browser that hangs up is no event
    front = Front(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

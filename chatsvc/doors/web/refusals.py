"""Refusals in HTTP, and the headers of every response."""

from __future__ import annotations

from http import HTTPStatus


def policy(styles: str = "'self'") -> str:
    """What a document may load, by Content-Security-Policy: its own server's files.

    styles: the sources of style sheets, as in CSP 3, section 2.3.1.
    """
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self';"
        " connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none';"
        " base-uri 'none'; form-action 'self'"
    )


# Of every response, unless its resource says otherwise.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": policy(),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
TEXT = "text/plain; charset=utf-8"


def refusal(status: int, text: str = "") -> bytes:
    """The response to a malformed request; the connection ends with it."""
    phrase = HTTPStatus(status).phrase
    body = f"{text or phrase}\n".encode()
    headers = HEADERS | {
        "Connection": "close",
        "Content-Length": str(len(body)),
        "Content-Type": TEXT,
    }
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status} {phrase}", *lines, "", ""]).encode() + body

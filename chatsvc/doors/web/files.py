"""The page's files: read, joined and compressed once, and cached by browsers for good.

The page is made of small JavaScript modules and style sheets. A browser gets one script, and the
page with its styles in it, as every file takes a round trip, which is long on a phone: after the
first file, people can begin to write.
"""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from functools import cache
from graphlib import TopologicalSorter
from hashlib import sha256
from pathlib import Path, PurePosixPath
from posixpath import join, normpath
from typing import TYPE_CHECKING

from twisted.web.http import CACHED
from twisted.web.resource import Resource

from chatsvc.doors.web.refusals import policy
from chatsvc.doors.web.resource import Nothing, Single

if TYPE_CHECKING:
    from chatsvc.doors.web.request import WebRequest

PAGE = Path(__file__).parent / "page"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
FOR_GOOD = "public, max-age=31536000, immutable"  # a changed file has another address
ASK_FIRST = "no-cache"
HASH = b"HASH"  # in a file, stands for the hash of all
STYLES = b"<style></style>"  # in the page, stands for its style sheets
_IMPORT = re.compile(r'^import [^;]*? from "([^"]+)";\n', re.MULTILINE)
# Of the page: indents, and what HTML lets one leave out, which are some end tags, and quotes.
_SPARE_OF_PAGE = re.compile(
    r'^ +|(?<=>)\n+(?= *<)|</(?:dd|dt|li|option)>|(?<==)"([\w-]+)"', re.MULTILINE
)
# Of style sheets.
_SPARE = re.compile(r"/\*.*?\*/\s*|(?<=[:;,{}>])\s+|\s+(?=[{}>])|;(?=\s*\})", re.DOTALL)
# Of scripts, each of whose statements ends with a semicolon or a brace: the brackets around a
# parameter are spare, too. What is not spare has a group: that parameter; a word that may have a
# shorter form; and what stays as it is, a text, a template, or a pattern.
_SPARE_OR_LITERAL = re.compile(
    r"//.*\s*|^export\s|\s+(?=[^\w\s]|\Z)|(?<=[^\w\s])\s+|;(?=\s*\})|,(?=\s*[\])}])"
    r"|(?<!\w)(?<!\w )\((?P<parameter>\w+)\)(?= =>)"
    r"|\b(?P<word>const|true|false|[A-Z][A-Z_]+)\b"
    r'|(?P<literal>"(?:[^"\\\n]|\\.)*"|`[^`]*`'
    r'|(?<![\w)\]"] )/(?![/ ])(?:[^/[\\\n]|\\.|\[(?:[^]\\\n]|\\.)*\])+/)',
    re.MULTILINE,
)


_SHORTER = {"const": "let", "true": "!0", "false": "!1"}  # words for the same
_CONSTANT = re.compile(r"^(?:export )?const ([A-Z][A-Z_]+) =", re.MULTILINE)


class Document(Single):
    """A file.

    name: its extension gives the type.
    caching: how browsers may keep it.
    headers: its other headers.
    packed: its compressed form; None if that is no smaller.
    """

    def __init__(self, name: str, body: bytes, caching: str, **headers: str) -> None:
        super().__init__()
        self.body = body
        packed = gzip.compress(body, 9, mtime=0)
        self.packed = packed if len(packed) < len(body) else None
        self._tag = f'W/"{sha256(body).hexdigest()[:16]}"'.encode()
        self._headers = {
            "Content-Type": TYPES[PurePosixPath(name).suffix],
            "Cache-Control": caching,
            "Vary": "Accept-Encoding",
            **headers,
        }

    def render_GET(self, request: WebRequest) -> bytes:
        """Answer with the file, unless the browser has it."""
        for name, value in self._headers.items():
            request.setHeader(name, value)
        if request.setETag(self._tag) is CACHED:
            return b""
        if self.packed is not None and _takes_gzip(request.getHeader("Accept-Encoding") or ""):
            request.setHeader("Content-Encoding", "gzip")
            return self.packed
        return self.body


class Anywhere(Nothing):
    """A document at every path with one more part, which its script reads."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    def getChild(self, path: bytes, request: WebRequest) -> Resource:
        """The document."""
        return self._document if path else self


@cache
def page() -> dict[bytes, Resource]:
    """The page's resources, by the first part of their paths."""
    static = {
        "page.js": script().encode(),
        **{file.name: file.read_bytes() for file in sorted((PAGE / "icons").iterdir())},
    }
    index = _SPARE_OF_PAGE.sub(r"\1", (PAGE / "index.html").read_text("utf-8")).encode()
    worker, manifest = [
        _packed((PAGE / name).read_text("utf-8")).encode()
        for name in ("sw.js", "manifest.webmanifest")
    ]
    look = styles().encode()
    index = index.replace(STYLES, b"<style>%s</style>" % look)
    digest = sha256(b"\0".join([*static.values(), index, worker, manifest]))
    version = digest.hexdigest()[:16].encode()
    index, worker, manifest = [each.replace(HASH, version) for each in (index, worker, manifest)]
    files, folder = Nothing(), Nothing()
    for name, body in static.items():
        folder.putChild(name.encode(), Document(name, body, FOR_GOOD))
    files.putChild(version, folder)
    allowed = f"'sha256-{b64encode(sha256(look).digest()).decode()}'"
    rules = {"Content-Security-Policy": policy(styles=allowed)}
    front = Document("index.html", index, ASK_FIRST, **rules)
    return {
        b"": front,
        b"static": files,
        b"join": Anywhere(front),
        b"sw.js": Document("sw.js", worker, ASK_FIRST),
        b"manifest.webmanifest": Document("manifest.webmanifest", manifest, ASK_FIRST),
        b"favicon.ico": Document("icon.svg", static["icon.svg"], "public, max-age=86400"),
    }


def script() -> str:
    """The page's modules in one, each after those that it imports, without comments and blanks.

    No two of them have the same name for different things.
    """
    texts = {
        str(file.relative_to(PAGE)): file.read_text("utf-8")
        for file in sorted(PAGE.rglob("*.js"))
        if file.name != "sw.js"
    }
    imports = {
        name: [normpath(join(PurePosixPath(name).parent, each)) for each in _IMPORT.findall(text)]
        for name, text in texts.items()
    }
    order = TopologicalSorter(imports).static_order()
    return _packed("".join(_IMPORT.sub("", texts[name]) for name in order))


def styles() -> str:
    """The page's style sheets in one, without comments and blanks."""
    texts = [file.read_text("utf-8") for file in sorted((PAGE / "look").iterdir())]
    return _SPARE.sub("", "".join(texts))


def _packed(script: str) -> str:
    """A script without comments, blanks, and what else is spare.

    Constants are called $0, $1 and so on, except for those in templates.
    """
    literals = [match["literal"] or "" for match in _SPARE_OR_LITERAL.finditer(script)]
    kept = set(re.findall(r"\w+", "".join(literals)))
    constants = [each for each in _CONSTANT.findall(script) if each not in kept]
    shorter = _SHORTER | {name: f"${number}" for number, name in enumerate(constants)}

    def packed(match: re.Match[str]) -> str:
        parameter, word, literal = match.group("parameter", "word", "literal")
        return parameter or literal or shorter.get(word, word) or ""

    return _SPARE_OR_LITERAL.sub(packed, script)


def _takes_gzip(encodings: str) -> bool:
    """Whether a list of encodings has gzip (RFC 9110, section 12.5.3)."""
    for each in encodings.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False

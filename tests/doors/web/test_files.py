"""The page's files: how they are served, and what is in them."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.doors.web import files
from tests.doors.web.browsing import Browser, Response, WebTestCase

MOST_BYTES = 100_000  # of the whole page, before it is compressed
MOST_PACKED = 35_000
MODULES = [file for file in sorted(files.PAGE.rglob("*.js")) if file.name != "sw.js"]
INDEX = (files.PAGE / "index.html").read_text("utf-8")
# Texts, templates and patterns of JavaScript.
LITERAL = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|(?<=[=(,] )/(?![/* ])(?:[^/\\\n]|\\.)+/(?=[dgimsuy]*[;,).])'
    r"|(?<=[(])/(?![/*])(?:[^/\\\n]|\\.)+/(?=[dgimsuy]*[;,).])"
)


class ServedTests(WebTestCase):
    def setUp(self) -> None:
        self.start()
        self.tab: Browser = self.browser()
        self.index: Response = self.tab.asks("GET", "/")

    def address(self, name: str) -> str:
        found = re.search(rf'"(/static/\w+/{re.escape(name)})"', self.index.body)
        assert found is not None, name
        return found[1]

    def test_the_page_and_its_files(self) -> None:
        for name, kind in (
            ("page.js", "text/javascript; charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
        ):
            answer = self.tab.asks("GET", self.address(name))
            self.assertEqual((answer.status, answer.headers["content-type"]), (200, kind))
            self.assertEqual(answer.headers["cache-control"], files.FOR_GOOD)
            self.assertTrue(answer.body)
        self.assertEqual(self.index.headers["cache-control"], files.ASK_FIRST)
        self.assertEqual(self.index.headers["content-type"], "text/html; charset=utf-8")

    def test_the_styles_are_in_the_page_and_no_others_may_be(self) -> None:
        [styles] = re.findall("<style>(.*?)</style>", self.index.body, re.DOTALL)
        self.assertEqual(styles, files.styles())
        digest = b64encode(sha256(styles.encode()).digest()).decode()
        rules = self.index.headers["content-security-policy"]
        self.assertIn(f"style-src 'sha256-{digest}';", rules)
        self.assertIn("script-src 'self';", rules)
        self.assertNotIn("unsafe", rules)

    def test_other_addresses_of_the_page(self) -> None:
        self.assertEqual(self.tab.asks("GET", "/join/AbC-123").body, self.index.body)
        manifest = self.tab.asks("GET", "/manifest.webmanifest")
        self.assertEqual(manifest.headers["content-type"], "application/manifest+json")
        self.assertNotIn("HASH", manifest.body + self.index.body)
        worker = self.tab.asks("GET", "/sw.js")
        for path in re.findall(r'"(/static/[^"]+)"', worker.body):
            self.assertEqual(self.tab.asks("HEAD", path).status, 200, path)

    def test_what_is_not_there(self) -> None:
        page = self.address("page.js")
        for path in (
            "/static", "/static/", "/static/0/page.js", f"{page}/x", f"{page}x", "/join", "/join/",
            "/join/a/b", "/page.js", page.replace("page.js", ""), page.replace("page.js", "../x"),
            page.replace("page.js", "%2e%2e/index.html"), "/index.html", "/sw.js/x",
        ):  # fmt: skip
            self.assertEqual(self.tab.asks("GET", path).status, 404, path)

    def test_browsers_that_have_a_file_are_told_so(self) -> None:
        for path in ("/", self.address("page.js")):
            tag = files_tag(self.tab.asks("GET", path))
            again = self.tab.asks("GET", path, If_None_Match=tag)
            self.assertEqual((again.status, again.body), (304, ""))
            self.assertNotIn("content-length", again.headers)  # it would be that of the whole
            self.assertEqual(self.tab.asks("GET", path, If_None_Match='W/"x"').status, 200)

    def test_compressed_for_those_who_take_it(self) -> None:
        document = files.page()[b""]
        assert isinstance(document, files.Document)
        for encodings, is_packed in (
            ("gzip, deflate, br", True), ("br;q=1.0, GZIP ; q=0.5", True), ("*", True),
            ("gzip;q=0", False), ("gzip; q=0.000", False), ("br", False), ("", False),
        ):  # fmt: skip
            self.tab.sends(
                f"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {encodings}\r\n\r\n".encode()
            )
            self.server.clock.pump([0, 1])
            head, _, body = self.tab.transport.value().partition(b"\r\n\r\n")
            self.tab.transport.clear()
            self.assertEqual(b"Content-Encoding: gzip" in head, is_packed, encodings)
            self.assertIn(b"Vary: Accept-Encoding", head)
            self.assertEqual(gzip.decompress(body) if is_packed else body, document.body)

    def test_small(self) -> None:
        [folder] = files.page()[b"static"].children.values()
        found = [*folder.children.values(), *files.page().values()]
        documents = {each.body: each for each in found if isinstance(each, files.Document)}
        self.assertLessEqual(sum(map(len, documents)), MOST_BYTES)
        packed = [len(each.packed or each.body) for each in documents.values()]
        self.assertLessEqual(sum(packed), MOST_PACKED)


class PageTests(SynchronousTestCase):
    """What is in the files."""

    def test_nothing_inline_and_nothing_from_elsewhere(self) -> None:
        for forbidden in (
            r"<script(?![^>]* src=)",
            r"<style>[^<]",
            r"\sstyle=",
            r"\son\w+=",
            "http",
        ):
            self.assertNotRegex(INDEX, forbidden)
        for file in MODULES:
            text = file.read_text("utf-8")
            for forbidden in (
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "eval(",
                "document.write",
            ):
                self.assertNotIn(forbidden, text, file)

    def test_modules_have_no_name_in_common(self) -> None:
        found: dict[str, Path] = {}
        for file in MODULES:
            for line in file.read_text("utf-8").splitlines():
                self.assertNotRegex(line, r"^import .* as |^export default|^export \{", file)
                for name in declared(line):
                    self.assertNotIn(name, found, f"{file} and {found.get(name)} have it")
                    found[name] = file

    def test_each_module_imports_what_it_uses(self) -> None:
        texts = {file: file.read_text("utf-8") for file in MODULES}
        homes = {
            name: file
            for file, text in texts.items()
            for line in text.splitlines()
            if line.startswith("export ")
            for name in declared(line)
        }
        for file, text in texts.items():
            imports = "".join(re.findall(r"^import [^;]*;", text, re.MULTILINE))
            code = re.sub(r"^import [^;]*;|//.*", "", text, flags=re.MULTILINE)
            for name, home in homes.items():
                uses = re.search(rf"(?<![\w.\"'`#/-]){name}\b(?!\s*[:\w]|[-\"'`])", code)
                if home != file and name[0].isupper() and uses:
                    self.assertRegex(imports, rf"\b{name}\b", f"{file} uses {name}")
            for name in re.findall(r"\w+", " ".join(re.findall(r"\{([^}]*)\}", imports))):
                self.assertRegex(code, rf"\b{name}\b", f"{file} does not use {name}")

    def test_no_text_or_pattern_loses_its_blanks(self) -> None:
        script, found = files.script(), 0
        for file in MODULES:
            code = re.sub(
                r"^ *//.*|^import .*| // .*", "", file.read_text("utf-8"), flags=re.MULTILINE
            )
            for text in LITERAL.findall(code):
                self.assertIn(text, script, file)
                if text[0] == "`":  # or else another template stands in it
                    self.assertEqual(text.count("${"), text.count("}"), file)
                found += 1
        self.assertGreater(found, 500)

    def test_constants_have_short_names_wherever_they_stand(self) -> None:
        script, texts = files.script(), [file.read_text("utf-8") for file in MODULES]
        found = re.findall(r"^(?:export )?const ([A-Z][A-Z_]+) =", "".join(texts), re.MULTILINE)
        self.assertGreater(len(found), 50)
        for name in found:
            is_kept = f"let {name}=" in script
            self.assertEqual(bool(re.search(rf"(?<![\w.]){name}\b", script)), is_kept, name)
        for number in range(50):
            self.assertEqual(len(re.findall(rf"\blet \${number}=", script)), 1)

    def test_the_script_finds_what_it_looks_for(self) -> None:
        for file in MODULES:
            for name in re.findall(r'find\("([\w-]+)"\)', file.read_text("utf-8")):
                self.assertIn(f'id="{name}"', INDEX, file)

    def test_each_id_is_there_once(self) -> None:
        ids = re.findall(r'\bid="([^"]+)"', INDEX)
        self.assertEqual(len(ids), len(set(ids)))
        for name in re.findall(
            r' (?:for|aria-controls|aria-labelledby|data-open)="([^"]+)"', INDEX
        ):
            self.assertIn(name, ids)

    def test_the_script_is_all_modules_each_behind_those_it_imports(self) -> None:
        script = files.script()
        self.assertNotRegex(script, r"(?m)^\s*(import|export|//)")
        self.assertLess(script.index("class Throttle"), script.index("class Queue"))
        self.assertLess(script.index("class Queue"), script.index("class Link"))
        self.assertTrue(script.rstrip().endswith('register("/sw.js");'))


def files_tag(answer: Response) -> str:
    return answer.headers["etag"].replace("w/", "W/")


def declared(line: str) -> list[str]:
    """The names that a line of a module declares for all of it."""
    found = re.match(
        r"(?:export )?(?:async )?(?:function|class|const|let) (?:(\w+)|[\[{]([^\]}]*))", line
    )
    if found is None:
        return []
    return [found[1]] if found[1] else re.findall(r"\w+(?=,|\s*$)", found[2])

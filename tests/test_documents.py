"""What the documents say is so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from twisted.trial.unittest import SynchronousTestCase

import chatsvc
from chatsvc.client.own_commands import OWN
from chatsvc.client.settings.command_line import settings
from chatsvc.client.settings.values import Settings
from chatsvc.doors.irc.supported.capabilities import capabilities
from chatsvc.doors.irc.verb import verbs
from chatsvc.service.options import Options
from chatsvc.settings import rooms
from chatsvc.settings.gathering import gather
from chatsvc.settings.table import SETTINGS

if TYPE_CHECKING:
    from chatsvc.doors.irc.client import Client

PROJECT = Path(chatsvc.__file__).parents[1]


class DocumentTests(SynchronousTestCase):
    def setUp(self) -> None:
        if not (PROJECT / "docs").exists():
            raise self.skipTest("the documents are not installed")

    def test_the_commands_are_described_as_they_are(self) -> None:
        printed = subprocess.check_output([sys.executable, PROJECT / "docs" / "commands.py"])
        described = (PROJECT / "docs" / "commands.md").read_bytes()
        self.assertEqual(printed, described, "run: python docs/commands.py > docs/commands.md")

    def test_the_metrics_are_described_as_they_are(self) -> None:
        printed = subprocess.check_output([sys.executable, PROJECT / "docs" / "metrics.py"])
        described = (PROJECT / "docs" / "metrics.md").read_bytes()
        self.assertEqual(printed, described, "run: python docs/metrics.py > docs/metrics.md")

    def test_the_settings_are_described_as_they_are(self) -> None:
        for option, name in (("", "docs/configuration.md"), ("--example", "contrib/chatsvc.toml")):
            script = str(PROJECT / "docs" / "configuration.py")
            words = [sys.executable, script, *option.split()]
            printed = subprocess.check_output(words)
            advice = f"run: python docs/configuration.py {option} > {name}"
            self.assertEqual(printed, (PROJECT / name).read_bytes(), advice)

    def test_the_example_of_settings_has_the_defaults(self) -> None:
        text = (PROJECT / "contrib" / "chatsvc.toml").read_text("utf-8")
        file = Path(self.enterContext(tempfile.TemporaryDirectory()), "chatsvc.toml")
        for pattern, names in (
            (r"^(?!x)x", set()),  # as it is
            (r"^#(?=[a-z-]+ = )", {each.name for each in SETTINGS if each.default}),
            (r"^#( Such as: |(?=[a-z-]+ = |\[rooms))", {each.name for each in SETTINGS}),
        ):
            file.write_text(re.sub(pattern, "", text, flags=re.MULTILINE), "utf-8")
            gathered = gather({}, file, {})
            self.assertEqual(gathered.mistakes, [])
            found = gathered.found.values()
            there = {each.setting.name for each in found if each.origin.kind == "file"}
            self.assertEqual(there, names)
            for each in found:
                if each.setting.default or each.setting.name not in there:
                    self.assertEqual(each.raw, each.setting.default_raw)
        self.assertEqual(set(gathered.rooms["#ops"]), {each.name for each in rooms.SETTINGS})

    def test_json_lines_are_described_as_they_are(self) -> None:
        printed = subprocess.check_output([sys.executable, PROJECT / "docs" / "schema.py"])
        described = (PROJECT / "docs" / "json-lines.schema.json").read_bytes()
        name = "docs/json-lines.schema.json"
        self.assertEqual(printed, described, f"run: python docs/schema.py > {name}")

    def test_command_lines_are_described_as_they_are(self) -> None:
        made = Path(self.enterContext(tempfile.TemporaryDirectory()))
        contrib = PROJECT / "contrib"
        for folder in ("completion", "man"):
            shutil.copytree(contrib / folder, made / folder)
        subprocess.check_call([sys.executable, PROJECT / "docs" / "command_lines", made])
        for path in made.glob("*/*"):
            there = contrib / path.relative_to(made)
            text = there.read_text("utf-8") if there.exists() else ""
            self.assertEqual(path.read_text("utf-8"), text, "run: python docs/command_lines")

    def test_the_readme_names_every_option(self) -> None:
        readme = (PROJECT / "README.md").read_text("utf-8")
        for name in Options():
            self.assertRegex(readme, rf"\| `--{name}[ `]")

    def test_what_irc_costs_is_described_as_it_is(self) -> None:
        text = (PROJECT / "docs" / "irc.md").read_text("utf-8")
        [described] = re.findall(r"other limit\.(.*?) and each\nfurther", text, re.DOTALL)
        found: dict[str, int] = {}
        for names, cost in re.findall(r"(.*?)\bas (two|three|five)\b", described, re.DOTALL):
            number = {"two": 2, "three": 3, "five": 5}[cost]
            found |= dict.fromkeys(re.findall(r"`(\w+)`", names), number)
        costs = {name: verb.cost for name, verb in verbs().items() if verb.cost > 1}
        self.assertEqual(costs.pop("NS"), costs["NICKSERV"])
        self.assertEqual(found, costs)

    def test_irc_capabilities_are_described_as_they_are(self) -> None:
        text = (PROJECT / "docs" / "irc.md").read_text("utf-8")
        named = text.partition("## Capabilities")[2].partition("; also")[0]
        client = cast("Client", SimpleNamespace(channel=SimpleNamespace(fingerprint="")))
        self.assertEqual(set(re.findall(r"`([\w./-]+)`", named)), set(capabilities(client)))

    def test_the_clients_settings_are_described_as_they_are(self) -> None:
        text = (PROJECT / "docs" / "client.md").read_text("utf-8")
        file = Path(self.enterContext(tempfile.TemporaryDirectory()), "file")
        file.write_text(text.partition("```toml\n")[2].partition("```")[0])
        self.assertEqual(settings(["--settings", str(file)]), Settings())
        self.assertTrue(all(f"`/{name}" in text for name in OWN))

    def test_links_lead_somewhere(self) -> None:
        anchors: dict[Path, set[str]] = {}
        links = []
        for file in (PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))):
            text = re.sub(r"^    .*", "", file.read_text("utf-8"), flags=re.M)  # no examples
            headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
            # As GitHub makes them.
            plain = [re.sub(r"[^\w -]", "", each.lower()) for each in headings]
            anchors[file] = {each.replace(" ", "-") for each in plain}
            links += [(file, each) for each in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", text)]
        self.assertGreater(len(links), 100)
        for file, link in links:
            path, _, anchor = link.partition("#")
            there = (file.parent / path).resolve() if path else file
            self.assertTrue(there.exists(), f"{file.name}: {link}")
            if anchor:
                self.assertIn(anchor, anchors[there], f"{file.name}: {link}")

"""Settings that change while the client runs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from chatsvc.client.settings.aliases import MOST
from tests.client.screen.seats import TtyTestCase
from tests.client.screen.sitting import InterfaceTestCase


class ChangingTests(InterfaceTestCase):
    def setUp(self) -> None:
        self.file = self.path = Path(
            self.enterContext(tempfile.TemporaryDirectory()), "client.toml"
        )
        super().setUp()

    def tells(self, typed: str, *told: str) -> None:
        """What is typed goes nowhere, and is answered with that, in the last rows."""
        self.assertEqual(self.enters(typed), [])
        rows = " ".join([row.strip() for row in self.screen.split("\n")[-9:-2]])
        for each in told:
            self.assertIn(each, rows)

    @property
    def kept(self) -> str:
        return self.path.read_text()

    def test_a_setting_counts_at_once_and_is_kept(self) -> None:
        self.tells("/set mouse", "mouse = on (from the default)")
        self.assertIn(b"\x1b[?1000h", self.draws() + self.interface.start() + self.draws())
        self.tells("/set mouse off", "mouse = off (from the file)")
        self.assertEqual(self.kept, "mouse = false\n")
        self.tells("/unset mouse", "mouse = on (from the default)")
        self.assertEqual(self.kept, "")

    def test_what_differs_from_the_default_is_listed(self) -> None:
        self.enters("/set mouse off")
        self.enters("/set port 6000")
        self.tells(
            "/set",
            "mouse = off (from the file)",
            "port = 5000 (from the default); 6000 from the next start",
            "As by default: align, ca, colours,",
        )
        self.assertNotIn("align = on", self.screen)

    def test_notices_and_highlights(self) -> None:
        self.draws()
        self.tells("/set highlights deploy prod", "highlights = deploy prod (from the file)")
        self.said("#lobby", "ann", "deploy, please")
        self.draws()
        self.assertEqual(self.emulator.rang, 1)
        self.tells("/set notices off", "notices = off")
        self.said("#lobby", "ann", "deploy, please")
        self.draws()
        self.assertEqual(self.emulator.rang, 1)
        self.assertEqual(self.kept, 'highlights = ["deploy", "prod"]\nnotices = "off"\n')

    def test_colours(self) -> None:
        self.begins(colours="off")
        self.said("#lobby", "ann", "hi")
        self.assertNotIn(b"38;5;", self.draws())
        self.enters("/set colours on")
        drawn = self.draws()
        self.assertIn(b"38;5;", drawn)
        self.assertIn(b"\x1b]11;?", drawn)
        self.assertNotIn(b"\x1b]11;?", self.draws())

    def test_names_in_a_column_and_comings(self) -> None:
        self.said("#lobby", "a_long_name", "hi")
        self.said("#lobby", "ann", "short")
        aligned = self.screen
        self.enters("/set align off")
        self.assertIn(":15 ann: short", self.screen)
        self.assertNotIn(":15 ann: short", aligned)
        self.enters("/set presence none")
        self.told("quit", name="ann")
        self.assertNotIn("ann has left", self.screen)

    def test_what_counts_from_the_next_start(self) -> None:
        self.tells("/set port 6000", "port = 5000 (from the default); 6000 from the next start")
        self.assertEqual(self.kept, "port = 6000\n")
        self.tells("/set host a.example:1", "Not set, as it could not be kept: ", "two ports")
        self.assertEqual(self.kept, "port = 6000\n")
        self.enters("/unset port")
        self.assertTrue(
            self.screen.split("\n")[-3].strip().endswith("port = 5000 (from the default)")
        )

    def test_a_setting_of_a_server_with_a_name(self) -> None:
        text = '[servers.Work] # mine\nhost = "chat.example.org"\n'
        self.path.write_text(text)
        self.begins(server="work")
        self.enters("/set port 6000")
        self.assertEqual(self.kept, f"{text}port = 6000\n")
        self.tells("/set servers x", "That is set by an editor.")

    def test_what_cannot_be_set(self) -> None:
        for typed, told in {
            "/set": "See also /bind, /alias and /notify.",
            "/set nothing": "There is no setting 'nothing'",
            "/set mouse perhaps": "Not set: mouse is on or off.",
            "/set notices loud": "Not set: notices is one of bell,",
            "/set port 99999999999": "Not set: port cannot be '99999999999'.",
            "/set port 0": "Not set: '0' is not a port",
            "/set keys x": "That is set by /bind.",
            "/set is-monochrome on": "There is no setting 'is-monochrome'",
            "/unset": "Write it like this: /unset notices",
            "/unset keys": "Write it like this: /unset notices",
            "/bind fly alt-f": "There is no action 'fly'",
            "/bind next x": "Not set: there is no key 'x'",
            "/bind next ctrl-f": "Not set: ctrl-f is the key for",
            "/unbind": "Write it like this: /unbind next",
            "/alias": "There are no aliases.",
            "/alias quit /part": "There is a command /quit already.",
            "/alias set /part": "There is a command /set already.",
            "/alias j": "No alias j.",
            "/alias j? /join": "Not set: an alias has 1 to 20",
            "/alias li /login bob $1": "No alias stands for a command with a password",
            "/unalias": "Write it like this: /unalias j",
            "/unalias j": "No alias j.",
        }.items():
            self.tells(typed, told)
        self.assertFalse(self.path.exists())

    def test_keys(self) -> None:
        self.tells("/bind people alt-f13", "Not set: there is no key")
        self.tells("/bind ids alt-z", "ids: alt-z")
        self.tells("/bind ids", "ids: alt-z  shows or hides the numbers of messages")
        self.said("#lobby", "ann", "hi", id=4711)
        self.assertNotIn("4711", self.screen)
        self.types("\x1bi")
        self.assertNotIn("4711", self.screen)
        self.types("\x1bz")
        self.assertIn("4711", self.screen)
        self.tells("/bind", "redraw       ctrl-l             redraws everything")
        self.tells("/bind ids f5", "ids: f5")
        self.types("\x1b[15~")
        self.assertNotIn("4711", self.screen)
        self.tells("/bind ids alt-z", "ids: alt-z")
        self.tells("/bind mouse none", "mouse: (no key)")
        self.assertEqual(self.kept, '[keys]\nids = "alt-z"\nmouse = ""\n')
        self.tells("/unbind ids", "ids: alt-i")
        self.assertEqual(self.kept, '[keys]\nmouse = ""\n')

    def test_aliases(self) -> None:
        self.tells("/alias /Ops /dm ann $*", "/ops = /dm ann $*")
        self.tells("/alias shrug well", "/shrug = well")
        self.tells("/alias", "/ops = /dm ann $*", "/shrug = well")
        asked = {"do": "dm", "username": "ann", "text": "hi there"}
        self.assertEqual(self.enters("/ops hi there"), [asked])
        said = {"do": "say", "room": "#lobby", "text": "well"}
        self.assertEqual(self.enters("/SHRUG"), [said])
        self.enters("/alias again /shrug")  # which is not looked up again
        self.assertEqual(self.enters("/again")[0]["line"], "/shrug")
        self.assertEqual(
            self.kept, '[aliases]\nops = "/dm ann $*"\nshrug = "well"\nagain = "/shrug"\n'
        )
        self.tells("/unalias shrug", "The alias /shrug is gone.")
        self.assertEqual(self.enters("/shrug")[0]["do"], "type")

    def test_aliases_of_the_file_hide_no_commands(self) -> None:
        self.begins(aliases={"quit": "never", "w": "/window cat"})
        self.tells("/alias", "/quit = never (the command of that name goes before)")
        self.enters("/w")
        self.assertIn("cat>", self.screen)
        self.enters("/quit")
        self.assertTrue(self.has_left)

    def test_no_more_aliases_than_there_may_be(self) -> None:
        self.begins(aliases={f"a{number}": "x" for number in range(MOST)})
        self.tells("/alias more x", f"Not set: there are at most {MOST} aliases.")

    def test_what_is_too_long_with_an_alias_stays(self) -> None:
        self.begins(aliases={"x": "$*" * 200})
        self.types("/x " + "a" * 200 + "\r")
        self.assertIn("!! That was not said: with the alias it is too long.", self.screen)

    def test_levels_are_kept(self) -> None:
        self.path.write_text('[levels]\n"#OPS" = "none" # noisy\n')
        self.begins(levels={"#OPS": "none"})
        self.enters("/notify #ops all")
        self.assertEqual(self.kept, '[levels]\n"#OPS" = "all" # noisy\n')
        self.enters("/notify #ops mentions")
        self.assertNotIn("#OPS", self.kept)

    def test_what_cannot_be_kept_ends_with_the_run(self) -> None:
        self.path.write_text("port = ")
        self.tells("/set align off", "align = off (from this run)", "It ends with this run, as")
        self.tells("/set port 6000", "Not set, as it could not be kept:")
        self.assertEqual(self.kept, "port = ")

    def test_completion(self) -> None:
        for typed, found in {
            "/set no": "/set notices ",
            "/set align of": "/set align off ",
            "/set notices osc77": "/set notices osc777 ",
            "/bind susp": "/bind suspend ",
            "/notify #lobby al": "/notify #lobby all ",
        }.items():
            self.types(f"{typed}\t")
            self.assertIn(f"> {found.rstrip()}", self.screen)
            self.types("\x15")


class TerminalTests(TtyTestCase):
    def test_a_server_with_a_name(self) -> None:
        settings = self.folder / "client.toml"
        settings.write_text(
            'theme = "mine"\n[themes.mine]\nbackground = "#000000"\nnames = [80]\nmention = 203\n'
            f'faint = 246\n[servers.work]\nhost = "127.0.0.1"\nport = {self.port}\n'
            'rooms = ["#ops"]\n'
        )
        bob = self.sits_down("work", "--settings", str(settings))
        bob.sees("2 #ops", f"client2@127.0.0.1:{self.port}")
        self.ann.types("hello")
        bob.receives(b"\x1b[0;38;5;80;1mclient1")
        self.assertIn(b"\x1b[38;5;246m", bob.sent)
        self.assertNotIn(b"\x1b]11", bob.sent)

    def test_settings_are_kept_for_the_next_run(self) -> None:
        settings = self.folder / "client.toml"
        settings.write_text("# mine\nalign = false # narrow\n")
        bob = self.comes("--settings", str(settings))
        bob.types("/set align\r")
        bob.sees("align = off (from the file)")
        bob.types("/set notices off\r/alias hi hello there, $1\r/bind ids alt-z\r")
        bob.sees("ids: alt-z")
        bob.types("/set colours\r/hi ann\r/quit\r")
        self.assertEqual(bob.ends(), 0)
        self.ann.sees("client2: hello there, ann")
        self.assertEqual(
            settings.read_text(),
            '# mine\nalign = false # narrow\nnotices = "off"\n\n'
            '[aliases]\nhi = "hello there, $1"\n\n[keys]\nids = "alt-z"\n',
        )
        again = self.sits_down("127.0.0.1", str(self.port), "--settings", str(settings))
        again.sees("Welcome, you are")
        again.types("/set notices\r/bind ids\r/alias hi\r")
        again.sees("notices = off (from the file)", "ids: alt-z", "/hi = hello there, $1")

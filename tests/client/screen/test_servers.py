"""Several servers on one screen: nothing of one appears at another."""

from __future__ import annotations

from typing import Any

from chatsvc.client.settings.checking import MOST_AT_ONCE
from chatsvc.terminal.keys import Key
from tests.client.screen.sitting import AT, InterfaceTestCase
from tests.client.terminal import SeatTestCase
from tests.patience import only_long
from tests.processes import free_port

HOME = {"host": "home.example", "rooms": ("#ops",), "levels": {"#ops": "all"}}
SERVERS = {
    "home": HOME,
    "club": {"host": "club.example", "login": "bob"},
    "tls": {"host": "tls.example", "ca": "ca.pem"},
    "lost": {"host": "lost.example", "login": "bob", "password_file": "/nowhere"},
}


NAMES = {"work": "worker", "home": "homer"}  # of bob, at each server


class ServersTestCase(InterfaceTestCase):
    """Bob has just come to one server, and then to another, his home."""

    def begins(self, size: tuple[int, int] = (80, 24), **options: Any) -> None:
        super().begins(size, **{"server": "work", "servers": {"work": HOME, **SERVERS}, **options})
        self.work = self.interface.here

    def connects(self) -> None:
        self.enters("/connect home")
        self.home = self.interface.here
        self.at_home("welcome", name="rob", others=1, rooms=["#lobby"])
        self.home.status(True)
        self.at_home("admitted", room="#ops", text="You are in #ops.")
        names = {"names": ["rob", "eve"], "where": "", "room": "#lobby"}
        self.at_home("listed", **names, more=0)

    def at_home(self, event: str, **fields: Any) -> None:
        self.home.hear({"event": event, "at": AT, **fields})

    def at_work(self, event: str, **fields: Any) -> None:
        self.work.hear({"event": event, "at": AT, **fields})


class ConnectTests(ServersTestCase):
    def test_labels_say_the_server_only_where_there_are_several(self) -> None:
        self.assertTrue(self.screen.endswith("\n#lobby>"))
        self.assertNotIn("work/", self.screen)
        self.connects()
        self.assertEqual(self.connections.started, [("home", "")])
        self.at_home("topic-set", room="#lobby", name="eve", topic="sweet home")
        rows = self.screen.split("\n")
        self.assertEqual(rows[0].strip(), "home/#lobby  sweet home")
        self.assertEqual(rows[-1], "home/#lobby>")
        self.assertIn("[2 home/#lobby, 2 here]", rows[-2])
        self.assertIn("  1 work/#lobby  3 home/#ops  rob@home.example:5000", rows[-2])
        self.enters("/disconnect")
        self.assertTrue(self.screen.endswith("\n#lobby>"))
        self.assertNotIn("/#", self.screen)
        self.assertEqual(self.connections.left, ["home"])

    def test_keys_go_from_server_to_server(self) -> None:
        self.connects()
        self.types("\x1b1")
        self.assertIn("[1 work/#lobby", self.status)
        self.at_home("said", room="#ops", text="hello all", id=9, **{"from": "eve"})
        self.at_home("said", room="#lobby", text="rob: hello", id=10, **{"from": "eve"})
        self.assertIn("  2 home/#lobby !1  3 home/#ops +1", self.status)
        self.types("\x1ba")
        self.assertIn("[2 home/#lobby", self.status)
        self.types("\x1ba\x1ba")
        self.assertIn("[1 work/#lobby", self.status)
        self.types("\x1bj03")
        self.assertIn("[3 home/#ops", self.status)
        self.types("\x0e")
        self.assertIn("[1 work/#lobby", self.status)
        self.types("\x10")
        self.assertIn("[3 home/#ops", self.status)
        self.types("\x0bwolo\r")
        self.assertIn("[1 work/#lobby", self.status)
        self.types("\x0beve\r")
        self.assertIn("[4 home/@eve", self.status)
        self.types("\x0bcat")
        self.assertIn("\n  work/@cat\n", self.screen)
        self.types("\r")
        self.assertIn("[2 work/@cat", self.status)
        self.enters("/window home/#ops")
        self.assertIn("[4 home/#ops", self.status)

    def test_what_is_typed_goes_to_the_server_of_the_window(self) -> None:
        self.connects()
        home = self.connections.links["home"].asked
        home.clear()
        self.types("for home")
        self.types("\x1b1")
        self.assertEqual(self.enters("for work"), [self.says("for work")])
        self.assertEqual(home, [])
        self.types("\x1b2")
        self.assertTrue(self.screen.endswith("home/#lobby> for home"))
        self.types("\r")
        self.assertEqual(home, [self.says("for home")])
        self.types("ev\t")
        self.assertTrue(self.screen.endswith("home/#lobby> eve:"))
        self.types("\x15ca\t")
        self.assertTrue(self.screen.endswith("home/#lobby> ca"))

    def says(self, text: str) -> dict[str, str]:
        return {"do": "say", "room": "#lobby", "text": text}

    def test_what_happens_elsewhere_is_shown_there(self) -> None:
        self.connects()
        self.at_work("renamed", name="bob", new="bobby")
        self.at_work("said", room="#lobby", text="only at work", id=9, **{"from": "cat"})
        self.at_work("admitted", room="#new", text="You are in #new.")
        self.assertIn("[3 home/#lobby", self.status)
        self.assertIn("rob@home.example", self.status)
        self.assertNotIn("only at work", self.screen)
        self.types("\x1b1")
        self.assertIn("bobby@chat.example.org", self.status)
        self.assertIn("only at work", self.screen)

    def test_levels_are_those_of_the_server(self) -> None:
        self.connects()
        self.noticed.clear()
        for told in self.at_work, self.at_home:
            told("said", room="#ops", text="hello all", id=9, **{"from": "eve"})
        self.assertEqual(self.noticed, [("home", "eve", "#ops", "hello all")])
        self.enters("/notify #ops none")
        self.at_home("said", room="#ops", text="hello all", id=10, **{"from": "eve"})
        self.assertEqual(len(self.noticed), 1)
        self.assertEqual(self.work.settings.levels, {})

    def test_notices_on_the_desktop_say_the_server_only_where_there_are_several(self) -> None:
        self.begins(notices="osc9")
        self.said("#lobby", "ann", "hello bob")
        self.assertTrue(self.interface.render().startswith(b"\x1b]9;ann: hello bob\a"))
        self.connects()
        self.at_home("said", room="#lobby", text="rob: hello", id=10, **{"from": "eve"})
        self.assertTrue(self.interface.render().startswith(b"\x1b]9;home/eve: rob: hello\a"))
        self.at_work("said", room="#lobby", text="bob: hello", id=10, **{"from": "eve"})
        self.assertTrue(self.interface.render().startswith(b"\x1b]9;work/eve: bob: hello\a"))

    def test_other_settings_are_those_of_all(self) -> None:
        self.connects()
        self.enters("/set presence none")
        for session in self.interface.sessions.all:
            self.assertEqual(session.settings.presence, "none")

    def test_a_lost_connection_is_told_anywhere(self) -> None:
        self.connects()
        self.work.status(False)
        self.assertIn("work: no connection, trying again", self.status)
        self.assertNotIn("The connection was lost.", self.screen)
        self.types("\x1b1")
        self.assertIn("The connection was lost.", self.screen)
        self.assertIn("]  no connection, trying again", self.status)

    def test_a_password_is_asked_for(self) -> None:
        self.enters("/connect CLUB")
        self.assertEqual(self.connections.started, [])
        self.types("correct\x1b[D")
        self.assertTrue(self.screen.endswith("Password of bob at club: •••••••"), self.screen)
        self.types("\r")
        self.assertEqual(self.connections.started, [("club", "correct")])
        self.assertIn(
            "[2 club/#lobby, 0 here]  connecting  1 work/#lobby  club.example:5000", self.status
        )
        self.assertNotIn("correct", str(self.interface._editor.history))

    def test_names_of_servers_are_completed(self) -> None:
        for typed, found in (
            ("/connect cl", "/connect club"),
            ("/disconnect l", "/disconnect lost"),
        ):
            self.types(f"{typed}\t")
            self.assertTrue(self.screen.endswith(f"> {found}"), self.screen)
            self.types("\x15")

    def test_no_password_no_connection(self) -> None:
        for key in ("escape", "enter"):
            self.enters("/connect club")
            self.interface.press(Key(key))
            self.assertTrue(self.screen.endswith("\n#lobby>"), self.screen)
            self.assertEqual(self.connections.started, [])

    def test_what_cannot_be(self) -> None:
        self.connects()
        for typed, told in {
            "/connect nowhere": "!! There is no server 'nowhere' in the settings;",
            "/connect tls": "!! Not connected: --tls needs pip install 'chatsvc[tls]'.",
            "/connect lost": "!! Not connected: /nowhere: No such file or directory.",
            "/disconnect club": "!! You are not connected to 'club';",
        }.items():
            self.enters(typed)
            self.assertIn(told, self.screen)
        self.assertEqual(len(self.interface.sessions.all), 2)
        self.enters("/connect home")
        self.assertEqual(len(self.interface.sessions.all), 2)
        self.enters("/connect")
        self.assertIn("-- work: connected\n", self.screen)
        self.assertIn("-- club: /connect club\n", self.screen)

    def test_the_most_at_once(self) -> None:
        self.begins(servers={f"s{number}": HOME for number in range(MOST_AT_ONCE)})
        for number in range(MOST_AT_ONCE):
            self.enters(f"/connect s{number}")
        self.assertEqual(len(self.interface.sessions.all), MOST_AT_ONCE)
        self.assertIn(f"!! {MOST_AT_ONCE} servers are the most at once.", self.screen)


class DisconnectTests(ServersTestCase):
    def test_leaving_one_server_leaves_the_others(self) -> None:
        self.connects()
        self.connections.unsaid = ["half a thing"]
        self.types("\x1b1")
        self.enters("/disconnect home")
        self.assertIn("!! home: not said: half a thing", self.screen)
        self.at_home("said", room="#lobby", text="rob: hello", id=10, **{"from": "eve"})
        self.assertEqual(self.noticed, [])
        self.assertFalse(self.has_left)
        self.enters("/disconnect")
        self.assertTrue(self.has_left)

    def test_an_address_is_named_in_any_case(self) -> None:
        self.begins(server="", host="Work.example", port=5000)
        self.enters("/connect home")
        self.enters("/disconnect work.Example:5000")
        self.assertEqual([each.name for each in self.interface.sessions.all], ["home"])

    def test_put_off_one_server(self) -> None:
        self.connects()
        self.interface.sessions.over(self.home, "You were kicked.")
        self.interface.sessions.over(self.home, "You were kicked.")
        self.assertEqual(self.screen.count("You were kicked."), 1)
        self.assertIn("!! home: You were kicked. To come back: /connect home", self.screen)
        self.assertFalse(self.has_left)
        self.interface.sessions.over(self.work, "You were kicked.")
        self.assertTrue(self.has_left)

    def test_a_list_of_its_messages_goes_with_a_server(self) -> None:
        self.connects()
        self.at_home("said", room="#lobby", text="rob: hello", id=10, **{"from": "eve"})
        self.enters("/mentions")
        self.assertIn("mentions:", self.screen)
        self.interface.sessions.over(self.home, "You were kicked.")
        self.types("\r")
        self.assertIn("[1 #lobby", self.status)

    def test_quitting_leaves_all(self) -> None:
        self.connects()
        self.enters("/quit")
        self.assertTrue(self.has_left)


class TerminalTests(SeatTestCase):
    """Two real servers, each with ann; bob has one screen for both."""

    def setUp(self) -> None:
        super().setUp()
        self.ports = {name: free_port() for name in ("work", "home")}
        self.servers = {name: self.opens(name) for name in self.ports}
        self.ann = {name: self.calls(port) for name, port in self.ports.items()}
        self.path = self.folder / "client.toml"
        lines = [f'logs = "{self.folder}/logs"\n']
        for name, port in self.ports.items():
            lines.append(
                f'[servers.{name}]\nhost = "127.0.0.1"\nport = {port}\nname = "{NAMES[name]}"\n'
            )
            lines.append('rooms = ["#ops"]\n')
        self.path.write_text("".join(lines))

    def opens(self, name: str) -> Any:
        listen = ("--port", self.ports[name], "--interface", "127.0.0.1")
        return self.serves(*listen, "--store", f"sqlite:{name}.sqlite")

    def test_one_is_killed_and_comes_back_while_the_other_goes_on(self) -> None:
        for name, ann in self.ann.items():
            ann.types("/join #ops", f"this is {name}")
        bob = self.sits_down("work", "home", "--settings", str(self.path), columns=110)
        bob.sees(
            "worker@127.0.0.1", "[1 work/#lobby", "2 work/#ops", "3 home/#lobby", "4 home/#ops"
        )
        for name, ann in self.ann.items():
            ann.sees(f"server: {NAMES[name]} has joined #ops.")
        bob.types("\x1b2to work\r\x1b4to home\r")
        for name, ann in self.ann.items():
            ann.sees(f"#ops {NAMES[name]}: to {name}")
        self.servers["home"].kill()
        self.servers["home"].wait()
        bob.sees("no connection, trying again")
        bob.types("home while away\r")
        bob.sees("no connection, trying again, 1 waiting")
        bob.types("\x1b2")
        bob.sees("[2 work/#ops", "home: no connection, trying again", "this is work")
        bob.types("work goes on\r")
        self.ann["work"].sees("#ops worker: work goes on")
        self.ann["work"].types("indeed, worker")
        bob.sees("indeed, worker")
        self.assertNotIn("home while away", bob.text)
        self.servers["home"] = self.opens("home")
        ann = self.calls(self.ports["home"])
        ann.types("/join #ops")
        ann.sees_some("homer: home while away")  # said before or after ann is there
        bob.types("\x1b4")
        bob.sees(
            "[4 home/#ops", "homer: home while away", "this is home", "The connection is back."
        )
        self.assertEqual(bob.text.count("homer: home while away"), 1)
        for word in ("indeed", "work goes on", "this is work"):
            self.assertNotIn(word, bob.text)
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)
        folder = self.folder / "logs"
        logs = {
            name: "".join([each.read_text() for each in (folder / name).rglob("*.log")])
            for name in self.ports
        }
        self.assertIn("homer: home while away", logs["home"])
        self.assertNotIn("work", logs["home"])
        self.assertIn("worker: work goes on", logs["work"])
        self.assertNotIn("home", logs["work"])

    @only_long
    def test_killed_with_two_servers_and_back_at_both(self) -> None:
        bob = self.sits_down("work", "home", "--settings", str(self.path), columns=110)
        bob.sees("2 work/#ops", "4 home/#ops")
        bob.process.kill()
        bob.process.wait()
        again = self.sits_down("work", "home", "--settings", str(self.path), columns=110)
        again.sees("The connection is back.", "2 work/#ops", "4 home/#ops", "worker@127.0.0.1")
        again.types("\x1b4")
        again.sees("[4 home/#ops", "homer@127.0.0.1")

    @only_long
    def test_one_that_is_away_at_first_and_one_that_is_left(self) -> None:
        self.servers["home"].kill()
        self.servers["home"].wait()
        bob = self.sits_down("work", "home", "--settings", str(self.path), columns=110)
        bob.sees("worker@127.0.0.1", "home: no connection, trying again")
        bob.types("\x1b3")
        bob.sees("[3 home/#lobby", "could not connect to 127.0.0.1 port")
        self.servers["home"] = self.opens("home")
        bob.sees("homer@127.0.0.1", "4 home/#ops")
        ann = self.calls(self.ports["home"])
        ann.types("/here ann is here")
        bob.sees("ann is here")
        bob.types("/disconnect home\r")
        bob.sees("\n#lobby>", "2 #ops")
        ann.sees("server: homer has quit.")
        bob.types("/connect home\r")
        bob.sees("4 home/#ops", "homer@127.0.0.1")
        bob.types("/quit\r")
        self.assertEqual(bob.ends(), 0)

    @only_long
    def test_wrong_passwords_and_a_server_without_tls(self) -> None:
        (self.folder / "secret").write_text("wrongwrong\n")
        port = self.ports["work"]
        own = f'login = "eve"\npassword-file = "{self.folder}/secret"\n'
        others = (
            f'[servers.eve]\nhost = "127.0.0.1"\nport = {port}\n{own}'
            f'[servers.asked]\nhost = "127.0.0.1"\nport = {port}\nlogin = "ann"\n'
            f'[servers.safe]\nhost = "127.0.0.1"\nport = {port}\ntls = true\n'
        )
        self.path.write_text(self.path.read_text() + others)
        self.ann["work"].types("/nick ann", "/register correcthorse")
        self.ann["work"].sees_some("The name ann is yours.")
        bob = self.sits_down("work", "eve", "--settings", str(self.path), columns=110)
        bob.sees("!! eve: ", "not logged in", "To come back: /connect", "\n#lobby>")
        bob.types("/connect asked\r")
        bob.sees("Password of ann at asked:")
        bob.types("correcthorse\r")
        bob.sees("[3 asked/#lobby", "ann@127.0.0.1")
        self.assertNotIn(b"correcthorse", bob.sent)
        bob.types("/connect safe\r")
        bob.sees("[4 safe/#lobby", "(trying again)")
        bob.types("/disconnect\r/disconnect\r")
        bob.sees("\n#lobby>", "[1 #lobby")
        bob.types("/disconnect\r")
        self.assertEqual(bob.ends(), 0)

    def test_several_take_the_screen(self) -> None:
        bob = self.sits_down("work", "home", "--plain", "--settings", str(self.path))
        self.assertEqual(bob.ends(), 2)
        self.assertIn("chatsvc: several servers take the full screen; name one of them", bob.text)

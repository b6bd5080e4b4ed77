"""Which source of a setting wins, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

from chatsvc.settings.found import Origin
from chatsvc.settings.gathering import MOST_MISTAKES, Gathered, gather, locate
from chatsvc.settings.kind import Raw
from tests.processes import FolderTestCase


class GatheringTests(FolderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "chatsvc.toml"

    def gathered(
        self, text: str = "", options: dict[str, Raw] | None = None, **environment: str
    ) -> Gathered:
        self.file.write_text(text, "utf-8")
        return gather(options or {}, self.file, environment)

    def test_options_win_over_the_file_and_that_over_the_environment(self) -> None:
        text = "[doors]\nport = 2\ninterface = '::1'\n[limits]\nbacklog = 2\n"
        found = self.gathered(
            text, {"port": "1"}, CHATSVC_PORT="3", CHATSVC_BACKLOG="3", CHATSVC_GRACE="3"
        ).found
        for name, value, kind, place in [
            ("port", 1, "option", "--port"),
            ("interface", ["::1"], "file", f"{self.file}:3"),
            ("backlog", 2, "file", f"{self.file}:5"),
            ("grace", 3, "environment", "CHATSVC_GRACE"),
            ("history", 10_000, "default", ""),
        ]:
            self.assertEqual((found[name].value, found[name].origin), (value, Origin(kind, place)))

    def test_a_list_is_taken_from_one_place(self) -> None:
        text = '[doors]\nlisten = ["unix:a,b"]'
        found = self.gathered(text, {"listen": ["tcp:1", "tcp:2"]}).found
        self.assertEqual(found["listen"].value, ["tcp:1", "tcp:2"])
        found = self.gathered(text, CHATSVC_LISTEN="tcp:3", CHATSVC_LINE="tcp:4, tcp:5").found
        self.assertEqual(found["listen"].value, ["unix:a,b"])
        self.assertEqual(found["line"].value, ["tcp:4", "tcp:5"])

    def test_an_empty_variable_counts_as_none(self) -> None:
        found = self.gathered(CHATSVC_PORT="").found
        self.assertEqual(found["port"].origin.kind, "default")

    def test_all_mistakes_are_said_at_once(self) -> None:
        text = """port = 1
[server]
server-nam = "x"
motd = 5
[doors]
port = 70000
backlog = 1
listen = ["tcp:1", 2]
doors = "line,ssh"
[dors]
port = 1
interface = 2
[limits]
wholly-unknown = 1
backlog = [1]
throttle = "fast"
[people.grace]
[people.invite-only]
x = 1
[rather.different]
"""
        gathered = self.gathered(text, {"tls-port": "x"}, CHATSVC_KEEP="long")
        from_0 = "a number from 0 to 65535"
        self.assertEqual(
            gathered.mistakes,
            [
                f"--tls-port: 'x' is not {from_0}.",
                *[
                    f"{self.file}:{each}"
                    for each in [
                        "1: port stands in the table [doors].",
                        "3: there is no setting server-nam in [server]; did you mean server-name?",
                        "4: motd: 5 is not the path of a file, or a text with line breaks.",
                        f"6: port: '70000' is not {from_0}, or off.",
                        "7: backlog stands in the table [limits], not in [doors].",
                        "8: listen: ['tcp:1', 2] is not a list of endpoints.",
                        "9: doors: 'ssh' is not one of line, irc, web.",
                        "10: there is no table [dors]; did you mean doors?",
                        "14: there is no setting wholly-unknown in [limits]; there are max-users,"
                        " max-per-address, throttle, backlog, history, history-bytes.",
                        "15: backlog: [1] is not a number from 0 to 200.",
                        "16: throttle: 'fast' is not a burst and lines a second such as 30/10, or"
                        " off.",
                        "17: grace: a table is not a number from 0 to 86400.",
                        "18: invite-only: a table is not on or off.",
                        "19: invite-only: a table is not on or off.",
                        "20: there is no table [rather]; there are [server], [doors], [tls],"
                        " [people], [limits], [store], [log], [rooms].",
                    ]
                ],
                "CHATSVC_KEEP: 'long' is not a span of time such as 90d, 12h or 30m, or off.",
            ],
        )

    def test_only_so_many_mistakes_are_said(self) -> None:
        mistakes = self.gathered("[doors]\nx = [\n]\n" + "y = 1\n" * 1000).mistakes
        self.assertEqual(len(mistakes), MOST_MISTAKES + 1)
        self.assertEqual(mistakes[-1], "1,950 more mistakes.")

    def test_a_value_that_another_hides_is_checked_as_well(self) -> None:
        gathered = self.gathered("[doors]\nport = 'x'", {"port": "1"})
        complaint = "'x' is not a number from 0 to 65535, or off."
        self.assertEqual(gathered.mistakes, [f"{self.file}:2: port: {complaint}"])

    def test_what_could_attack_a_terminal_is_shown_without_it(self) -> None:
        text = f'[doors]\nport = "\\u001b[31m\u202e"\n"\\u001b[31m\u202e{"x" * 99}" = 1'
        mistakes = self.gathered(text).mistakes
        self.assertEqual(len(mistakes), 2)
        for each in mistakes:
            self.assertTrue(each.isprintable(), each)
        self.assertLess(len(mistakes[1].partition("; ")[0]), len(str(self.file)) + 90)

    def test_a_file_that_cannot_be_understood(self) -> None:
        self.assertEqual(
            self.gathered("[doors]\nport = \n[limits]\nbacklog = 300").mistakes,
            [
                f"{self.file}:2: this is not TOML: invalid value, at character 8."
                " Texts stand in quotes.",
                f"{self.file}:4: backlog: '300' is not a number from 0 to 200.",
            ],
        )
        gathered = gather({}, self.folder, {})
        self.assertEqual(gathered.mistakes, [f"{self.folder}: it is a folder."])

    def test_the_file_is_beside_the_store(self) -> None:
        def located(
            named: str | None = None, options: dict[str, Raw] | None = None, **environment: str
        ) -> Path | None:
            return locate(named, options or {}, environment, self.folder.joinpath)

        other = self.folder / "other"
        self.assertEqual(located(), None)
        self.file.touch()
        self.assertEqual(located(), self.file)
        self.assertEqual(located(None, {"store": "memory:"}), self.file)
        self.assertEqual(located(None, {"store": "sqlite:other/chat.db"}), None)
        self.assertEqual(located(None, {"store": "wrong"}), None)
        other.mkdir()
        (other / "chatsvc.toml").touch()
        there = other / "chatsvc.toml"
        self.assertEqual(located(None, {"store": "sqlite:other/chat.db?synchronous=full"}), there)
        self.assertEqual(located(None, {}, CHATSVC_STORE="sqlite:other/chat.db"), there)
        self.assertEqual(located(None, {}, CHATSVC_CONFIG="named"), self.folder / "named")
        self.assertEqual(located("given", {}, CHATSVC_CONFIG="named"), self.folder / "given")

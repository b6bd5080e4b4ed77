"""The rooms in a file of settings."""

from __future__ import annotations

from chatsvc.settings import rooms
from chatsvc.settings.gathering import Gathered, gather
from tests.processes import FolderTestCase


class RoomsTests(FolderTestCase):
    def gathered(self, text: str) -> Gathered:
        self.file = self.folder / "chatsvc.toml"
        self.file.write_text(text, "utf-8")
        return gather({}, self.file, {})

    def test_each_setting_has_its_effect(self) -> None:
        expected: dict[str, object] = {}
        for line, (attribute, value) in {
            "topic = 'Be kind.'": ("topic", "Be kind."),
            "keep = '30d'": ("keep", 30 * 86400.0),
            "privacy = 'hidden'": ("privacy", "hidden"),
            "key = 'sesame'": ("password", "sesame"),
            "limit = 5": ("limit", 5),
            "guests = false": ("accounts_only", True),
            "topic-lock = true": ("is_locked", True),
        }.items():
            expected[attribute] = value
            gathered = self.gathered(f'[rooms."#ops"]\n{line}\n[rooms."#empty"]\n')
            self.assertEqual(gathered.mistakes, [])
            found = rooms.for_chat(gathered.rooms)
            self.assertEqual(found, {"#ops": {attribute: value}, "#empty": {}})
        self.assertEqual(len(expected), len(rooms.SETTINGS), "a setting is not tested")

    def test_off_is_as_it_usually_is(self) -> None:
        gathered = self.gathered('rooms."#ops" = {keep = false, limit = false, guests = true}')
        found = {"keep": None, "limit": 0, "accounts_only": False}
        self.assertEqual(rooms.for_chat(gathered.rooms), {"#ops": found})

    def test_mistakes(self) -> None:
        long = "x" * 301
        span = "a span of time such as 90d, 12h or 30m, or off"
        for text, mistakes in {
            "rooms = 5": ['1: rooms: a room is a table, such as [rooms."#ops"].'],
            "[rooms]\ntopic = 'x'": [
                '2: topic stands in the table of a room, such as [rooms."#ops"].'
            ],
            "[rooms.ops]\ntopic = 'x'\nkeep = '3d'": [
                '1: the name of a room begins with a #: [rooms."#ops"].'
            ],
            '[rooms."#"]': ["1: #: The name of a room is # and then 1 to 32 characters."],
            '[rooms."#a b"]': [
                '1: #a b: A name is made of letters, digits, "-" and "_": no space.'
            ],
            '[rooms."#Lobby"]': ["1: #lobby is always there, and has no settings."],
            '[rooms."#bill"]\n[rooms."#bi11"]': ["2: #bi11 looks like #bill."],
            '[rooms."#ops"]\ntopik = "x"': [
                "2: there is no setting topik of a room; did you mean topic?"
            ],
            '[rooms."#ops"]\nport = 5': [
                "2: there is no setting port of a room; port stands in [doors]."
            ],
            '[rooms."#ops"]\nzzz = 5': [
                "2: there is no setting zzz of a room; a room has topic, keep, privacy, key, limit,"
                " guests, topic-lock."
            ],
            f'[rooms."#ops"]\ntopic = "{long}"\nkeep = 5\nlimit = -1\nkey.a = 1': [
                f"2: topic: '{long[:79]}... is not a line of at most 300 characters.",
                f"3: keep: 5 is not {span}.",
                "4: limit: '-1' is not a number from 1 to 10000, or off.",
                "5: key: a table is not a line of at most 64 characters.",
            ],
            '[rooms."#ops"]\ntopic = "a\\nb"': [
                "2: topic: 'a\\nb' is not a line of at most 300 characters."
            ],
            '[rooms."#ops"]\nprivacy = "secret"': [
                "2: privacy: 'secret' is not one of public, hidden, invite-only."
            ],
        }.items():
            found = self.gathered(text).mistakes
            self.assertEqual(found, [f"{self.file}:{mistake}" for mistake in mistakes])

    def test_only_so_many(self) -> None:
        text = "".join(f'[rooms."#room{n}"]\n' for n in range(rooms.MOST + 1))
        gathered = self.gathered(text)
        complaint = "#room100: there are 100 rooms already, which is the most."
        self.assertEqual(gathered.mistakes, [f"{self.file}:101: {complaint}"])
        self.assertEqual(len(gathered.rooms), rooms.MOST)

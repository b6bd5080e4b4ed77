"""Windows: one for each room that one is in, and for each person with whom one talks alone."""

from __future__ import annotations

from chatsvc.client.screen.windows.windows import MOST_WINDOWS
from tests.client.screen.sitting import InterfaceTestCase


class WindowTests(InterfaceTestCase):
    def test_each_window_has_what_is_typed_there(self) -> None:
        self.joins("#ops")
        self.types("half a li\x1b[D")
        self.types("\x1b1")
        self.assertTrue(self.screen.endswith(">"))
        self.types("other")
        self.types("\x1b2")
        self.assertTrue(self.screen.endswith("> half a li"))
        self.types("X\x1f")
        self.assertTrue(self.screen.endswith("> half a li"))
        self.types("\x1f")
        self.assertTrue(self.screen.endswith(">"))
        self.types("\x1b1")
        self.assertEqual(self.enters(""), [{"do": "say", "room": "#lobby", "text": "other"}])

    def test_a_search_ends_where_one_goes_elsewhere(self) -> None:
        self.enters("something old")
        self.joins("#ops")
        self.types("\x12some")
        self.types("\x1b1x")
        self.assertTrue(self.screen.endswith("> x"))
        self.types("\x1b2y")
        self.assertTrue(self.screen.endswith("> something oldy"))

    def test_a_search_and_a_completion_end_where_the_line_is_cleared(self) -> None:
        self.enters("something old")
        for begun in "\x12some", "\x12", "half\x12zzz":
            self.types(f"{begun}\x03")
            self.assertNotIn("search:", self.status)
            self.assertNotIn("leaves", self.status)
            self.types("x\x12")
            self.assertTrue(self.screen.endswith("> x"))
            self.types("\x03")
        self.types("/wh\t")
        self.assertIn("/who  /whois", self.screen)
        self.types("\x03")
        self.assertNotIn("/whois", self.screen)

    def test_a_person_who_goes_and_comes(self) -> None:
        self.enters("/window CAT")
        self.assertIn("[2 @cat", self.status)
        self.types("half")
        self.told("quit", name="cat")
        self.assertIn("cat has quit.", self.screen)
        self.assertIn("[2 @cat, not here]", self.status)
        self.draws()
        self.types("\x1b1")
        self.assertIn(b"\x1b[0;2;7m2 @cat", self.interface.render())
        self.types("\x1b2")
        self.assertTrue(self.screen.endswith("> half"))
        self.assertEqual(self.enters(""), [])
        why = "!! That was not said: cat has left, and others can take that name."
        self.assertIn(why, self.screen)
        self.assertTrue(self.screen.endswith("> half"))
        self.assertEqual(self.enters(""), [{"do": "dm", "username": "cat", "text": "half"}])
        text = 'User "cat" is not connected to the server.'
        self.interface.here.hear({"error": {"code": "no-such-user", "text": text, "nonce": "1"}})
        self.assertIn(f"!! {text}", self.screen)
        windows = self.interface.here.windows
        self.assertTrue(windows.leads_nowhere(windows.current))
        self.told("joined", name="cat")
        self.assertIn("cat has joined.", self.screen)
        self.assertFalse(windows.leads_nowhere(windows.current))

    def test_what_waits_for_a_person_who_has_another_name_or_has_left(self) -> None:
        self.enters("/window cat")
        self.enters("hi")
        self.link.unsent = ["1"]
        self.told("renamed", name="cat", new="kate")
        self.assertEqual(self.link.readdressed, [("cat", "kate")])
        self.assertEqual(self.link.forgotten, [])
        self.told("lost", name="kate")
        self.assertEqual(self.link.forgotten, ["1"])
        self.assertIn("!! That was not said: kate has left, and others can take", self.screen)
        self.assertIn("!! bob: hi", self.screen)

    def test_what_is_on_its_way_to_a_person_who_leaves_is_answered(self) -> None:
        self.enters("/window cat")
        self.enters("hi")
        self.told("lost", name="cat")
        self.assertEqual(self.link.forgotten, [])

    def test_the_owner_of_an_account_goes_and_comes(self) -> None:
        self.told("direct", **{"from": "dan", "to": "bob", "text": "hi", "account": "dan"})
        self.enters("/window dan")
        hi = [{"do": "dm", "username": "dan", "text": "hi"}]
        self.told("quit", name="dan")
        self.assertEqual(self.enters("hi"), hi)  # nobody else can have the name
        self.told("joined", name="client9")
        self.told("renamed", name="client9", new="dan", account="dan")
        self.assertEqual(self.enters("hi"), hi)
        self.told("lost", name="dan")
        self.told("joined", name="dan")
        self.assertEqual(self.enters("hi"), [])
        self.assertIn("!! That was not said: this may be another dan than before.", self.screen)

    def test_the_owner_of_an_account_under_another_name(self) -> None:
        self.enters("/window cat")
        self.told("renamed", name="cat", new="kate", account="dan")
        self.told("quit", name="kate")
        self.assertEqual(self.enters("hi"), [])
        self.assertIn("!! That was not said: kate has left, and others can take", self.screen)
        self.told("joined", name="kate", account="dan")
        hi = [{"do": "dm", "username": "kate", "text": "hi"}]
        self.assertEqual(self.enters(""), hi)

    def test_a_person_with_another_name(self) -> None:
        self.enters("/window cat")
        self.told("renamed", name="cat", new="Kate")
        self.assertIn("cat is now known as Kate.", self.screen)
        self.assertEqual(self.enters("hi"), [{"do": "dm", "username": "Kate", "text": "hi"}])
        self.told("renamed", name="Kate", new="kate")
        self.assertEqual(self.enters("hi"), [{"do": "dm", "username": "kate", "text": "hi"}])

    def test_a_person_with_the_name_of_another(self) -> None:
        self.told("direct", **{"from": "dan", "to": "bob", "text": "hi"})
        self.told("quit", name="dan")
        self.enters("/window cat")
        self.told("renamed", name="cat", new="dan")
        self.refuses("for cat", "cat is dan now: /window dan")
        self.told("renamed", name="eve", new="cat")
        self.refuses("for cat", "this may be another cat than before.")
        self.assertEqual(self.enters("hi"), [])
        self.assertEqual(self.enters(""), [{"do": "dm", "username": "cat", "text": "hi"}])
        self.assertEqual(self.enters("ho"), [{"do": "dm", "username": "cat", "text": "ho"}])

    def test_a_stranger_takes_the_name_of_somebody_who_has_left(self) -> None:
        for goes, comes in (
            (("quit", {"name": "cat"}), ("renamed", {"name": "eve", "new": "Cat"})),
            (("lost", {"name": "cat"}), ("joined", {"name": "cat"})),
            (("quit", {"name": "cat"}), ("crowd-joined", {"name": "x1", "others": 30})),
            (
                ("welcome", {"name": "bob", "others": 2, "rooms": ["#lobby"]}),
                ("joined", {"name": "x"}),
            ),
        ):
            for text in ("for cat", "/me waves"):
                self.begins()
                self.enters("/window cat")
                self.types(text)
                for event, fields in (goes, comes):
                    self.told(event, **fields)
                self.told("direct", **{"from": "cat", "to": "bob", "text": "hi, it's me"})
                self.assertEqual(self.enters(""), [])
                self.assertIn("!! That was not said:", self.screen)
                self.assertTrue(self.screen.endswith(f"> {text}"))
                self.assertEqual(self.enters("!"), [])  # it is another line
                self.assertEqual(len(self.enters("")), 1)
                self.assertEqual(len(self.enters(text)), 1)

    def test_who_has_come_between_two_enters_is_told_first(self) -> None:
        self.enters("/window cat")
        self.told("quit", name="cat")
        self.assertEqual(self.enters("hi"), [])
        self.told("renamed", name="eve", new="cat")
        self.assertEqual(self.enters(""), [])
        self.assertIn("!! That was not said: this may be another cat than before.", self.screen)
        self.assertEqual(self.enters(""), [{"do": "dm", "username": "cat", "text": "hi"}])

    def test_what_waits_for_somebody_is_not_said_at_another_place(self) -> None:
        self.enters("/window cat")
        self.interface.here.status(False)
        self.link.asked.clear()
        self.types("hi cat\r/me waves\r/dm cat by name\r\x1b1for all\r")
        self.assertEqual(len(self.link.asked), 4)
        self.asks_first()
        self.assertEqual(self.link.forgotten, ["1", "2", "3"])
        self.types("\x1b2")
        self.assertIn("!! bob: hi cat", self.screen)
        self.assertIn("!! That may not have been said: this may be another cat", self.screen)

    def waits_by_name(self) -> None:
        """[Bob types that in the lobby, without a connection.]"""
        self.interface.here.status(False)
        self.enters("/msg cat by name")
        self.assertEqual(self.link.asked, [{"do": "dm", "username": "cat", "text": "by name"}])
        self.link.unsent = ["1"]
        self.link.forgotten.clear()

    def test_what_waits_by_name_is_for_who_has_it_then(self) -> None:
        self.waits_by_name()
        self.told("renamed", name="cat", new="kitty")
        self.assertEqual(self.link.readdressed[-1], ("cat", "kitty"))
        self.told("quit", name="cat")
        self.assertEqual(self.link.forgotten, [])
        self.told("quit", name="kitty")
        self.assertEqual(self.link.forgotten, ["1"])
        self.assertIn("!! /msg cat by name", self.screen)
        self.assertIn("!! That was not said: kitty has left", self.screen)

    def test_over_a_restart_of_the_server_names_may_be_those_of_others(self) -> None:
        back = {"token": "t", "seen": 8, "name": "bob", "rooms": ["#lobby"], "missing": 0}
        self.waits_by_name()
        self.told("resumed", **back)
        self.assertEqual(self.link.forgotten, [])
        self.told("resumed", **back, restarted=True)
        self.assertEqual(self.link.forgotten, ["1"])
        self.told("direct", **{"from": "cat", "to": "bob", "text": "hi", "account": "cat"}, id=10)
        self.waits_by_name()
        self.told("resumed", **back, restarted=True)
        self.assertEqual(self.link.forgotten, [])  # nobody else can have the name of an account

    def test_who_writes_to_a_name_means_it(self) -> None:
        self.enters("/window cat")
        self.told("quit", name="cat")
        self.told("joined", name="cat")
        self.enters("/dm cat is it you?")
        self.told("direct", **{"from": "bob", "to": "cat", "text": "is it you?"}, nonce="1", id=10)
        self.assertEqual(self.enters("hi"), [{"do": "dm", "username": "cat", "text": "hi"}])

    def test_after_a_long_time_without_a_connection_names_may_be_those_of_others(self) -> None:
        self.enters("/window cat")
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=0)
        self.assertEqual(len(self.enters("hi")), 1)
        self.told("resumed", token="t", seen=8, name="bob", rooms=["#lobby"], missing=1)
        self.refuses("hi", "this may be another cat than before.")

    def test_windows_of_nobody(self) -> None:
        for name in ("@", "two words", "x" * 40, "@\u200b"):
            self.enters(f"/window {name}")
            self.assertIn("Nobody has such a name.", self.status)
            self.assertEqual(len(self.interface.here.windows.all()), 1)

    def test_windows_of_no_number(self) -> None:
        for number in ("0", "7", "9" * 5000):
            self.enters(f"/window {number}")
            self.assertIn(f"There is no window {number[:20]}", self.screen)

    def test_writing_to_somebody_from_elsewhere(self) -> None:
        self.enters("/dm cat psst")
        self.told("direct", **{"from": "bob", "to": "cat", "text": "psst"}, nonce="1", id=10)
        self.assertIn("[1 #lobby", self.status)
        self.assertIn(" 2 @cat +1", self.status)
        self.assertNotIn("psst", self.screen)
        self.types("\x0e")
        self.assertIn("bob: psst", self.screen)
        self.enters("/dm nobody psst")
        self.interface.here.hear({"error": {"code": "no-such-user", "text": "No.", "nonce": "1"}})
        self.assertIn("!! No.", self.screen)

    def test_acts_to_one_person(self) -> None:
        self.told("directly-acted", **{"from": "cat", "to": "bob", "text": "waves"})
        self.types("\x0e")
        self.assertIn("[2 @cat", self.status)
        self.assertIn("* cat waves", self.screen)

    def test_what_waits_for_somebody(self) -> None:
        self.enters("/dm dan hi")
        self.told("queued", **{"from": "bob", "to": "dan", "text": "hi"}, answers="1")
        self.told("done", nonce="1")
        self.assertIn(" 2 @dan +1", self.status)
        self.types("\x0e")
        self.assertIn("bob: (waits) hi", self.screen)

    def test_closing_leads_back_to_the_window_before(self) -> None:
        for name in ("ann", "cat", "dan"):
            self.enters(f"/window {name}")
        self.types("\x1b2\x1b4")
        self.enters("/close")
        self.assertTrue(self.status.startswith("[2 @ann"), self.status)
        self.enters("/close")
        self.assertTrue(self.status.startswith("[2 @cat"), self.status)

    def test_what_is_typed_is_not_closed_first(self) -> None:
        self.enters("/window p0")
        self.types("a draft\x1b1")
        for number in range(1, MOST_WINDOWS + 10):
            self.told("direct", **{"from": f"p{number}", "to": "bob", "text": "hi"})
        self.assertEqual(len(self.interface.here.windows.all()), MOST_WINDOWS)
        self.types("\x1b2")
        self.assertTrue(self.screen.endswith("> a draft"))

"""Resuming: what happened to the program itself while it was gone."""

from __future__ import annotations

import json

from chatsvc.chat.accounts.missed_notices import MOST_NOTICES
from chatsvc.chat.identity.left_rooms import MOST_LINES
from chatsvc.text.lookalikes import skeleton
from tests.commands.test_accounts import PASSWORD
from tests.doors.resume.program import ResumeTestCase


class MeanwhileTests(ResumeTestCase):
    """What happened to the program itself while it was gone."""

    def test_who_was_put_out_meanwhile_reads_nothing_there(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"}, {"do": "say", "room": "#ops", "text": "hi"})
        self.bob.drops()
        self.ann.types("/kick #ops client2", "/say #ops a secret")
        self.ann.hears()
        told = self.comes_back({"do": "history"}, {"do": "history", "room": "#ops"})
        self.assertEqual(told[0]["rooms"], ["#lobby"])
        self.assertNotIn("a secret", json.dumps(told))

    def test_who_was_put_out_meanwhile_is_told(self) -> None:
        for is_noticed in (True, False):
            self.ann.types("/join #ops")
            self.asks({"do": "join", "room": "#ops"})
            self.ann.types("/say #ops one")
            self.assertEqual(self.texts(self.told(self.bob)), ["one"])
            self.cat.types("/join #ops")
            if is_noticed:
                self.bob.drops()
            self.cat.types("/say #ops two")
            self.ann.types("/say #ops three", "/kick #ops client2 because", "/say #ops secret")
            self.ann.hears()
            for again in (False, True):
                seen = self.seen
                told = self.comes_back()
                self.assertEqual((told[0]["event"], told[0]["rooms"]), ("resumed", ["#lobby"]))
                self.assertEqual(told[0]["left"], ["#ops"])
                self.assertEqual(self.texts(told), ["two", "three"])
                self.assertEqual([each["room"] for each in told if "text" in each], ["#ops"] * 3)
                self.assertEqual(told[-1]["event"], "dismissed")
                self.assertIn("kicked out of #ops, by client1 (act", told[-1]["text"])
                self.assertIn('"because"', told[-1]["text"])
                ids = [each["id"] for each in told[1:]]
                self.assertEqual(ids, sorted(set(ids)))
                if not again:  # what was told got lost on its way
                    self.seen = seen
                    self.bob.drops()
            self.bob.drops()
            self.assertEqual([each["event"] for each in self.comes_back()], ["resumed"])

    def test_who_was_put_out_and_has_read_that_is_not_told_again(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        self.ann.types("/say #ops one", "/kick #ops client2")
        told = self.told(self.bob)
        self.assertEqual([each["event"] for each in told], ["said", "kicked", "dismissed"])
        self.bob.drops()
        self.assertEqual([each["event"] for each in self.comes_back()], ["resumed"])

    def test_who_is_in_the_room_again_is_not_dismissed(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        seen = self.seen
        self.ann.types("/say #ops one", "/kick #ops client2")
        self.ann.hears()
        self.asks({"do": "join", "room": "#ops"})
        self.ann.types("/say #ops two")
        self.ann.hears()
        self.seen = seen
        self.bob.drops()
        told = self.comes_back()
        self.assertEqual((told[0]["rooms"], told[0].get("left", [])), (["#lobby", "#ops"], []))
        self.assertEqual(self.texts(told), ["one", "two"])
        self.assertNotIn("dismissed", [each["event"] for each in told])

    def test_what_was_said_to_oneself_alone_meanwhile_is_told(self) -> None:
        for is_noticed in (True, False):
            self.ann.types("/join #ops", "/privacy invite-only")
            self.ann.hears()
            if is_noticed:
                self.bob.drops()
            self.ann.types("/invite client2 #ops")
            self.ann.hears()
            resumed, invitation = self.comes_back()
            self.assertEqual(resumed["rooms"], ["#lobby"])
            self.assertEqual(invitation["text"], "client1 invites you: /join #ops")
            self.bob.drops()
            told = self.comes_back({"do": "join", "room": "#ops"})
            self.assertNotIn("invites", str(told))
            self.asks({"do": "part", "room": "#ops"})

    def test_what_was_said_to_oneself_alone_is_not_lost_by_a_cut_while_it_is_told(self) -> None:
        self.bob.drops()
        for number in range(3):
            self.server.chat.notices.tell(self.server.chat.users["client2"], f"number {number}")
        expected = [f"number {number}" for number in range(3)]
        for read in (0, 1, 2):  # of those, before the connection is lost again
            seen = self.seen
            told = [each for each in self.comes_back() if each["event"] == "notice"]
            self.assertEqual([each["text"] for each in told], expected)
            self.seen = told[read - 1]["id"] if read else seen
            del expected[:read]
            self.bob.drops()
        self.assertEqual([each["event"] for each in self.comes_back()], ["resumed"])

    def test_what_is_kept_for_the_return_is_bounded(self) -> None:
        self.ann.types("/join #ops")
        self.bob.drops()
        for number in range(MOST_NOTICES + 5):
            self.server.chat.notices.tell(self.server.chat.users["client2"], f"number {number}")
        told = self.comes_back()
        texts = [each["text"] for each in told if each["event"] == "notice"]
        self.assertEqual(texts, [f"number {n}" for n in range(5, MOST_NOTICES + 5)])

    def test_of_what_was_said_before_only_the_last_is_told(self) -> None:
        self.ann.types("/join #ops")
        self.asks({"do": "join", "room": "#ops"})
        self.bob.drops()
        self.ann.types(*[f"/say #ops {n}" for n in range(MOST_LINES + 5)], "/kick #ops client2")
        self.ann.hears()
        told = self.comes_back()
        self.assertEqual(told[0]["missing"], 1)
        self.assertEqual(self.texts(told), [f"{n}" for n in range(5, MOST_LINES + 5)])

    def test_who_was_put_off_the_server_meanwhile_is_told(self) -> None:
        self.begin(operators=frozenset({skeleton("rooty")}), plaintext_passwords=True)
        root = self.server.joined_by("127.0.0.1")
        root.types("/nick rooty", f"/register {PASSWORD}")
        root.hears()
        [given] = [each for each in self.asks({"do": "resume"}) if each["event"] == "resumable"]
        self.bob.drops()
        root.types("/kick server client2 because")
        self.assertIn("client2 was kicked", root.hears()[-1])
        _, error, *_ = self.comes_back(token=given["token"])
        self.assertEqual(error["error"]["code"], "put-off")
        self.assertIn("You were kicked off this server, by rooty", error["error"]["text"])
        self.assertIn('"because"', error["error"]["text"])
        self.bob.types('{"do": "quit"}')
        self.bob.drops()
        self.assertEqual(self.comes_back(token=given["token"])[1]["error"]["code"], "no-such-token")

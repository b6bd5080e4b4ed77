"""Every credential against every request and every room: what each may, and nothing beyond."""

from __future__ import annotations

from typing import NamedTuple

from tests.commands.test_accounts import PASSWORD
from tests.doors.web.programs.asking import Ear, ProgramTestCase

ROOMS = ("ops", "side", "hid", "shut", "others", "lobby", "none")
# Names that are not those of rooms, and what might be taken for one.
ODD = ("%23ops", "ops%2f", "..", "%2e%2e", "OPS", "ops%00", "%F0", "@ann", "server", "*")
SECRET = "hush"  # begins what was said in each room
PATHS = (
    "/rooms/ops/messages", "/rooms/ops/history", "/rooms/ops", "/rooms", "/hook/x", "/openapi.json",
)  # fmt: skip
OK, NO, NOT_THERE, WHO = 200, 403, 404, 401


class Credential(NamedTuple):
    """What a program has.

    words: of `/token add`; empty for none.
    header: the value of Authorization; empty for that of the token.
    """

    words: str
    header: str = ""
    reads: tuple[str, ...] = ()
    speaks: tuple[str, ...] = ()


# Ann is in all of them but #others, which is Dan's, invite-only, and #none, which does not exist.
HERS = ("ops", "side", "hid", "shut", "lobby")
PUBLIC = ("ops", "side", "lobby")
CREDENTIALS = {
    "all": Credential("everything", reads=HERS, speaks=HERS),
    "reader": Credential("reader read", reads=HERS),
    "speaker": Credential("speaker speak", speaks=HERS),
    "of ops": Credential("ops #ops", reads=("ops",), speaks=("ops",)),
    "reader of ops": Credential("opsreader #ops read", reads=("ops",)),
    "speaker of side": Credential("sidespeaker #side speak", speaks=("side",)),
    "of two": Credential("two #hid #shut read", reads=("hid", "shut")),
    "none": Credential("", reads=PUBLIC),
    "unknown": Credential("", "Bearer " + "x" * 43),
    "basic": Credential("", "Basic YW5uOnBhc3N3b3Jk"),
    "empty": Credential("", "Bearer "),
    "long": Credential("", "Bearer " + "x" * 5000),
    "odd": Credential("", "Bearer \xe9\xff"),
}


class MatrixTests(ProgramTestCase):
    """Ann owns #ops and #side, which are public, #hid and #shut; Dan owns #others."""

    def setUp(self) -> None:
        super().setUp()
        self.dan = self.server.joined_by("10.0.0.8")
        for room, *more in (
            ("#side",),
            ("#hid", "/privacy #hid invite-only"),
            ("#shut", "/key #shut k3y"),
        ):
            self.does("ann", f"/join {room}", *more)
        for name in reversed(HERS):  # #ops at last, as that is where she then is
            self.does("ann", f"/say #{name} {SECRET}-{name}")
        self.does(
            "dan", "/nick dan", f"/register {PASSWORD}", "/join #others", "/say #others hush-others"
        )
        self.does("dan", "/privacy #others invite-only")

    def does(self, who: str, *lines: str) -> None:
        for line in lines:
            getattr(self, who).types(line)
            self.server.clock.pump([0, 0.2])

    def header(self, credential: Credential) -> dict[str, str]:
        """The header of a request with a credential."""
        header = credential.header
        if credential.words:
            [told] = [line for line in self.ann.asks(f"/token add {credential.words}")
                      if " is the token" in line]  # fmt: skip
            header = f"Bearer {told.partition(' is the token')[0].rpartition(': ')[2]}"
        return {"Authorization": header} if header else {}

    def streams(self, room: str, header: dict[str, str]) -> bool:
        """Whether a stream of a room is given, with what was said in it."""
        ear = Ear(self.browser(), f"/rooms/{room}/events", **header, Last_Event_ID="1")
        is_given = ear.head.startswith("HTTP/1.1 200 ")
        if is_given:
            self.assertIn(SECRET, "".join(ear.hears()), room)
        ear.drops()
        return is_given

    def last(self) -> int:
        return self.server.chat.delivery.last_id

    def test_every_credential_in_every_room(self) -> None:
        for name, credential in CREDENTIALS.items():
            header = self.header(credential)
            for room in (*ROOMS, *ODD):
                what = f"{name} in {room}"
                real = {"OPS": "ops", "%23ops": "ops"}.get(room, room)
                response = self.gets(f"/rooms/{room}/history", **header)
                is_read = response.status == OK
                self.assertEqual(is_read, real in credential.reads, (what, response.status))
                self.assertEqual(f"{SECRET}-{real}" in response.body, is_read, what)
                self.assertEqual(response.body.count(SECRET), is_read, what)
                self.assertEqual(self.streams(room, header), is_read, what)
                before = self.last()
                said = self.posts(f"/rooms/{room}/messages", "hello", **header)
                self.assertEqual(said.status == OK, real in credential.speaks, (what, said.status))
                self.assertEqual(self.last() > before, said.status == OK, what)
                for each in (response, said):
                    self.assertIn(each.status, (OK, 400, WHO, NO, NOT_THERE), what)

    def test_what_cannot_be_told_apart(self) -> None:
        """A room that is closed to a program, and one that does not exist."""
        for name in ("all", "of ops", "none"):
            header = self.header(CREDENTIALS[name])
            for path in ("/rooms/{}/history", "/rooms/{}/events"):
                told = [self.gets(path.format(room), **header) for room in ("others", "none")]
                self.assertEqual([each.status for each in told], [NOT_THERE] * 2)
                self.assertEqual(told[0].error.replace("others", "none"), told[1].error)

    def test_keys_of_hooks_and_tokens_do_not_stand_for_each_other(self) -> None:
        key, token = self.key(), self.token("#ops")
        before = self.last()
        for path, header in (
            (f"/hook/{token.removeprefix('Bearer ')}", {}),
            (f"/hook/{token.removeprefix('Bearer ')}", {"Authorization": token}),
            ("/hook/x", {"Authorization": token}),
            ("/rooms/ops/messages", {"Authorization": f"Bearer {key}"}),
            (f"/rooms/ops/messages?token={token[7:]}", {}),
            (f"/hook/{key}/", {}), (f"/hook/{key}x", {}), (f"/hook/{key[:-1]}", {}),
            (f"/hook//{key}", {}), (f"/hook/{key.swapcase()}", {}),
        ):  # fmt: skip
            self.assertIn(self.posts(path, "hello", **header).status, (WHO, NOT_THERE), path)
        self.assertEqual(self.last(), before)
        for header in ({"Authorization": f"Bearer {key}"}, {}):
            self.assertEqual(self.gets("/rooms/hid/history", **header).status == OK, False)

    def test_other_methods(self) -> None:
        header = {"Authorization": self.token()}
        before = self.last()
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "GET", "POST", "TRACE"):
            for path in PATHS:
                response = self.browser().asks(method, path, **header)
                self.assertNotEqual(response.status // 100, 5, (method, path, response.status))
        self.assertEqual(self.last(), before)

    def test_what_ends_a_token_ends_each_use_of_it(self) -> None:
        for end in ("/token revoke bot1", "/logout everywhere", f"/passwd {PASSWORD} {PASSWORD}2"):
            self.setUp()
            self.tokens = 0
            header = {"Authorization": self.token()}
            self.assertEqual(self.gets("/rooms/hid/history", **header).status, OK)
            self.does("ann", end)
            self.assertEqual(self.gets("/rooms/hid/history", **header).status, WHO, end)
            self.assertEqual(self.posts("/rooms/hid/messages", "x", **header).status, WHO, end)

    def test_restrictions_of_the_owner_count(self) -> None:
        """Somebody who may not be in a room, or not speak there, does so by no program."""
        token = self.token_of_dan()
        for line, reads, speaks in (
            ("/ban #ops dan", False, False), ("/mute #ops dan for 1h", True, False),
            ("/moderated #ops on", True, False), ("/privacy #ops invite-only", False, False),
            ("/key #ops k3y", False, False),
        ):  # fmt: skip
            self.does("ann", line)
            told = line, self.gets("/rooms/ops/history", **token).status
            self.assertEqual(told[1] == OK, reads, told)
            said = self.posts("/rooms/ops/messages", "x", **token)
            self.assertEqual(said.status == OK, speaks, (line, said.status))
            self.does("ann", "/unban #ops dan", "/unmute #ops dan", "/moderated #ops off")
            self.does("ann", "/privacy #ops public", "/key #ops")
            if reads:
                self.assertEqual(self.posts("/rooms/ops/messages", "x", **token).status, OK, line)

    def token_of_dan(self) -> dict[str, str]:
        [told] = [line for line in self.dan.asks("/token add x") if " is the token" in line]
        return {"Authorization": f"Bearer {told.partition(' is the token')[0].rpartition(': ')[2]}"}

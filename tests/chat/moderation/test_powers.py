"""Who may do what to whom: every role against every role, for every act."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.chat.moderation.powers import OPPOSITES, TABLE, as_markdown, may
from chatsvc.chat.rooms.roles import Role

# Written by hand, not from the table: for each act a row for who does it, from visitor to
# administrator, with a mark for each role that it may hit, in the same order; "=" where it hits
# nobody.
NO = "......"
LOWER = (NO, NO, "xx....", "xxx...", "xxxx..", "xxxxx.")
MAKES = (NO, NO, NO, "xx....", "xx....", "xx....")
UNMAKES = (NO, NO, NO, "..x...", "..x...", "..x...")
VOICES = (NO, NO, "xxx...", "xxxx..", "xxxxx.", "xxxxx.")
LOOKS = (NO, NO, "=", "=", "=", "=")
GIVES = (NO, NO, NO, "=", "=", "=")
EXPECTED = {
    "kick": LOWER,
    "ban": LOWER,
    "unban": LOWER,
    "mute": LOWER,
    "unmute": LOWER,
    "redact": LOWER,
    "exempt": LOOKS,
    "unexempt": LOOKS,
    "admit": LOOKS,
    "unadmit": LOOKS,
    "op": MAKES,
    "deop": UNMAKES,
    "voice": VOICES,
    "devoice": VOICES,
    "moderated": LOOKS,
    "hook": LOOKS,
    "bans": LOOKS,
    "log": LOOKS,
    "owner": GIVES,
}


class RoleTests(SynchronousTestCase):
    def test_every_role_against_every_role_for_every_act(self) -> None:
        self.assertEqual(set(TABLE), set(EXPECTED))
        looked_at = 0
        for act, rows in EXPECTED.items():
            for role, row in zip(Role, rows, strict=True):
                self.assertEqual(may(role, act), row != NO, (act, role))
                for other, mark in zip(Role, row if row != "=" else NO, strict=True):
                    self.assertEqual(may(role, act, other), mark == "x", (act, role, other))
                    looked_at += 1
        self.assertEqual(looked_at, len(TABLE) * len(Role) ** 2)

    def test_an_owner_without_an_account_may_be_kicked_by_moderators_as_well(self) -> None:
        more = [
            (role, act, other)
            for act in TABLE
            for role in Role
            for other in Role
            if may(role, act, other, is_guest=True) is not may(role, act, other)
        ]
        self.assertEqual(more, [(Role.MODERATOR, "kick", Role.OWNER)])

    def test_nobody_acts_against_those_who_are_as_high_or_higher(self) -> None:
        for act in TABLE.keys() - {"voice", "devoice"}:  # which take nothing from anybody
            for role in Role:
                for other in Role:
                    if other >= role:
                        self.assertFalse(may(role, act, other), (act, role, other))

    def test_whoever_may_do_an_act_that_lasts_may_undo_it(self) -> None:
        for act, opposite in OPPOSITES.items():
            for role in Role:
                self.assertEqual(may(role, act), may(role, opposite))
        for act in ("ban", "mute", "voice"):
            for role in Role:
                for other in Role:
                    self.assertEqual(may(role, act, other), may(role, OPPOSITES[act], other))

    def test_as_documents_have_it(self) -> None:
        lines = as_markdown().splitlines()
        roles = "visitor | participant | moderator | owner | operator | administrator"
        self.assertEqual(lines[0], f"| act | {roles} |")
        self.assertEqual(lines[1], "|---|---|---|---|---|---|---|")
        self.assertEqual(
            lines[2],
            "| kick | no | no | visitors, participants, owners without an account"
            " | visitors, participants, moderators"
            " | visitors, participants, moderators, owners"
            " | visitors, participants, moderators, owners, operators |",
        )
        self.assertEqual(lines[-1], "| log | no | no | yes | yes | yes | yes |")
        self.assertEqual(len(lines), len(TABLE) + 2)

    def test_how_roles_are_spoken_of(self) -> None:
        self.assertEqual(
            [role.title for role in Role],
            [
                *("a visitor", "a participant", "a moderator", "the owner", "an operator"),
                "an administrator",
            ],
        )

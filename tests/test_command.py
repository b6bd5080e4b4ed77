"""Commands: how they are read, refused and explained."""

from __future__ import annotations

from unicodedata import normalize

from chatsvc.chat.accounts.account import Account
from chatsvc.command.command import commands
from chatsvc.command.typed import MOST_SLIPS, _begins_message, _slipped, meant, secrets
from chatsvc.errors import Misused, Unsaid
from tests.harness import ChatTestCase, Person


class ReadingTests(ChatTestCase):
    def test_what_is_said_to_everyone(self) -> None:
        for typed, said in {
            '/bc "Hello!"': "Hello!",
            "/bc Hello!": "Hello!",
            "/BC  spaced   out ": "spaced   out",
            "hello": "hello",
            '"hello"': "hello",
            '"she said "hi""': 'she said "hi"',
            '/bc "half': '"half',
            "//quit": "/quit",
            "//": "/",
            "1/2": "1/2",
        }.items():
            self.ann.types(typed)
            self.everyone_hears(f"client1: {said}")

    def test_what_is_said_to_one(self) -> None:
        for typed in (
            '/dm client2 "hi there"',
            "/dm client2 hi there",
            "/DM Client2   hi there",
            '/msg "client2" hi there',
            "  /msg client2 hi there",
        ):
            self.ann.types(typed)
            self.assertEqual(self.bob.hears(), ["client1: hi there"])
            self.assertEqual(self.ann.hears(), ["client1: hi there"])
            self.assertEqual(self.cat.hears(), [])

    def test_what_is_wrong_is_told_to_its_sender_alone(self) -> None:
        bc = ' Write it like this: /bc "message"'
        here = ' Write it like this: /here "message"'
        dm = ' Write it like this: /dm username "message"'
        for typed, told in {
            "": "The message is missing." + here,
            "   ": "The message is missing." + here,
            '""': "The message is empty." + here,
            "/bc": "The message is missing." + bc,
            '/bc ""': "The message is empty." + bc,
            '/bc "  "': "The message is empty." + bc,
            "/bc \u200b\ufeff": "The message is empty." + bc,
            "/dm": "The username is missing." + dm,
            "/dm client2": "The message is missing." + dm,
            '/dm client2 ""': "The message is empty." + dm,
            '/dm "" hi': "The username is empty." + dm,
            "/dm nobody hi": 'User "nobody" is not connected to the server.',
            "/search": "The words are missing. Write it like this: /search words",
            '/search ""': "The words are empty. Write it like this: /search words",
            "/users all": "/users takes no arguments. Write it like this: /users",
            "/time": "on or off is missing. Write it like this: /time on|off",
            "/time no": '"no" is not on or off. Write it like this: /time on|off',
            "/": 'There is no command "/". Type /help for the list.',
            "/hlep": 'There is no command "/hlep". Did you mean /help?',
            "/" + "x" * 100: f'There is no command "/{"x" * 40}". Type /help for the list.',
        }.items():
            self.ann.types(typed)
            self.assertEqual(self.ann.hears(), [f"server: {told}"])
            self.assertEqual(self.bob.hears(), [])

    def test_what_is_missing_is_named_in_good_english(self) -> None:
        nouns = {
            "code", "command", "fingerprint", "key", "line", "message", "name", "number",
            "password", "reason", "room", "silence", "text", "time", "token", "topic", "username",
        }  # fmt: skip
        right = {f"The {noun} is" for noun in nouns}
        right |= {"The words are", "The new one is", "The argument is"}
        for each in set(commands().values()):
            for parameter in each.parameters:
                if not parameter.choices:
                    error = self.assertRaises(Misused, parameter.check, "", "")
                    self.assertIn(str(error).removesuffix(" missing."), right)


UNSEEN = ["\ufeff", "\u200b", "\u2060", "\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200e",
          "\u2028", "\u202e", "\u2066", "\u2800", "\u3164", "\ufe0f", "\uffa0", "\U000e0001",
          "\xa0", "\u3000", " ", "\t", "\n", "\r\n", "\x00", "\u2009\ufeff\u2067 "]  # fmt: skip


class MeantTests(ChatTestCase):
    """What is meant for a command is never said."""

    def unsaid(self, typed: str) -> str:
        with self.assertRaises(Unsaid, msg=typed) as caught:
            meant(typed)
        return str(caught.exception.command)

    def test_a_command(self) -> None:
        for typed in ("/login ann secret", "/login\u00a0 ann secret ", "/login\nann secret"):
            self.assertEqual(meant(typed), ("/login", "ann secret"), typed)
        self.assertEqual(meant("/"), ("/", ""))
        self.assertEqual(meant("/ login ann secret"), ("/", "login ann secret"))

    def test_what_shows_nothing_does_not_count_before_a_slash(self) -> None:
        for each in UNSEEN:
            self.assertEqual(meant(f"{each}/login ann secret"), ("/login", "ann secret"), each)

    def test_another_slash(self) -> None:
        for slash in "／⁄∕⧸\\＼╱":
            for name in ("login", "help", "dm", "ＬＯＧＩＮ"):
                known = f"/{normalize('NFKC', name).lower()}"
                self.assertEqual(self.unsaid(f"{slash}{name} ann secret"), known)

    def test_something_else_in_place_of_the_slash(self) -> None:
        for front in (".", "7", "?", "-", "_", ":", ";", "&", "'", "~/", "> /", '"/', "../", "a/",
                      "\ufffd\ufffd/", "\u0301/", "", '"', "q", "\ufeff", "\u200b."):  # fmt: skip
            for typed, name in {
                "login ann secret": "/login",
                "LOGIN ann secret": "/login",
                "register secretsecret": "/register",
                "passwd secret secret": "/passwd",
                "unregister secret": "/unregister",
                "join #ops secret": "/join",
                "key #ops secret": "/key",
            }.items():
                self.assertEqual(self.unsaid(front + typed), name)
        for front in (".", "7", "?", "\\"):
            self.assertEqual(self.unsaid(front + "dm bob secret"), "/dm")
            self.assertEqual(self.unsaid(front + "reply secret"), "/reply")
        self.assertEqual(self.unsaid("m/dm bob secret"), "/dm")
        self.assertEqual(self.unsaid("l/ogin ann secret"), "/login")
        self.assertEqual(self.unsaid("r/egister secretsecret"), "/register")
        self.assertEqual(self.unsaid(".logn ann secret"), "/login")
        self.assertEqual(self.unsaid(".login ann a passphrase of words"), "/login")

    def test_a_slip_without_a_slash(self) -> None:
        for typed, name in {
            "logn ann correct-horse": "/login",
            "lgoin ann correct-horse": "/login",
            "logim ann correct-horse": "/login",
            "logiin ann correct-horse": "/login",
            "Logn ann correct-horse": "/login",
            "registr correct-horse": "/register",
            "paswd correct-horse battery-staple": "/passwd",
            "jion #ops secret": "/join",
        }.items():
            self.assertEqual(self.unsaid(typed), name)
            self.assertNotEqual(secrets(typed), [])
        for typed in ("logon was successful", "registry problem", "logn ann secret",
                      "passed everything yesterday", "joins us tomorrow", "logic is off",
                      "lgin ann correct-horse x", "lo ann correct-horse",
                      "dm bob secret"):  # fmt: skip
            self.assertEqual(meant(typed), ("", typed))

    def test_what_is_meant_for_somebody_who_is_known(self) -> None:
        for typed, name in {
            "dm client2 psst": "/dm",
            "DM Client2 psst, you": "/dm",
            "logn client2 secret": "/login",
        }.items():
            self.ann.types(typed)
            self.everyone_hears_nothing_but(
                f"server: That was not said: it looks like {name}."
                " To say it as it is, type /here before it."
            )
        for typed in ("dm me later", "dm client2", "logn to it", f"dm {'x' * 8000} psst"):
            self.ann.types(typed)
            self.everyone_hears(f"client1: {typed}")

    def test_what_is_said(self) -> None:
        for typed in (
            "7 login attempts",
            "login issues",
            "login",
            "login is broken again",
            "the login page",
            "please join #ops",
            "join #ops",
            "join us today",
            "_emphasis_ on this",
            "key points",
            "dm me later",
            "*dm me*",
            "and/or",
            "w/ key lime pie",
            "s/login/logout/",
            "1/2",
            "\\o/",
            "\\\\server\\share",
            "./run login it",
            "(login required)",
            "- login page broken",
            ":) hello",
            "...",
            "／",
        ):
            self.assertEqual(meant(typed), ("", typed))
        self.assertEqual(meant("//login ann secret"), ("", "/login ann secret"))
        self.assertEqual(meant("\ufeffhello "), ("", "hello"))

    def test_it_takes_no_time_however_long_it_is(self) -> None:
        for typed in ("." * 8192, "./" * 4096, "x" * 8192, "\u200b" * 8192, "../ " * 2048):
            self.assertEqual(meant(typed)[0], "")

    def test_it_is_answered_and_nobody_else_sees_it(self) -> None:
        for typed in (".login ann secret", "／login ann secret", "login ann secret"):
            self.ann.types(typed)
            self.everyone_hears_nothing_but(
                "server: That was not said: it looks like /login."
                " To say it as it is, type /here before it."
            )
            self.ann.types(f"/here {typed}")
            self.everyone_hears(f"client1: {typed}")
        self.ann.types("\ufeff/users")
        self.everyone_hears_nothing_but("server: 3 users are connected: client1, client2, client3")

    def everyone_hears_nothing_but(self, line: str) -> None:
        """Ann, who hears that."""
        self.assertEqual(self.ann.hears(), [line])
        self.assertEqual(self.bob.hears() + self.cat.hears(), [])

    def test_so_many_first_words_are_remembered(self) -> None:
        for number in range(MOST_SLIPS + 10):
            meant(f"word{number} and")
        for cached in (_begins_message, _slipped):
            self.assertEqual(cached.cache_info().currsize, MOST_SLIPS)


class SecretTests(ChatTestCase):
    def test_where_they_stand(self) -> None:
        for typed, found in {
            "/login ann correct horse": ["correct horse"],
            "/LOGIN  ann  secret": ["secret"],
            "\n /login ann secret": ["secret"],
            "/register secret": ["secret"],
            "/register secret code": ["secret", "code"],
            "/passwd old new": ["old", "new"],
            "/unregister secret": ["secret"],
            "/join #ops key": ["key"],
            "/join #ops": [],
            "/key #ops secret": ["secret"],
            "/key secret": ["secret"],
            "/key #ops": [],
            "/logni ann secret": ["secret"],
            "/unregistr secret": ["secret"],
            "/login\u00a0ann\u3000secret": ["secret"],
            ".login\u00a0ann\u00a0secret": ["secret"],
            "/login": [],
            "/login ": [],
            "/login ann": [],
            "/login ann ": [],
            "/": [],
            "\ufeff/login ann secret": ["secret"],
            "login ann secret": ["secret"],
            ".login ann secret": ["secret"],
            "／login ann secret": ["secret"],
            "login ann": [],
            "/me logs in": [],
            "/topic #ops login": [],
        }.items():
            self.assertEqual([typed[start:end] for start, end in secrets(typed)], found, typed)


class HelpTests(ChatTestCase):
    def test_lists_every_command_by_subject(self) -> None:
        self.ann.types("/join #ops")
        self.ann.hears()
        self.ann.types("/help")
        listed = self.ann.hears()
        self.assertLessEqual(len(listed), 16)
        self.assertLessEqual(max(map(len, listed)), 80)
        known = dict.fromkeys(commands().values())
        names = {f"/{each.names[0]}" for each in known if each.who != "programs"}
        hidden = {f"/{each.names[0]}" for each in known if each.for_operators}
        # Of those who have an account.
        hidden |= {"/hook", "/logout", "/passwd", "/sessions", "/token", "/unregister"}
        self.assertEqual(
            {
                word
                for line in listed
                for word in line.split()
                if word[0] == "/" and word != "/help"
            },
            names - hidden - {"/help"},
        )
        for line in (
            'server:   /dm username "message"        Send a direct message to one person.',
            "server:   /quit                         Leave the chat.",
            "server:   talking     /bc /here /say /me /dm /dms /reply /answer /react /unreact",
            "server:   basics      /help /quit /time",
        ):
            self.assertIn(line, listed)
        self.assertEqual(self.bob.hears(), [])

    def test_the_overview_has_only_what_one_can_do(self) -> None:
        def listed(who: Person) -> set[str]:
            who.types("/help")
            return set(" ".join(who.hears()).split())

        self.ann.types("/join #ops")
        self.bob.types("/join #ops")
        self.bob.hears()
        owners = {"/privacy", "/guests", "/rename", "/key", "/owner", "/persist", "/keep"}
        self.assertLess({"/kick", "/register"} | owners, listed(self.ann))
        seen = listed(self.bob)
        self.assertTrue({"/kick", "/passwd", "moderation", "operators"}.isdisjoint(seen))
        self.assertTrue((owners | {"/hook"}).isdisjoint(seen))
        self.bob.types("/help moderation")
        self.assertIn("Remove somebody from a room", "".join(self.bob.hears()))
        self.ann.types("/op #ops client2")
        self.bob.session.user.account = Account("bob")
        seen = listed(self.bob)
        self.assertLess({"/kick", "/passwd", "/hook"}, seen)
        self.assertTrue((owners | {"/register"}).isdisjoint(seen))

    def test_tells_of_a_subject(self) -> None:
        for typed in ("/help talking", "/help TALKING"):
            self.ann.types(typed)
            title, *listed = self.ann.hears()
            self.assertEqual(title, "server: Talking: to everyone, in a room, or to one person.")
            self.assertEqual(
                listed[0], 'server:   /bc "message"                 Say something to everyone.'
            )
            self.assertEqual(len(listed), 10)

    def test_tells_of_a_command_and_a_subject_of_one_name(self) -> None:
        self.ann.types("/help rooms")
        heard = self.ann.hears()
        self.assertEqual(heard[0], "server: /rooms")
        self.assertIn("server: Rooms: joining them, and what their owners can do.", heard)
        self.ann.types("/help /rooms")
        heard = self.ann.hears()
        self.assertNotIn("server: Rooms: joining them, and what their owners can do.", heard)
        self.assertIn("server:   Counts as 5 lines against the limit of your connection.", heard)

    def test_hides_what_one_may_not_do(self) -> None:
        self.ann.types("/help lockdown", "/help operators", "/lockdown")
        self.assertEqual(
            self.ann.hears(),
            [
                "server: That is for operators only.",
                'server: There is no command "/operators". Type /help for the list.',
                "server: That is for operators only.",
            ],
        )
        self.ann.session.user.account = Account("ann")
        self.server.chat.limits.operators = frozenset({"ann"})
        self.ann.types("/help", "/help lockdown")
        heard = self.ann.hears()
        self.assertTrue(any(line.startswith("server:   operators ") for line in heard))
        self.assertIn("server: /lockdown [time]", heard)

    def test_explains_one(self) -> None:
        for typed in ("/help reply", "/help /REPLY", "/help r"):
            self.ann.types(typed)
            self.assertEqual(
                self.ann.hears(),
                [
                    'server: /reply "message"',
                    "server:   Answer the last direct message that you got.",
                    "server:   If somebody else has written to you since your last answer, it tells"
                    " you so once, and sends nothing.",
                    "server:   Also known as /r.",
                ],
            )

    def test_explains_in_paragraphs(self) -> None:
        self.ann.types("/help here")
        self.assertEqual(len(self.ann.hears()), 3)

    def test_of_what_there_is_not(self) -> None:
        self.ann.types("/help quitt")
        self.assertEqual(
            self.ann.hears(), ['server: There is no command "/quitt". Did you mean /quit?']
        )

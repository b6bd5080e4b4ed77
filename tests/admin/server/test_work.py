"""How long anything takes that administrators ask for, on a server that holds as much as it may."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from chatsvc.admin.command import Command, Parameter, commands
from chatsvc.admin.protocol import question
from chatsvc.admin.server import door
from chatsvc.admin.server.call import Desk
from chatsvc.admin.server.door import AdminFactory
from chatsvc.passwords import scram
from chatsvc.settings.gathering import gather
from tests.admin.asking import Asking
from tests.crowded import PEOPLE, Crowded, Taken, long, slow, undisturbed
from tests.patience import only_long

# What is given for a parameter: of one command, or of all; for all others, the name of somebody.
USUAL: dict[str, object] = {
    "accounts name": "spare", "accounts rename new": "sparrow", "act": 60, "audit": True,
    "ban name": "10.99.0.0/16", "follow": False, "last": 1000, "limit": 100_000, "name": "",
    "more": "for 2h because", "ops": False, "read-person name": "boss", "read-rooms name": "",
    "reason": "because", "room": "", "room rename new": "#other", "rooms": 1, "since": "30d",
    "span": "2h", "text": "t" * 1000, "time": "2h", "unban name": "10.1.0.0/16", "until": "1h",
}  # fmt: skip
# What needs a client that sends more, or the program around the server.
LEFT_OUT = {"import-rows", "import-check", "import-there", "reload"}
LAST = ("accounts delete", "forget", "room clear", "room delete")


class Asked(Crowded):
    """An administrator asks for everything, with and without what may be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.chat, self.server.store, lambda: gather({}, None, {}))
        self._factory = AdminFactory(self.desk)
        self._numbers = iter(range(PEOPLE))

    def measures(self) -> Taken:
        """How many loops each command takes, at the most."""
        taken = Taken()
        with undisturbed():
            every = [each for each in commands().values() if not each.is_here]
            for command in sorted(every, key=lambda each: each.name in LAST):
                if command.name not in LEFT_OUT:
                    is_any_optional = any(each.is_optional for each in command.parameters)
                    for is_whole in (False, True) if is_any_optional else (True,):
                        self._asks(command, is_whole, taken)
        return taken

    def _asks(self, command: Command, is_whole: bool, taken: Taken) -> None:
        arguments = {
            each.name: self._usual(command, each)
            for each in command.parameters
            if is_whole or not each.is_optional
        }
        asking = Asking(self._factory)
        self.clock.took.clear()
        self.clock.times("dataReceived", asking.sends, question(command.name, arguments))
        self.settles()
        answered = asking.answered()
        assert "misused" not in answered[-1], (command.name, arguments, answered[-1])
        asking.ends()
        for seconds, what in self.clock.took:
            taken.note(f"{command.name} {arguments}: {what}", seconds)

    def _usual(self, command: Command, parameter: Parameter) -> object:
        name = parameter.name
        if parameter.choices:
            return parameter.choices[-1]
        for words in (f"{command.name} {name}", f"{command.name.split()[0]} {name}", name):
            if words in USUAL and USUAL[words] != "":
                return USUAL[words]
        if name == "room" or command.name.startswith("room "):
            return self.first.name
        return long(f"b{next(self._numbers)}")


class WorkTests(SynchronousTestCase):
    def setUp(self) -> None:
        # The keys are made in another process, which here is this one.
        self.patch(scram, "ITERATIONS", 1)
        # The clock stands still meanwhile. Each item has a turn, which others share for STINT.
        self.patch(door, "STINT", -1.0)

    @only_long
    def test_nothing_that_is_asked_for_takes_long(self) -> None:
        self.assertEqual(slow(lambda: Asked().measures()), {})

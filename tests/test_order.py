"""What keeps order outlives a real server that is killed."""

from __future__ import annotations

import subprocess

from tests.processes import Caller, ProcessTestCase, free_port

PASSWORD = "correct-horse"


class OrderTests(ProcessTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        self.server = self.begins()

    def begins(self) -> subprocess.Popen[str]:
        here = ("--port", self.port, "--interface", "127.0.0.1", "--throttle", "off")
        return self.serves(*here, "--operator", "rooty")

    def finds(self, caller: Caller, words: str) -> str:
        """Read up to some words and the end of their line; what came before the end."""
        text = ""
        while words not in text or not text.endswith("\n"):
            data = caller.socket.recv(65536)
            assert data, f"{words}? There was only {text!r}"
            text += data.decode()
        return text

    def registers(self, name: str) -> Caller:
        caller = self.calls(self.port)
        caller.types(f"/nick {name}", f"/register {PASSWORD}")
        self.finds(caller, f"type /login {name} and your password.")
        return caller

    def comes(self, name: str) -> Caller:
        caller = self.calls(self.port)
        caller.types(f"/login {name} {PASSWORD}")
        self.finds(caller, f"server: You are {name}.")
        return caller

    def test_roles_bans_mutes_and_what_is_undone(self) -> None:
        ann, bob, cat = self.registers("ann"), self.registers("bob"), self.registers("cat")
        root = self.registers("rooty")
        ann.types("/join #ops", "/persist")
        self.finds(ann, "server: #ops stays when everybody has left.")
        cat.types("/join #ops")
        self.finds(cat, "1 other person is in it.")
        ann.types("/op cat", "/ban bob for 2h spam", "/mute rooty", "/ban 10.0.0.0/8", "/undo 3")
        self.finds(ann, "server: ann has lifted the ban of an address from #ops (act 3).")
        root.types("/mute server cat for 1h")
        self.finds(root, "server: rooty has muted cat on the whole server for 1h, until ")
        self.server.kill()
        self.ends(self.server)
        self.server = self.begins()
        bob, cat = self.comes("bob"), self.comes("cat")
        bob.types("/join #ops")
        self.finds(bob, 'by ann (act 2): "spam". If that is wrong, /dm ann.')
        cat.types("/join #ops", "/bans #ops")
        self.assertNotIn("10.0.0.0", self.finds(cat, 'ann banned bob for 2h: "spam"; ends at'))
        cat.types("hello")
        self.finds(cat, "You are muted on this server for 60m more")
        root = self.comes("rooty")
        root.types("/undo 4 enough", "/undo 2")
        self.finds(bob, "server: rooty has undone act 2, by which you were banned.")
        bob.types("/join #ops")
        self.finds(bob, "server: You are in #ops.")
        cat.types("hello")
        self.finds(bob, "#ops cat: hello")
        for each in (ann, bob, cat, root):
            each.types("/quit")

    def test_a_room_in_which_nobody_is_and_a_code_for_a_password(self) -> None:
        ann, root = self.registers("ann"), self.registers("rooty")
        ann.types("/join #ops", ".login ann secret", "/key sesame", "hello", "/part")
        told = self.finds(ann, "server: You have left #ops.")
        self.assertIn("server: That was not said: it looks like /login.", told)
        root.types("/account reset ann")
        told = self.finds(root, "/setpass ann ")
        code = told.partition("/setpass ann ")[2].split()[0]
        self.server.kill()
        self.ends(self.server)
        self.server = self.begins()
        bob = self.calls(self.port)
        bob.types("/join #ops", "/join #ops sesame")
        told = self.finds(bob, "From here on it is new.")
        self.assertIn("server: #ops has a key", told)
        self.assertIn("#ops ann: hello", told)
        self.assertNotIn("secret", told)
        bob.types(f"/setpass ann {code} another-horse")
        self.finds(bob, "server: You are ann.")
        bob.types("/key #ops -", "/part #ops", "/join #ops")
        self.finds(bob, "server: You are in #ops, which belongs to you.")
        bob.types("/quit")

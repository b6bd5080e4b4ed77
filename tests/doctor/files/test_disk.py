"""Disks that are full, slow, read-only, or no disks."""

from __future__ import annotations

import shutil
import subprocess

from chatsvc.doctor.files import disk
from chatsvc.doctor.server import Server
from tests.disks import small_disk
from tests.doctor.examining import FAULT, OK, WARNING, DoctorTestCase

# Makes fdatasync take some microseconds, as a slow disk does.
SLOW = """
#include <unistd.h>
int fdatasync(int descriptor) { return usleep(MICROSECONDS); }
"""


class DiskTests(DoctorTestCase):
    def on(self, how: str = "size=64m") -> Server:
        """A server on a disk of its own."""
        self.store = small_disk(self, self.folder, how) / "chat.sqlite"
        return Server(store=self.store)

    def test_as_it_should_be(self) -> None:
        self.keeps_something()
        server = Server(store=self.store)
        self.finds(disk.check_space, server, OK, "left; the store has")
        self.assertEqual([each.level for each in disk.check_speed(server)][1:], [])

    def test_nothing_is_left_behind(self) -> None:
        before = sorted(self.folder.iterdir())
        list(disk.check_speed(Server(store=self.store)))
        self.assertEqual(sorted(self.folder.iterdir()), before)

    def test_in_memory(self) -> None:
        server = Server()
        for check in (disk.check_kind, disk.check_space, disk.check_speed):
            self.assertEqual(list(check(server)), [])

    def test_full(self) -> None:
        server = self.on("size=40m")
        (self.store.parent / "ballast").write_bytes(bytes(10 * 2**20))
        self.finds(disk.check_space, server, FAULT, "has 30.0 MiB left; when it is full, nobody")

    def test_no_room_for_a_copy(self) -> None:
        server = self.on("size=100m")
        with self.store.open("wb") as file:
            file.write(bytes(60 * 2**20))
        self.finds(disk.check_space, server, WARNING, "has 40.0 MiB left, and the store has 60.0")

    def test_no_more_files(self) -> None:
        self.finds(disk.check_space, self.on("size=64m,nr_inodes=50"), FAULT, "takes no more files")

    def test_read_only(self) -> None:
        server = self.on()
        subprocess.run(["mount", "-o", "remount,ro", self.store.parent], check=True)
        self.finds(disk.check_kind, server, FAULT, f"{self.store.parent}, the disk of the store")
        found = self.finds(disk.check_speed, server, WARNING, "is not known: Read-only file system")
        self.assertEqual(found.mend, "See what else is said of that disk.")

    def test_gone_with_a_restart_of_the_machine(self) -> None:
        self.finds(disk.check_kind, self.on(), WARNING, "which is in memory (tmpfs)")

    def test_a_network_disk(self) -> None:
        server = self.on()
        self.patch(disk, "_NETWORK", {"tmpfs"})
        self.finds(disk.check_kind, server, FAULT, "a network disk (tmpfs)")

    def test_a_disk_with_a_blank_in_its_name(self) -> None:
        self.folder = self.folder / "a disk\\with"
        self.folder.mkdir()
        self.on()
        found = disk.disk_of(self.store.parent)
        assert found is not None
        self.assertEqual(found.at, str(self.store.parent))

    def slowed(self, milliseconds: int) -> dict[str, str]:
        """The environment of programs whose disk is slow."""
        if (compiler := shutil.which("cc")) is None:
            raise self.skipTest("there is no C compiler")
        source, library = self.folder / "slow.c", self.folder / "slow.so"
        source.write_text(SLOW.replace("MICROSECONDS", str(milliseconds * 1000)))
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
        return {"LD_PRELOAD": str(library)}

    def test_slow(self) -> None:
        self.finds_elsewhere(
            [], disk.check_speed, WARNING, "ms (fsync), for which everybody waits", self.store,
            environment=self.slowed(40),
        )  # fmt: skip

    def test_too_slow(self) -> None:
        self.finds_elsewhere(
            [],
            disk.check_speed,
            FAULT,
            "for which everybody waits",
            self.store,
            environment=self.slowed(320),
        )

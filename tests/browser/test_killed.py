"""A server that was killed before it had stored who had just joined a room."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from tests.browser.browsing import BrowserTestCase, Visitor


class KilledTests(BrowserTestCase):
    def comes_back(self) -> None:
        """Have the server come back, with everybody in the lobby alone."""
        with closing(sqlite3.connect(self.folder / "chatsvc.sqlite")) as store:
            where = "WHERE name LIKE 'place/%'"
            [*places] = store.execute(f"SELECT name, value FROM records {where}")
            self.assertTrue(places)
            for name, value in places:
                place = json.loads(value)
                place["rooms"] = {
                    key: at for key, at in place["rooms"].items() if "#ops" not in key
                }
                change = "UPDATE records SET value = ? WHERE name = ?"
                store.execute(change, (json.dumps(place), name))
            store.commit()
        self.serve()

    def joined(self) -> Visitor:
        """Somebody who is in #ops."""
        ann = self.opens("/#ops")
        ann.says("here I am")
        ann.sees("here I am")
        return ann

    def test_one_is_in_the_room_again(self) -> None:
        ann = self.joined()
        self.stop()
        ann.sees_words("cannot be reached", "#status")
        self.comes_back()
        bob = self.opens("/#ops")
        bob.says("is ann here?")
        ann.sees("is ann here?")
        ann.says("she is")
        bob.sees("she is")

    def test_so_is_one_under_the_same_name_if_the_next_connection_is_soon_lost(self) -> None:
        context, lost = self.context(), list[str]()

        def route(page: Any) -> None:
            server = page.connect_to_server()

            def tell(text: str) -> None:
                page.send(text)
                if not lost and "no-such-token" in text:  # the welcome has come, but no new place
                    lost.append(text)
                    page.close()
                    server.close()

            server.on_message(tell)

        context.route_web_socket("**/ws", route)
        ann = self.opens("/#ops", context)
        ann.is_named("ann")
        self.stop()
        (self.folder / "chatsvc.sqlite").unlink()
        self.serve()
        ann.until(lambda: lost and ann.is_up())
        bob = self.opens("/#ops")
        bob.says("is ann here?")
        ann.sees("is ann here?")
        self.assertEqual(ann.name(), "ann")

    def test_what_waits_is_said_there_by_the_next_page(self) -> None:
        ann = self.joined()
        self.stop()
        ann.sees_words("cannot be reached", "#status")
        ann.says("written while it was away")
        ann.until(lambda: any(each["isPending"] for each in ann.said()))
        ann.page.reload()
        self.comes_back()
        ann.sees("written while it was away")
        self.assertEqual(ann.page.locator(".row.error, .row.answer").count(), 0)

    def test_nothing_is_said_where_one_was_put_out_meanwhile(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", "/join #ops")
        cat.sees_some("You are in #ops")
        ann = self.joined()
        cat.sees_some("here I am")
        ann.page.context.set_offline(True)
        ann.is_cut_off = True
        ann.page.evaluate("() => dispatchEvent(new Event('online'))")
        ann.sees_words("You are offline", "#status")
        ann.says("for them alone")
        cat.types(f"/kick #ops {ann.name()}")
        cat.sees_some("kicked")
        self.stop()
        self.serve()
        ann.page.context.set_offline(False)
        ann.until(ann.is_up)
        ann.sees_words("kicked out of #ops")
        ann.page.locator(".row.error").wait_for()
        cat = self.calls(self.port)
        cat.types("/join #ops", "the end")
        self.assertNotIn("alone", cat.sees_some(": the end"))

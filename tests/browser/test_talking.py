"""Talk between browsers, netcat and IRC, in one order; the server is killed, and comes back."""

from __future__ import annotations

from typing import Any

from tests.browser.browsing import BrowserTestCase

# On a busy machine, Chromium may not list what it shows.
_NOTE_NOTIFICATIONS = """async () => {
  await navigator.serviceWorker.ready;
  window.shown = [];
  ServiceWorkerRegistration.prototype.showNotification = async (title, { body }) => {
    window.shown.push(`${title}: ${body}`);
  };
}"""


class TalkingTests(BrowserTestCase):
    def test_everybody_sees_the_same_in_the_same_order(self) -> None:
        ann, bob = self.opens(), self.opens()
        ann.is_named("ann")
        bob.is_named("bob")
        cat, ivy = self.calls(self.port), self.calls(self.port)
        cat.types("/nick cat")
        cat.sees_some("is now known as cat.")
        ivy.types("NICK ivy", "USER ivy 0 * ivy")
        ivy.sees_some(" 366 ")
        said = []
        for turn in range(5):
            ann.says(f"ann {turn}")
            cat.types(f"cat {turn}")
            bob.says(f"bob {turn}")
            ivy.types(f"PRIVMSG #lobby :ivy {turn}")
            said += [f"{who} {turn}" for who in ("ann", "bob", "cat", "ivy")]
        ann.sees(*said)
        bob.sees(*said)
        order = ann.texts()
        self.assertEqual(sorted(order), sorted(said))
        self.assertEqual(bob.texts(), order)
        text = cat.sees_some(f": {order[-1]}\n")
        heard = [line.partition(": ")[2] for line in text.splitlines()]
        self.assertEqual([each for each in heard if each in said], order)
        others = [each for each in order if not each.startswith("ivy")]
        heard = [line.rpartition(":")[2] for line in ivy.sees_some(f":{others[-1]}").splitlines()]
        self.assertEqual([each for each in heard if each in said], others)

    def test_who_is_away_and_what_the_topic_is(self) -> None:
        cat, ann = self.calls(self.port), self.opens()
        cat.types("/nick cat", "/join #ops", "/topic tea", "/away lunch")
        cat.sees_some("You are away.")
        ann.joins("#ops")
        ann.until(lambda: ann.page.inner_text("#topic") == "tea")
        away = ann.page.locator("#people .away")
        ann.until(lambda: away.all_inner_texts() == ["cat"], "cat is away")
        cat.types("/back")
        cat.sees_some("You are back.")
        ann.page.click("[data-close=people]")
        ann.page.click("#who")
        ann.until(lambda: not away.count(), "nobody is away")
        ann.page.reload()
        ann.until(lambda: ann.page.inner_text("#topic") == "tea", "the topic")

    def test_what_comes_while_another_window_has_the_focus_is_unread(self) -> None:
        ann, cat = self.opens(), self.calls(self.port)
        ann.page.evaluate("() => { document.hasFocus = () => false }")
        cat.types("/nick cat", "are you there?")
        ann.sees("are you there?")
        ann.until(lambda: "•" in ann.page.title(), "unread")
        self.assertEqual(ann.page.locator("#rows .new").count(), 1)
        ann.page.evaluate(
            "() => { document.hasFocus = () => true; dispatchEvent(new Event('focus')) }"
        )
        ann.until(lambda: "•" not in ann.page.title(), "read")

    def test_notifications_of_mentions_and_direct_messages(self) -> None:
        context = self.context(permissions=["notifications"])
        ann, cat = self.opens(context=context), self.calls(self.port)
        ann.is_named("ann")
        ann.page.evaluate(_NOTE_NOTIFICATIONS)
        ann.page.click("#you")
        ann.page.check("#notify")
        ann.page.keyboard.press("Escape")
        ann.page.evaluate("() => { document.hasFocus = () => false }")
        cat.types("/nick cat", "hello", "look here, ann", "/dm ann psst")
        wanted = ["cat in #lobby: look here, ann", "cat: psst"]
        ann.until(lambda: sorted(ann.page.evaluate("() => window.shown")) == wanted, wanted)

    def test_notifications_that_the_browser_does_not_allow(self) -> None:
        ann = self.opens()
        ann.page.click("#you")
        ann.page.click("#notify")
        ann.sees_words("allows no notifications", "#you-dialog")
        self.assertFalse(ann.page.is_checked("#notify"))

    def test_one_can_write_before_the_script_has_come(self) -> None:
        bob = self.opens("/#ops")
        context, held = self.context(), list[Any]()
        context.route("**/page.js", lambda route: held.append(route))
        self.calls(self.web).socket.close()  # it listens
        page = context.new_page()
        page.goto(self.url("/#ops"), wait_until="commit")
        page.fill("#text", "written early")
        page.click("#send")  # which does nothing yet
        self.assertEqual(page.input_value("#text"), "written early")
        bob.until(lambda: held, "a request for the script")
        held[0].continue_()
        bob.until(lambda: page.inner_text("#title") == "#ops", "the room of the address")
        page.click("#send")
        bob.sees("written early")

    def test_what_is_sent_before_one_is_in_the_room_waits_for_it(self) -> None:
        bob, cat = self.opens("/#ops"), self.calls(self.port)
        bob.until(lambda: bob.page.inner_text("#title") == "#ops")
        cat.types("/nick cat", "/join #shut", "/key #shut secret")
        context, held = self.context(), list[Any]()

        def route(page: Any) -> None:
            server = page.connect_to_server()
            page.on_message(
                lambda text: (
                    held.append((server, text)) if held or '"join"' in text else server.send(text)
                )
            )

        def let_go() -> None:
            ann.until(lambda: len(held) > 1, "asked to join, and to say something")
            for server, text in held:
                server.send(text)
            held.clear()

        context.route_web_socket("**/ws", route)
        ann = self.opens("/#ops", context)
        ann.until(lambda: ann.page.inner_text("#title") == "#ops", "shown at once")
        ann.says("for #ops alone")
        ann.until(lambda: any(each["isPending"] for each in ann.said()), "shown as waiting")
        let_go()
        bob.sees("for #ops alone")
        ann.sees("for #ops alone")
        ann.says("/join #shut")
        ann.until(lambda: ann.page.inner_text("#title") == "#shut")
        ann.says("for #shut alone")
        let_go()
        ann.page.click(".row.error button[name=draft]")
        self.assertEqual(ann.page.input_value("#text"), "for #shut alone")
        cat.types("the end")
        self.assertNotIn("alone", cat.sees_some("cat: the end"))  # neither there nor in #lobby

    def test_a_room_that_is_renamed_is_written_to_by_its_new_name(self) -> None:
        ann = self.opens("/#ops")
        ann.until(lambda: ann.page.get_attribute("#text", "placeholder") == "Write to #ops")
        ann.says("/rename #ops #tea")
        ann.until(lambda: ann.page.inner_text("#title") == "#tea")
        ann.until(lambda: ann.page.get_attribute("#text", "placeholder") == "Write to #tea")
        ann.page.get_by_role("textbox", name="Write to #tea", exact=True).wait_for()

    def test_the_server_is_killed_and_comes_back(self) -> None:
        ann, bob = self.opens(), self.opens()
        ann.is_named("ann")
        cat = self.calls(self.port)
        cat.types(*[f"before {number}" for number in range(10)])
        bob.sees("before 9")
        ann.sees("before 9")
        bob.types("not sent yet")
        self.stop()
        ann.sees_words("What you write waits.", "#status")
        ann.says("said to nobody")
        ann.until(lambda: any(each["isPending"] for each in ann.said()))
        self.assertNotIn("said to nobody", ann.texts())
        self.serve()
        cat = self.calls(self.port)
        cat.types("cat is back")
        for each in (ann, bob):
            each.page.evaluate("() => dispatchEvent(new Event('online'))")  # tries at once
            each.sees("said to nobody", "cat is back")
        self.assertEqual(ann.name(), "ann")
        cat.types("the end")
        for each in (ann, bob):
            each.sees("the end")
            texts = each.texts()
            self.assertEqual(texts[:10], [f"before {number}" for number in range(10)])
            self.assertEqual(sorted(texts[10:12]), ["cat is back", "said to nobody"])
            self.assertEqual(texts[12:], ["the end"])
            self.assertFalse(any(message["isPending"] for message in each.said()))
        self.assertEqual(ann.texts(), bob.texts())
        self.assertEqual(bob.page.input_value("#text"), "not sent yet")
        text = cat.sees_some(": the end\n")
        self.assertEqual([text.count(each) for each in ann.texts()], [1] * 13)

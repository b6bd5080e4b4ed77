"""The page on small screens: two taps to the first line, nothing to scroll sideways."""

from __future__ import annotations

from tests.browser.browsing import DESK, PHONE, SMALL, BrowserTestCase, Visitor

# What is wider than the screen.
WIDE = """() => document.documentElement.scrollWidth > innerWidth || scrollX > 0 ? ["the page"] :
  [...document.querySelectorAll("#app *, dialog[open] *")].filter((each) => {
    const { right, left, width, height } = each.getBoundingClientRect();
    const isSeen = each.checkVisibility({ visibilityProperty: true }) && width > 1 && height > 1;
    const isCut = each.matches("bdi, .body pre *");
    return isSeen && !isCut && (right > innerWidth + 1 || left < -1);
  }).map((each) => each.id || each.className || each.outerHTML)"""
# What is too small to be tapped (WCAG 2.2, 2.5.8).
TINY = """() => [...document.querySelectorAll("#top button, #send, #you, #join, #places a")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .filter((each) => each.getBoundingClientRect().height < 24)
  .map((each) => each.id)"""
LAST = "() => document.getElementById('rows').lastElementChild.getBoundingClientRect().bottom"
WHERE = "(id) => document.getElementById(id).getBoundingClientRect().bottom"


class PhoneTests(BrowserTestCase):
    def fits(self, ann: Visitor) -> None:
        """All is within the screen's width, and the field within its height."""
        self.assertEqual(ann.page.evaluate(WIDE), [])
        self.assertEqual(ann.page.evaluate(TINY), [])
        height = ann.page.viewport_size["height"]
        self.assertLessEqual(ann.page.evaluate(WHERE, "grow"), height)
        self.assertLessEqual(ann.page.evaluate(WHERE, "send"), height)

    def test_from_the_link_to_the_first_line_in_two_taps(self) -> None:
        bob = self.opens()
        for size in (PHONE, (360, 640), SMALL):
            ann = self.opens(size=size)
            ann.page.tap("#text")
            ann.page.keyboard.insert_text(f"hello from {size[0]} pixels")
            self.fits(ann)
            ann.page.tap("#send")
            bob.sees(f"hello from {size[0]} pixels")
            ann.sees(f"hello from {size[0]} pixels")
            self.fits(ann)

    def test_enter_begins_a_line_where_there_is_no_shift_beside_it(self) -> None:
        ann = self.opens(size=PHONE)
        ann.page.tap("#text")
        ann.page.keyboard.type("one")
        ann.page.keyboard.press("Enter")
        ann.page.keyboard.type("two")
        self.assertEqual(ann.page.input_value("#text"), "one\ntwo")
        self.assertEqual(ann.page.get_attribute("#text", "enterkeyhint"), "enter")
        ann.page.tap("#send")
        ann.sees("one\ntwo")
        self.assertEqual(ann.focus(), "text")
        ann.page.keyboard.type("/wh")
        ann.page.locator("#choices li").first.wait_for()
        ann.page.keyboard.press("Enter")
        ann.until(lambda: ann.page.input_value("#text") in ("/who ", "/whois "))
        ann.types("with the keyboard of a tablet")
        ann.page.keyboard.press("Control+Enter")
        ann.sees("with the keyboard of a tablet")

    def test_the_hint_of_the_field_takes_one_row(self) -> None:
        ann = self.opens(size=SMALL)
        ann.joins("#a-room-of-thirty-two-characters-")
        ann.until(lambda: "#a-room" in ann.page.get_attribute("#text", "placeholder"))
        self.assertTrue(ann.page.evaluate("() => text.scrollHeight <= text.clientHeight"))

    def test_columns_are_no_columns_where_they_do_not_fit(self) -> None:
        for size, space in ((SMALL, "pre-line"), (DESK, "pre-wrap")):
            ann = self.opens(size=size)
            ann.says("/help")
            ann.sees_words("/dm username")
            shown = "() => getComputedStyle(document.querySelector('.answer pre')).whiteSpace"
            self.assertEqual(ann.page.evaluate(shown), space)

    def test_the_keyboard_takes_half_of_the_screen(self) -> None:
        ann = self.opens(size=PHONE)
        for number in range(40):
            ann.says(f"line {number}")
        ann.sees("line 39")
        ann.page.tap("#text")
        ann.page.set_viewport_size({"width": 390, "height": 420})
        ann.until(lambda: ann.page.evaluate(WHERE, "send") <= 420)
        self.fits(ann)
        ann.until(lambda: ann.page.evaluate(LAST) <= 420, "the last line")
        ann.types("many\n" * 30)
        self.fits(ann)

    def test_a_room_opens_at_the_first_message_that_is_new(self) -> None:
        cat, ann = self.calls(self.port), self.opens("/#ops", size=PHONE)
        ann.sees_words("Nothing was said here yet")
        cat.types("/nick cat", *[f"line {each}" for each in range(60)])
        count = "#rooms li[data-key='#lobby'] .count"
        ann.until(lambda: ann.page.text_content(count) == "60", "unread")
        ann.page.tap("#menu")
        ann.rests()
        ann.page.tap("#rooms li[data-key='#lobby'] a")
        ann.sees("line 59")
        ann.page.wait_for_timeout(500)  # in which nothing moves
        top = ann.page.locator("#rows .new").bounding_box()["y"]
        self.assertLess(0, top)
        self.assertLess(top, 400)

    def test_the_way_to_the_newest_covers_no_field(self) -> None:
        cat = self.calls(self.port)
        cat.types(*[f"line {each}" for each in range(100)])
        ann = self.opens(size=PHONE)
        ann.sees("line 20", "line 99")
        back = "() => document.getElementById('log').scrollTo(0, 0)"
        ann.until(lambda: ann.page.evaluate(back) or ann.page.is_visible("#newest"), "the way")
        ann.types("many\n" * 8)
        top = "(id) => document.getElementById(id).getBoundingClientRect().top"
        self.assertLess(ann.page.evaluate(WHERE, "newest"), ann.page.evaluate(top, "grow"))
        ann.page.tap("#newest")
        ann.until(lambda: not ann.page.is_visible("#newest"))

    def test_what_closes_a_room_can_be_seen_where_no_mouse_points_at_it(self) -> None:
        ann, cat = self.opens(size=PHONE), self.calls(self.port)
        ann.joins("#ops")
        ann.joins("#tea")
        cat.types("/nick cat", "/join #ops", "hello")
        ann.page.tap("#menu")
        ann.rests()
        room = ann.page.locator("#rooms li[data-key='#ops']")
        ann.until(lambda: room.locator(".count").inner_text() == "1", "unread")
        count, close = [room.locator(each).bounding_box() for each in (".count", ".close")]
        self.assertLessEqual(count["x"] + count["width"], close["x"])
        self.assertEqual(room.locator(".close").evaluate("(e) => getComputedStyle(e).opacity"), "1")
        room.locator(".close").tap()
        ann.until(lambda: not room.count(), "left")

    def test_what_covers_a_room_gives_way(self) -> None:
        bob = self.opens()
        bob.is_named("bob")
        bob.joins("#ops")
        ann = self.opens(size=PHONE)
        ann.page.tap("#menu")
        ann.rests()
        ann.page.tap("#join")
        ann.page.tap("#join-list button:has-text('#ops')")
        ann.until(lambda: ann.page.inner_text("#title") == "#ops")
        ann.until(lambda: not ann.page.is_visible("#rooms"))
        ann.page.tap("#who")
        ann.page.tap("#people-list button:has-text('bob')")
        ann.page.tap("#person-dialog [value=mention]")
        ann.until(lambda: not ann.page.is_visible("#people"))
        self.assertEqual(ann.page.input_value("#text"), "bob: ")
        ann.page.keyboard.insert_text("hello")
        ann.page.tap("#send")
        ann.finds("hello", "bob: hello")
        ann.page.tap("#found a")
        ann.until(lambda: not ann.page.is_visible("#search"))
        ann.page.locator(".row.found").wait_for()

    def test_all_that_opens_fits(self) -> None:
        for size in (PHONE, SMALL):
            self.is_looked_through(self.opens(size=size))

    def is_looked_through(self, ann: Visitor) -> None:
        """Open all that there is, one after the other."""
        ann.joins("#a-room-with-quite-a-long-name")
        ann.says("/topic a topic that is far too long for such a small screen, as topics are")
        ann.says("x" * 300)
        ann.says("```\n" + "y" * 300 + "\n```")
        ann.says("https://example.org/" + "z" * 300)
        ann.sees("x" * 300)
        self.fits(ann)
        ann.page.tap("#topic")
        ann.page.locator("#topic.whole").wait_for()
        self.fits(ann)
        ann.page.tap("#menu")
        ann.until(lambda: ann.page.is_visible("#rooms"))
        ann.rests()
        self.fits(ann)
        ann.page.tap("#you")
        self.fits(ann)
        for dialog in ("sign-in-dialog", "register-dialog"):
            ann.page.tap(f"dialog[open] [data-open={dialog}]")
            self.fits(ann)
        ann.page.tap("dialog[open] .icon")
        ann.page.tap("#join")
        ann.sees_words("#lobby", "#join-list")
        self.fits(ann)
        ann.page.tap("dialog[open] .icon")
        ann.page.tap("#rooms li[data-key='#lobby'] a")
        ann.until(lambda: ann.page.inner_text("#title") == "#lobby")
        ann.until(lambda: not ann.page.is_visible("#rooms"))
        self.assertFalse(ann.page.locator("#topic.whole").count())
        ann.page.tap("#who")
        self.fits(ann)
        ann.page.tap("[data-close=people]")
        ann.page.tap("#find")
        self.fits(ann)

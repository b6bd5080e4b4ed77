"""What the page does without a network, and what there is without JavaScript."""

from __future__ import annotations

from tests.browser.browsing import BrowserTestCase

IS_CONTROLLED = "() => navigator.serviceWorker.controller !== null"


class OfflineTests(BrowserTestCase):
    def test_without_a_server_the_page_opens_and_says_so(self) -> None:
        ann = self.opens("/#ops")
        ann.until(lambda: ann.page.inner_text("#title") == "#ops")
        ann.until(lambda: ann.page.evaluate(IS_CONTROLLED), "a service worker")
        self.stop()
        ann.says("written without a server")
        ann.until(lambda: any(each["isPending"] for each in ann.said()))
        ann.page.reload()
        ann.sees_words("The server cannot be reached.", "#status")
        ann.until(lambda: any(each["isPending"] for each in ann.said()), "it waits still")
        self.serve()
        bob = self.opens("/#ops")
        ann.page.evaluate("() => document.querySelector('#status button')?.click()")
        bob.sees("written without a server")
        ann.sees("written without a server")
        self.assertEqual(ann.page.inner_text("#status"), "")

    def test_without_a_network_it_says_that(self) -> None:
        ann = self.opens()
        ann.is_cut_off = True
        self.stop()
        ann.page.context.set_offline(True)
        ann.sees_words("You are offline.", "#status")


class ScriptlessTests(BrowserTestCase):
    def test_public_rooms_can_be_read_without_javascript(self) -> None:
        cat = self.calls(self.port)
        cat.types("/nick cat", "<b>bold</b> & https://example.org/", "and more")
        cat.sees_some("cat: and more\n")
        ann = self.looks(java_script_enabled=False)
        ann.sees_words("This page needs JavaScript.", "body")
        ann.page.click("noscript a")
        ann.page.click("text=#lobby")
        ann.sees_words("<b>bold</b> & https://example.org/", "body")
        links = ann.page.locator("a[href*='/archive/lobby/']")
        links.last.click()
        ann.sees_words("and more", "body")

"""The archive's pages: rooms, their messages, and the search."""

from __future__ import annotations

from chatsvc.doors.web.archive import page
from chatsvc.doors.web.archive.pages import MOST_MESSAGES
from tests.doors.web.archive.reading import Page, ReadingTestCase


class RoomsTests(ReadingTestCase):
    def test_public_rooms_are_listed_with_what_is_known_of_them(self) -> None:
        self.says("/topic #ops see https://x.example/", "/say #ops hi", "/join #hid", "/join #key")
        self.says("/privacy #hid hidden", "/key #key secret", "/say #hid x", "/say #key x")
        page = self.reads("/archive/")
        listed = [[*each.itertext()] for each in page.tree.iter("li")]
        self.assertEqual(
            ["".join(each) for each in listed],
            [
                "#ops 2 people, last message 1970-01-12 13:46see https://x.example/",
                "#lobby 3 people",
            ],
        )
        self.assertIn("/archive/ops", page.links())

    def test_of_many_rooms_those_that_spoke_last_are_listed_and_searched(self) -> None:
        self.patch(page, "MOST_ROOMS", 2)
        self.patch(page, "ROOMS_AT_ONCE", 1)
        for name in ("#one", "#two", "#three"):
            self.says(f"/join {name}", f"/say {name} red")
        rooms = [each for each in self.reads("/archive/").links()[4:] if each[0] == "/"]
        self.assertEqual(rooms, ["/archive/three", "/archive/two"])
        self.assertEqual(len(self.reads("/archive/search?q=red").messages), 2)

    def test_without_its_slash(self) -> None:
        answer = self.browser().asks("GET", "/archive")
        self.assertEqual((answer.status, answer.headers["location"]), (308, "/archive/"))

    def test_the_head_alone(self) -> None:
        answer = self.browser().asks("HEAD", "/archive/")
        self.assertEqual((answer.status, answer.body), (200, ""))

    def test_the_way_past_the_navigation(self) -> None:
        page = self.reads("/archive/")
        [skip] = page.links(**{"class": "skip"})
        self.assertEqual(skip, "#content")
        self.assertEqual(next(page.tree.iter("main")).get("id"), "content")


class RoomTests(ReadingTestCase):
    def test_who_said_what_and_when(self) -> None:
        self.says("/say #ops hi", "/say #ops two\\nlines")
        page = self.reads("/archive/ops")
        self.assertEqual(page.messages[0], "ann: hi")
        [heading] = page.tree.iter("h2")
        self.assertEqual("".join(heading.itertext()), "Monday, 12 January 1970")
        first = next(page.tree.iter("li"))
        [name] = first.iter("bdi")
        self.assertEqual(name.text, "ann")
        [time] = first.iter("time")
        self.assertEqual((time.text, time.get("datetime")), ("13:46", "1970-01-12T13:46:41Z"))
        self.assertEqual(first[0].get("href"), f"/archive/ops/{first.get('id', '')[1:]}"
                         f"#{first.get('id')}")  # fmt: skip

    def test_all_kinds_of_messages(self) -> None:
        self.says("/say #ops bad")
        [bad] = [each.get("id", "") for each in self.reads("/archive/ops").tree.iter("li")]
        self.bob.types(f"/redact {bad[1:]} spam")
        self.says("/me waves")
        acted = self.server.chat.delivery.last_id
        self.says(f"/answer {acted} hello")
        self.says(f"/react {acted} +1")
        page = self.reads("/archive/ops")
        messages = page.messages
        self.assertEqual(messages[0], 'What ann said was removed by bob: "spam".')
        self.assertIn("* ann waves", messages)
        self.assertIn(f"ann answers [{acted}]: hello", messages)
        self.assertEqual(messages[-1], f"* ann reacts to [{acted}]: +1")
        self.assertIn(f"/archive/ops/{acted}#m{acted}", page.links())

    def test_many_are_read_back_and_forth_page_by_page(self) -> None:
        number = 2 * MOST_MESSAGES + 7
        for each in range(number):
            self.says(f"/say #ops {each}")
        pages = [self.reads("/archive/ops")]
        self.assertEqual(pages[0].links(rel="next"), [])
        while older := pages[-1].links(rel="prev"):
            pages.append(self.reads(older[0]))
        told = [text for page in reversed(pages) for text in page.messages]
        self.assertEqual(told, [f"ann: {each}" for each in range(number)])
        self.assertEqual([len(page.messages) for page in pages], [MOST_MESSAGES] * 2 + [7])
        newer = [pages[-1]]
        while ways := newer[-1].links(rel="next"):
            newer.append(self.reads(ways[0]))
            self.assertLessEqual(len(newer), 4)
        told = [text for page in newer for text in page.messages]
        self.assertEqual(told, [f"ann: {each}" for each in range(number)])

    def test_a_message_with_what_is_around_it(self) -> None:
        for each in range(30):
            self.says(f"/say #ops {each}")
        [*_, link] = [each for each in self.reads("/archive/ops").links() if "#m" in each][:15]
        path, _, anchor = link.partition("#")
        page = self.reads(path)
        self.assertEqual(page.messages, [f"ann: {each}" for each in range(4, 25)])
        [marked] = [each for each in page.tree.iter("li") if each.get("aria-current") == "true"]
        self.assertEqual((marked.get("id"), page.messages[10]), (anchor, "ann: 14"))
        self.assertIn(f"/#ops/{anchor[1:]}", page.links())
        older, newer = page.links(rel="prev") + page.links(rel="next")
        self.assertEqual(self.reads(older).messages, [f"ann: {each}" for each in range(4)])
        self.assertEqual(self.reads(newer).messages, [f"ann: {each}" for each in range(25, 30)])

    def test_there_are_no_ways_to_where_nothing_is(self) -> None:
        for each in range(3):
            self.says(f"/say #ops {each}")
        page = self.reads("/archive/ops")
        [first, *_, last] = [each for each in page.links() if "#m" in each]
        for link in (first, last):
            around = self.reads(link.partition("#")[0])
            self.assertEqual(around.links(rel="prev") + around.links(rel="next"), [])
        self.assertEqual(page.links(rel="prev") + page.links(rel="next"), [])

    def test_what_is_not_there(self) -> None:
        self.says("/say #ops hi", "/bc in the lobby")
        [link] = [each for each in self.reads("/archive/lobby").links() if "#m" in each]
        number = link.partition("#m")[2]
        asked = {
            "/archive/nowhere": 404,
            "/archive/ops/999": 404,
            f"/archive/ops/{number}": 404,  # it is another room's
            "/archive/ops?before=x": 400,
            f"/archive/ops?after={'9' * 19}": 400,
            "/archive/ops?before=-1": 400,
        }
        for path, status in asked.items():
            self.assertEqual(self.reads(path).status, status, path)
        for path in ("/archive/ops/x", "/archive/ops/", "/archive/ops/1/2", "/archive/%ff"):
            self.assertEqual(self.browser().asks("GET", path).status, 404, path)
        for path in ("/archive/ops?after=999999", f"/archive/ops?before=1&after={'9' * 18}"):
            self.assertIn("Nothing was said here.", self.reads(path).text)

    def test_names_of_rooms_that_need_care(self) -> None:
        for name in ("#search", "#Straße", "#日本語", "#a-b_c"):
            self.says(f"/join {name}", f"/say {name} in {name}")
        links = self.reads("/archive/").links()
        for path in ("/archive/%23search", "/archive/Stra%C3%9Fe", "/archive/a-b_c"):
            self.assertIn(path, links)
            self.assertEqual(len(self.reads(path).messages), 1)
        self.assertEqual(self.reads("/archive/%23ops").status, 200)


class SearchTests(ReadingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.says("/say #ops the red fox", "/say #ops the blue fox", "/bc a red hen")

    def found(self, query: str) -> Page:
        return self.reads(f"/archive/search?{query}")

    def test_in_all_rooms_the_newest_first(self) -> None:
        page = self.found("q=red")
        at = "1970-01-12 13:46 "
        texts = ["".join(each.itertext()) for each in page.tree.iter("li")]
        self.assertEqual(texts, [f"{at}#lobby ann: a red hen", f"{at}#ops ann: the red fox"])
        self.assertEqual(len(self.found("q=red+fox").messages), 1)

    def test_page_by_page(self) -> None:
        self.says(*[f"/say #ops fox {each}" for each in range(MOST_MESSAGES)])
        page = self.found("q=fox&room=ops")
        self.assertEqual(page.messages[-1], "13:46 #ops ann: fox 0")
        [older] = page.links(rel="next")
        page = self.reads(older)
        self.assertEqual(
            [each[6:] for each in page.messages],
            ["#ops ann: the blue fox", "#ops ann: the red fox"],
        )
        self.assertEqual(page.links(rel="next"), [])
        self.assertEqual(self.found("q=fox&before=99999").status, 400)

    def test_each_leads_to_its_place(self) -> None:
        [link] = [each for each in self.found("q=blue").links() if "#m" in each]
        page = self.reads(link.partition("#")[0])
        [marked] = [each for each in page.tree.iter("li") if each.get("aria-current")]
        self.assertIn("the blue fox", "".join(marked.itertext()))

    def test_in_one_room(self) -> None:
        for room in ("%23ops", "ops"):
            page = self.found(f"q=red&room={room}")
            self.assertEqual(len(page.messages), 1)
        fields = {each.get("name"): each.get("value") for each in page.tree.iter("input")}
        self.assertEqual(fields, {"q": "red", "room": "ops"})

    def test_what_nobody_may_read_is_not_found(self) -> None:
        self.says("/join #hid", "/privacy #hid hidden", "/say #hid red")
        self.assertEqual(len(self.found("q=red").messages), 2)
        self.assertEqual(self.found("q=red&room=hid").status, 404)

    def test_nothing(self) -> None:
        self.assertEqual(self.found("").messages, [])
        self.assertIn("Nothing like that was said.", self.found("q=green").text)
        for query in ("q=%20", "q=%00", "q=%ff", f"q={'+'.join(['x'] * 11)}", f"q={'x' * 300}"):
            self.assertIn(self.found(query).status, (200, 400), query)
        self.assertEqual(self.found(f"q={'+'.join(['x'] * 11)}").status, 400)

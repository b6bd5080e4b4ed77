"""Whatever is posted is said, or refused in words; nothing is a bug of the server's."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.doors.web.browsing import HOST
from tests.doors.web.programs.asking import ProgramTestCase

MEDIA = ("text/plain", "application/json", "application/x-www-form-urlencoded", "", "x")
KEYS = st.sampled_from(
    ["text", "content", "alerts", "orgId", "ruleName", "repository", "payload", "hook", "events"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=6,
)
BODIES = st.one_of(
    st.binary(),
    ANYTHING.map(lambda body: json.dumps(body).encode()),
    st.binary().map(lambda body: b"payload=" + body),
)


class WhateverTests(ProgramTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = f"/hook/{self.key()}"

    @settings(max_examples=150)
    @example(b'{"hook": {"events": [1]}}', "application/json", "ping", "")
    @example(b"payload=", "application/x-www-form-urlencoded", "", "")
    @given(
        BODIES,
        st.sampled_from(MEDIA),
        st.sampled_from(["", "push", "issues", "ping", "\u00e9"]),
        st.text('abc\u00e9" ', max_size=70),
    )
    def test_bodies(self, body: bytes, media: str, event: str, nonce: str) -> None:
        headers = f"Host: {HOST}\r\nX-GitHub-Event: {event}\r\nIdempotency-Key: {nonce}\r\n"
        if media:
            headers += f"Content-Type: {media}\r\n"
        self.server.clock.advance(60)
        self.hush()
        browser = self.browser()
        browser.sends(
            f"POST {self.path} HTTP/1.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        response = browser.hears()
        said = self.bob.hears()
        if response.status == 200:
            self.id_of(response)
            self.assertTrue(all(line.startswith("#ops ci[hook]: ") for line in said))
        else:
            self.assertIn(response.status, (400, 413, 415))
            self.assertTrue(response.error)
            self.assertEqual(said, [])

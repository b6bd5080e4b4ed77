"""Draws the web page's icon as PNG, after icon.svg, for what takes no SVG: python docs/icons.py"""

from __future__ import annotations

import struct
import zlib
from math import hypot
from pathlib import Path

ICONS = Path(__file__).parents[1] / "chatsvc" / "doors" / "web" / "page" / "icons"
SIZE = 192  # pixels
UNITS = 512  # of the drawing, in each direction
SHADES = 4  # of the palette, from one colour to the other
BLUE, WHITE = (0x23, 0x50, 0xC8), (0xFF, 0xFF, 0xFF)
TAIL = ((252, 348), (168, 416), (168, 348))  # of the bubble; clockwise
LINES = (((160, 212), (352, 212)), ((160, 272), (280, 272)))  # in it

Point = tuple[float, float]


def bubble(x: float, y: float) -> float:
    """The distance of a point from the bubble's edge; negative inside."""
    across, down = abs(x - 256) - 128, abs(y - 242) - 66
    body = hypot(max(across, 0), max(down, 0)) + min(max(across, down), 0) - 40
    return min(body, tail(x, y))


def tail(x: float, y: float) -> float:
    """The distance of a point from the lines along the tail's sides; negative inside."""
    sides = zip(TAIL, TAIL[1:] + TAIL[:1], strict=True)
    return max(
        ((y - y1) * (x2 - x1) - (x - x1) * (y2 - y1)) / -hypot(x2 - x1, y2 - y1)
        for (x1, y1), (x2, y2) in sides
    )


def line(x: float, y: float, ends: tuple[Point, Point]) -> float:
    """The distance of a point from the edge of a line with round ends; negative inside."""
    (x1, y1), (x2, _) = ends
    return hypot(x - min(max(x, x1), x2), y - y1) - 16


def shade(x: float, y: float, pixel: float) -> int:
    """The shade of a pixel, from 0 for blue to the last for white."""
    inside = max(bubble(x, y), *(-line(x, y, each) for each in LINES))
    return round(min(max(0.5 - inside / pixel, 0), 1) * (SHADES - 1))


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG (RFC 2083, section 3.2)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def icon(size: int) -> bytes:
    """The icon as PNG, with four pixels a byte."""
    pixel = UNITS / size
    rows = []
    for row in range(size):
        y = (row + 0.5) * pixel
        shades = [shade((column + 0.5) * pixel, y, pixel) for column in range(size)]
        fours = zip(*[iter(shades)] * 4, strict=True)
        rows.append(b"\0" + bytes([a << 6 | b << 4 | c << 2 | d for a, b, c, d in fours]))
    palette = b"".join(
        bytes([a + (b - a) * step // (SHADES - 1) for a, b in zip(BLUE, WHITE, strict=True)])
        for step in range(SHADES)
    )
    header = struct.pack(">IIBBBBB", size, size, 2, 3, 0, 0, 0)
    data = zlib.compress(b"".join(rows), 9)
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(*part) for part in parts])


if __name__ == "__main__":
    (ICONS / f"icon-{SIZE}.png").write_bytes(icon(SIZE))

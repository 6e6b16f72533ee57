"""Seeded damage to files: bits, blocks, lengths, numbers, words and whole files."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb'"[^"\n]{0,60}"|[A-Za-z_][A-Za-z_0-9]{2,}')
_NUMBERS = (
    *(b"0", b"-1", b"1", b"2", b"1e999", b"-1e308", b"NaN", b"Infinity", b"1e-400", b"0.5", b"1.7976931348623157e308"),
    *(
        b"65536",
        b"2147483647",
        b"4294967296",
        b"9223372036854775807",
        b"18446744073709551616",
        b"9" * 400,
        b"00",
        b"1_0",
    ),
)
_WORDS = (
    *(b"null", b"true", b'""', b"[]", b"{}", b"[" * 4000, b'"\\ud800"', b'"../../../../etc/passwd"', b'"\\u0000"'),
    *(
        b"\xff\xfe",
        "äöü😀".encode(),
        b"=cmd()",
        b"A" * 5000,
        b"float32",
        b"object",
        b"|O",
        b"complex128",
        b"blosc",
        b",",
    ),
)
_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**63, 2**64 - 1)
_LARGEST = 4_000_000


def damage(folder: Path, draw: Random, target: str) -> list[str]:
    """Damage a file or two of a folder; returns what was done, in words.

    What is opened, or lies in it, is taken most often.
    """
    done = []
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        if not files:
            break
        first = [path for path in files if target in (path.name, *path.relative_to(folder).parts)]
        path = draw.choice(first if first and draw.random() < 0.7 else files)
        if draw.random() < 0.03:
            path.unlink()
            done.append(f"{path.relative_to(folder)} deleted")
            continue
        change = draw.choice(_CHANGES)
        path.write_bytes(bytes(change(bytearray(path.read_bytes()), draw)[:_LARGEST]))
        done.append(f"{path.relative_to(folder)}: {change.__name__.strip('_').replace('_', ' ')}")
    return done


def _flipped_bits(content: bytearray, draw: Random) -> bytearray:
    for _ in range(draw.choice((1, 1, 2, 4, 16, 64)) if content else 0):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return content


def _bytes_in_the_head(content: bytearray, draw: Random) -> bytearray:
    for _ in range(draw.choice((1, 2, 4, 8)) if content else 0):
        content[draw.randrange(min(len(content), 256))] = draw.randrange(256)
    return content


def _cut_off(content: bytearray, draw: Random) -> bytearray:
    return content[: draw.randrange(len(content) + 1)]


def _longer(content: bytearray, draw: Random) -> bytearray:
    return content + draw.randbytes(draw.choice((1, 7, 4096)))


def _block_removed(content: bytearray, draw: Random) -> bytearray:
    start = draw.randrange(len(content) + 1)
    del content[start : start + draw.choice((1, 4, 16, 512))]
    return content


def _block_repeated(content: bytearray, draw: Random) -> bytearray:
    start, size = draw.randrange(len(content) + 1), draw.choice((1, 4, 16, 512))
    content[start:start] = content[start : start + size] * draw.choice((1, 2, 50))
    return content


def _block_of_one_value(content: bytearray, draw: Random) -> bytearray:
    start, size = draw.randrange(len(content) + 1), draw.choice((2, 8, 64, 512))
    content[start : start + size] = bytes([draw.choice((0, 255, 65))]) * min(size, len(content) - start)
    return content


def _extreme_number(content: bytearray, draw: Random) -> bytearray:
    """Put an extreme binary number somewhere, more often in the head."""
    size, order = draw.choice((1, 2, 4, 8)), draw.choice(("little", "big"))
    if len(content) <= size:
        return content
    limit = len(content) if draw.random() < 0.5 else min(len(content), 512)
    start = draw.randrange(max(1, limit - size))
    content[start : start + size] = (draw.choice(_EXTREMES) % 256**size).to_bytes(size, order)
    return content


def _another_number(content: bytearray, draw: Random) -> bytearray:
    return _replaced(content, draw, _NUMBER, _NUMBERS)


def _another_word(content: bytearray, draw: Random) -> bytearray:
    return _replaced(content, draw, _WORD, _WORDS)


def _words_exchanged(content: bytearray, draw: Random) -> bytearray:
    words = [found.group() for found in _WORD.finditer(bytes(content[:200_000]))]
    return _replaced(content, draw, _WORD, words) if words else content


def _replaced(
    content: bytearray, draw: Random, what: re.Pattern[bytes], by: tuple[bytes, ...] | list[bytes]
) -> bytearray:
    found = list(what.finditer(bytes(content[:200_000])))
    if not found:
        return _flipped_bits(content, draw)
    one = draw.choice(found)
    content[one.start() : one.end()] = draw.choice(by)
    return content


_CHANGES: tuple[Callable[[bytearray, Random], bytearray], ...] = (
    *(_flipped_bits, _bytes_in_the_head, _cut_off, _longer, _block_removed, _block_repeated, _block_of_one_value),
    *(_extreme_number, _extreme_number, _another_number, _another_number, _another_word, _words_exchanged),
)

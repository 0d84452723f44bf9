"""Reads and patches the boxes of small MP4 files, so that tests need no ffmpeg program."""

import struct

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts")


def walk(data, start=0, end=None):
    """(kind, start of the payload, end) of every box below, in order."""
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        yield kind, at + head, at + size
        if kind in CONTAINERS:
            yield from walk(data, at + head, at + size)
        at += size


def find(data, kind):
    """Start of the payload of the first box of this kind, and its end."""
    return next((start, end) for found, start, end in walk(data) if found == kind)


def rotate(path, degrees):
    """Set the display matrix of the only track, as a phone does that is held upright."""
    matrix = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    a, b, c, d = (value << 16 for value in matrix)
    data = bytearray(path.read_bytes())
    start, _ = find(data, b"tkhd")
    assert data[start] == 0, "version 0 of the box is expected"
    struct.pack_into(">9i", data, start + 40, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def set_durations(path, durations):
    """Give every frame its own duration in units of the track's clock: a file of variable frame rate."""
    data = bytearray(path.read_bytes())
    start, end = find(data, b"stts")
    entries = struct.pack(">II", 0, len(durations)) + b"".join(struct.pack(">II", 1, d) for d in durations)
    grown = len(entries) - (end - start)
    moved = bytes(data[:start]) + entries + bytes(data[end:])
    data = bytearray(moved)
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        box = find_head(data, kind)
        struct.pack_into(">I", data, box, struct.unpack_from(">I", data, box)[0] + grown)
    struct.pack_into(">I", data, start - 8, len(entries) + 8)
    if find_head(data, b"moov") < find_head(data, b"mdat"):
        _move_chunks(data, grown)
    edits = data.find(b"edts")
    if edits >= 0:  # an edit list would cut the track to its old length
        data[edits : edits + 4] = b"free"
    scale_start, _ = find(data, b"mdhd")
    struct.pack_into(">I", data, scale_start + 16, sum(durations))
    path.write_bytes(data)


def clock_of(path):
    """Units a second of the track's clock."""
    data = path.read_bytes()
    start, _ = find(data, b"mdhd")
    return struct.unpack_from(">I", data, start + 12)[0]


def find_head(data, kind):
    """Where the box of this kind starts."""
    return find(data, kind)[0] - 8


def _move_chunks(data, by):
    start, _ = find(data, b"stco")
    count = struct.unpack_from(">I", data, start + 4)[0]
    for entry in range(count):
        at = start + 8 + 4 * entry
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + by)

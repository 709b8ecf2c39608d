"""Reads a store, or a backup of one, by FORMAT.md alone: Python's standard library and no line of kilter's.

    python3 reader.py STORE-OR-BACKUP

Checks every checksum and digest and the chain, and prints definitions, releases, withdrawals and observations, one
to a line: what each release said, what was known as at each release, and what is known now. Anything that is not as
FORMAT.md has it ends it with a sentence.
"""

import hashlib
import pathlib
import re
import struct
import sys
import zipfile
import zlib


class Wrong(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Wrong(what)


def crc(a, b=None):
    return zlib.crc32(a if b is None else a + b"\0" + b)


class Bytes:
    """Bytes being read from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(0 <= n <= len(self.data) - self.at, "something goes beyond its end")
        self.at += n
        return self.data[self.at - n : self.at]

    def byte(self):
        return self.take(1)[0]

    def left(self):
        return len(self.data) - self.at

    def end(self):
        need(self.left() == 0, f"{self.left()} bytes are left over")

    # Records.

    def u(self):
        first = self.byte()
        if first < 251:
            return first
        need(first <= 253, "an integer of no known length")
        return int.from_bytes(self.take({251: 2, 252: 4, 253: 8}[first]), "little")

    def i(self):
        return zigzag(self.u())

    def text(self):
        return self.take(self.u()).decode()

    def option(self, read):
        return read() if self.byte() else None

    def list(self, read):
        return [read() for _ in range(self.u())]

    # Columns.

    def varint(self):
        n, shift = 0, 0
        while True:
            byte = self.byte()
            n |= (byte & 127) << shift
            if byte < 128:
                need(byte > 0 or shift == 0, "a varint with idle digits")
                need(n < 1 << 64, "a varint of more than 64 bits")
                return n
            shift += 7

    def signed(self):
        return zigzag(self.varint())


def zigzag(n):
    return n >> 1 if n % 2 == 0 else -((n + 1) >> 1)


# Records


def header_v1(b):
    head = {"number": b.u(), "previous": b.take(32), "known_at": b.i(), "recorded_at": b.i(), "source": b.text()}
    choice = b.u()
    need(choice in (0, 1), "content without meaning")
    if choice == 0:
        return head | {"kind": "definitions", "version": b.u()}
    release = {
        "kind": "release",
        "release": b.u(),
        "profile": b.option(b.text),
        "file": b.option(b.text),
        "digest": b.option(lambda: b.take(32)),
        "note": b.option(b.text),
        "series": b.u(),
        "observations": b.u(),
    }
    return head | release


def header_v2(b):
    head = {"number": b.u(), "previous": b.take(32), "known_at": b.i(), "recorded_at": b.i(), "source": b.text()}
    choice = b.u()
    need(choice in (0, 1), "content without meaning")
    if choice == 0:
        return head | {"kind": "withdrawal", "release": b.u(), "reason": b.text()}

    def original():
        form = b.u()
        inner = Bytes(b.take(b.u()))
        found = header(form, inner)
        inner.end()
        return found | {"own digest": b.take(32), "length": b.u()}

    return head | {"kind": "merged", "originals": b.list(original)}


def header(form, b):
    need(form in (1, 2), f"format {form}")
    return header_v1(b) if form == 1 else header_v2(b)


def documents_v1(b):
    return b.list(lambda: (b.text(), b.u(), b.u()))


def directory_v1(b):
    areas = b.list(b.text)

    def measure():
        return {
            "id": b.text(),
            "kinds": b.list(b.u),
            "blocks": b.u(),
            "table": b.u(),
            "table crc": b.u(),
            "series": b.u(),
            "observations": b.u(),
        }

    return areas, b.list(measure)


def table_v1(b):
    first = b.i()

    def entry():
        place, kind, observations, length = b.u(), b.byte(), b.u(), b.u()
        start = first + b.u()
        return place, kind, observations, length, start, start + b.u()

    return b.list(lambda: (b.text(), b.list(entry)))


# Columns

DECIMALS = [1.0, 10.0, 100.0, 1000.0, 10000.0]


def number(b, form, units):
    if form == 255:
        return struct.unpack("<d", b.take(8))[0]
    need(form <= 4 and abs(units) <= 1 << 53, "a number that cannot be")
    return units / DECIMALS[form]


def numbers(b, states, which):
    form, units, column = b.byte(), 0, [0.0] * len(states)
    for place, state in enumerate(states):
        if state in which:
            units = 0 if form == 255 else units + b.signed()
            column[place] = number(b, form, units)
    return column


def runs(b, n):
    column = []
    while len(column) < n:
        code, more = b.varint(), b.varint()
        need(len(column) + more < n, "a run beyond the end")
        column += [code] * (more + 1)
    return column


def series(data):
    """The columns of one release: kind, then (period, value, denominator, state, marks) for each observation."""
    b = Bytes(data)
    kind = int.from_bytes(b.take(2), "big")
    n, flags = b.varint(), b.byte()
    need(flags & ~7 == 0 and flags & 3 != 3, f"flags {flags}")
    if n == 0:
        b.end()
        return kind, []
    periods = [b.signed()]
    if flags & 3 == 0:
        periods = list(range(periods[0], periods[0] + n))
    elif flags & 3 == 1:
        start, periods, count = periods[0], [], b.varint()
        for run in range(count):
            end = start + b.varint()
            periods += range(start, end + 1)
            if run + 1 < count:
                start = end + b.varint() + 2
    else:
        for _ in range(n - 1):
            periods.append(periods[-1] + b.varint() + 1)
    need(len(periods) == n, "another number of periods than is said")
    states, marks = runs(b, n), runs(b, n)
    values = numbers(b, states, (0, 1))
    denominators = numbers(b, states, (1,)) if flags & 4 else [0.0] * n
    b.end()
    return kind, list(zip(periods, values, denominators, states, marks))


def near(value, scale):
    """To the nearest whole number of units, halves away from zero; 0 where that is beyond all units."""
    units = abs(value * scale)
    # Beyond it there are no halves.
    whole = int(units) if units >= 1 << 52 else int(units) + (1 if units - int(units) >= 0.5 else 0)
    return 0 if whole > 1 << 53 else (whole if value >= 0 else -whole)


def guessed(b, periods, states, which, said, place):
    form, last, column = b.byte(), 0, [0.0] * len(states)
    for i, state in enumerate(states):
        if state in which:
            if form != 255:
                before = said.get(periods[i], (None, None))[place]
                need(form <= 4, "decimals that cannot be")
                last = (last if before is None else near(before, DECIMALS[form])) + b.signed()
            column[i] = number(b, form, last)
    return column


def versions(data):
    """The parts of a block of a merged segment: what each release says."""
    b, parts, said, release, points, kind = Bytes(data), [], {}, 0, [], 0
    while b.left():
        release += b.varint()
        part = Bytes(b.take(b.varint()))
        form = part.byte()
        if form == 0:
            kind, points = series(part.take(part.left()))
        else:
            need(form == 1 and parts, "a form that cannot be")
            by = part.signed()
            periods, states = [p[0] + by for p in points], [p[3] for p in points]
            values = guessed(part, periods, states, (0, 1), said, 0)
            pairs = 1 in states
            denominators = guessed(part, periods, states, (1,), said, 1) if pairs else [0.0] * len(states)
            points = list(zip(periods, values, denominators, states, [p[4] for p in points]))
            part.end()
        for period, value, denominator, state, _ in points:
            said[period] = (value if state < 2 else None, denominator if state == 1 else None)
        parts.append((release, kind, points))
    return parts


# Segments


class Segment:
    def __init__(self, name, data):
        self.name, self.data = name, data
        need(data[:8] == b"KILTSEG\n", f"{name} does not begin as a segment does")
        (form,) = struct.unpack("<H", data[8:10])
        length, check = struct.unpack("<II", data[16:24])
        encoded = data[24 : 24 + length]
        need(crc(data[:20], encoded) == check, f"the header of {name}")
        b = Bytes(encoded)
        self.header = header(form, b)
        b.end()
        self.body = 24 + length
        trailer = data[-72:]
        self.digest = trailer[32:64]
        number, directory, at, whole = struct.unpack("<IIQQ", trailer[8:32])
        need(trailer[:8] == b"KILTEND\n" and crc(trailer[:68]) == int.from_bytes(trailer[68:], "little"), f"the trailer of {name}")
        need(number == self.header["number"] and whole == len(data), f"{name} is not of one piece")
        need(at + directory + 72 == whole, f"the directory of {name} is elsewhere")
        need(hashlib.sha256(data[:-72]).digest() == self.digest, f"the digest of {name}")
        self.directory_at, self.directory = at, data[at : at + directory]
        need(crc(b"KILTEND\n", self.directory) == int.from_bytes(trailer[64:68], "little"), f"the directory of {name}")

    def texts(self, documents, at):
        found = []
        for name, length, check in documents:
            text = self.data[at : at + length]
            need(crc(name.encode(), text) == check, f"the document {name} of {self.name}")
            found.append((name, text))
            at += length
        return found, at

    def blocks(self, directory):
        """Each series: measure, breakdown, area, kind, observations, and the columns of its block."""
        areas, measures = directory
        at = self.body
        table_at = at + sum(m["blocks"] for m in measures)
        for m in measures:
            table = self.data[table_at : table_at + m["table"]]
            need(crc(m["id"].encode(), table) == m["table crc"], f"the table of {m['id']} in {self.name}")
            b, end, n, observations = Bytes(table), at + m["blocks"], 0, 0
            for breakdown, entries in table_v1(b):
                for place, kind, count, length, first, last in entries:
                    key = "\0".join([m["id"], breakdown, areas[place]])
                    block = self.data[at : at + length]
                    need(crc(key.encode(), block[4:]) == int.from_bytes(block[:4], "little"), f"the block of {key!r}")
                    yield key, m["kinds"][kind], count, (first, last), block[4:]
                    at, n, observations = at + length, n + 1, observations + count
            b.end()
            need((at, n, observations) == (end, m["series"], m["observations"]), f"{m['id']} does not add up")
            table_at += m["table"]
        self.after_tables = table_at

    def read(self):
        """What each segment of the file is: its header and digest, and texts or series by key."""
        b = Bytes(self.directory)
        kind = self.header["kind"]
        if kind == "definitions":
            texts, end = self.texts(documents_v1(b), self.body)
            need(end == self.directory_at, "the texts do not fill the segment")
            found = [(self.header, self.digest, texts)]
        elif kind == "withdrawal":
            found = [(self.header, self.digest, None)]
        elif kind == "release":
            said = {}
            for key, of, count, ends, columns in self.blocks(directory_v1(b)):
                own, points = series(columns)
                agrees(key, of, count, ends, own, points)
                said[key] = (own, points)
            need(self.after_tables == self.directory_at, "something stands between tables and directory")
            found = [(self.header, self.digest, said)]
        else:
            found = self.merged(b)
        b.end()
        return found

    def merged(self, b):
        directory = directory_v1(b)
        of_measures = b.list(lambda: b.list(b.u))
        documents = b.list(lambda: documents_v1(b))
        originals = self.header["originals"]
        said = {o["release"]: {} for o in originals if o["kind"] == "release"}
        named = dict(zip((m["id"] for m in directory[1]), map(set, of_measures)))
        spoken = {}
        for key, of, count, ends, columns in self.blocks(directory):
            parts = versions(columns)
            agrees(key, of, count, ends, parts[0][1], [point for part in parts for point in part[2]])
            for release, kind, points in parts:
                said[release][key] = (kind, points)
                spoken.setdefault(key.split("\0")[0], set()).add(release)
        need(spoken == named, "other releases speak of a measure than the directory says")
        at, found = self.after_tables, []
        for original in originals:
            texts = None
            if original["kind"] == "definitions":
                texts, at = self.texts(documents.pop(0), at)
            elif original["kind"] == "release":
                texts = said[original["release"]]
            found.append((original, original["own digest"], texts))
        need(not documents and at == self.directory_at, "the texts do not fill the segment")
        last = originals[-1]
        need(self.header["number"] == last["number"], "a merged segment under another number")
        need(self.header["previous"] == originals[0]["previous"], "a merged segment names another before it")
        return found


def agrees(key, of, count, ends, kind, points):
    need(kind == of and len(points) == count, f"{key!r} is not what its table says")
    periods = [point[0] for point in points]
    need(not periods or (min(periods), max(periods)) == ends, f"{key!r} has other periods than its table says")


# Stores


def lines_checked(data, what):
    text = data.decode()
    body, check, rest = text.rpartition("check ")
    need(rest == f"{crc(body.encode()):08x}\n" and check, f"the check of {what}")
    return body.splitlines()


def files_of(path):
    if path.is_dir():
        names = ["kilter.store"] + [f"ledger/{f.name}" for f in (path / "ledger").iterdir()]
        return {name: (path / name).read_bytes() for name in names}
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    lines = lines_checked(files.pop("manifest.txt"), "the manifest")
    need(lines[:2] == ["kilter backup", "format 1"], "not a backup of format 1")
    listed = [line.split(" ", 3)[1:] for line in lines if line.startswith("file ")]
    need(sorted(name for _, _, name in listed) == sorted(files), "the manifest names other members")
    for digest, length, name in listed:
        need((hashlib.sha256(files[name]).hexdigest(), str(len(files[name]))) == (digest, length), f"the member {name}")
    return files


def segments_of(files):
    lines = lines_checked(files["kilter.store"], "kilter.store")
    need(lines[0] == "kilter store" and lines[1] in ("format 1", "format 2"), "not a store of format 1 or 2")
    ranges = []
    for name in files:
        found = re.fullmatch(r"ledger/(\d{8,})(?:-(\d{8,}))?\.segment", name)
        if found:
            ranges.append((int(found[1]), int(found[2] or found[1]), name))
    # A file whose segments are all in another counts no more.
    held = lambda r: any(o != r and o[0] <= r[0] and r[1] <= o[1] for o in ranges)
    ranges = sorted(r for r in ranges if not held(r))
    all_segments, previous = [], bytes(32)
    for first, last, name in ranges:
        need(first == len(all_segments) + 1, f"segment {len(all_segments) + 1} is missing")
        for found in Segment(name, files[name]).read():
            head, digest, _ = found
            need(head["number"] == len(all_segments) + 1, f"{name} holds another number")
            need(head["previous"] == previous, f"segment {head['number']} does not follow on the one before")
            previous = digest
            all_segments.append(found)
        need(last == len(all_segments), f"{name} does not hold what its name says")
    if "ledger/head" in files:
        number, digest = (line.split(" ")[1] for line in lines_checked(files["ledger/head"], "the head"))
        need(int(number) <= len(all_segments), "the last segment is missing")
        need(all_segments[int(number) - 1][1].hex() == digest, "the head names another segment")
    return all_segments


def state(all_segments, last):
    """What is known after so many segments: of each period the last word."""
    withdrawn = {h["release"] for h, _, _ in all_segments[:last] if h["kind"] == "withdrawal"}
    releases = [(h, said) for h, _, said in all_segments[:last] if h["kind"] == "release"]
    known = {}
    for head, said in sorted(releases, key=lambda r: (r[0]["known_at"], r[0]["release"])):
        if head["release"] not in withdrawn:
            for key, (kind, points) in said.items():
                of_key = known.setdefault(key, (kind, {}))[1]
                of_key.update((p[0], (*p, head["release"])) for p in points)
    return {key: (kind, [points[p] for p in sorted(points)]) for key, (kind, points) in known.items()}


def show(contents):
    for key, (kind, points) in sorted(contents.items()):
        measure, breakdown, area = key.split("\0")
        print(f"  {measure} of {area} ({breakdown}), kind {kind}")
        for period, value, denominator, *rest in points:
            bits = " ".join(struct.pack(">d", number).hex() for number in (value, denominator))
            print(f"    {period} {bits} {' '.join(map(str, rest))}")


def main():
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    found = segments_of(files_of(pathlib.Path(sys.argv[1])))
    kinds = ["definitions", "release", "withdrawal"]
    for head, _, content in sorted(found, key=lambda f: (kinds.index(f[0]["kind"]), f[0].get("release", 0))):
        day, recorded = head["known_at"], head["recorded_at"]
        if head["kind"] == "definitions":
            print(f"definitions {head['version']}, day {day}, recorded {recorded}, {head['source']}")
            for name, text in content:
                print(f"  {name}: {text.hex()}")
        elif head["kind"] == "release":
            print(f"release {head['release']}, day {day}, recorded {recorded}, {head['source']}")
            digest = head["digest"].hex() if head["digest"] else "-"
            more = [head[name] if head[name] is not None else "-" for name in ("profile", "file", "note")]
            print(f"  {' | '.join(more)} | {digest} | {head['series']} | {head['observations']}")
            show(content)
        else:
            print(f"withdrawal of {head['release']}, day {day}, recorded {recorded}, {head['reason']}")
    for head, _, _ in found:
        if head["kind"] == "release":
            print(f"as at release {head['release']}")
            show(state(found, head["number"]))
    print("now")
    show(state(found, len(found)))


try:
    main()
except Wrong as wrong:
    sys.exit(f"not as FORMAT.md has it: {wrong}")

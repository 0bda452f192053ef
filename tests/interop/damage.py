"""Changes single bytes in the data of chunks, and counts changes of pixels that a reader does not report.

    damage.py DAMAGE FOLDER ... [--changes N] [--streams N] [--only TEXT] [--least N] [--verbose]

DAMAGE is the example program `damage` of memtiff-tests, each FOLDER holds TIFFs (searched recursively). With --streams, random
JPEG streams are added, among them progressive ones and ones with restart markers. In each file N bytes at random offsets, spread over the data of its chunks, get random values, one at a time. GDAL (rasterio) and memtiff read each
damaged file as a whole. A change is silent if pixels differ from those of the good file and there is neither an error nor a
warning. For each compression method the numbers of silent changes are printed. A change that is silent in memtiff while GDAL
reports it is a failure; so is a file that GDAL reads without a warning and memtiff with one.
"""

import argparse
import collections
import hashlib
import json
import logging
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

import jpeg
import numpy
import rasterio
import tifffile
from rasterio.io import MemoryFile

warnings.filterwarnings("ignore")


# Samples of the largest image that is read.
LARGEST = 10_000_000


class Messages(logging.Handler):
    def __init__(self):
        super().__init__()
        self.seen = []

    def emit(self, record):
        self.seen.append(record.getMessage())


MESSAGES = Messages()


def listen():
    """Collects what GDAL complains of."""
    logger = logging.getLogger("rasterio")
    logger.addHandler(MESSAGES)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def gdal(data):
    """Status and SHA-256 of the pixels that GDAL reads."""
    MESSAGES.seen.clear()
    try:
        with MemoryFile(data) as file, file.open() as dataset:
            pixels = dataset.read()
    except Exception as error:
        return "error", None, f"{error}; {error.__cause__}; {MESSAGES.seen}"
    status = "warning" if MESSAGES.seen else "ok"
    return status, hashlib.sha256(pixels.tobytes()).hexdigest(), "; ".join(MESSAGES.seen)


class Memtiff:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, file, **change):
        self.process.stdin.write(json.dumps({"file": str(file), **change}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["status"], answer.get("sha256"), answer.get("message")


def chunks(file):
    """The method of compression, and the byte ranges of the chunks of the first page."""
    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages[0]
        method = getattr(page.compression, "name", str(page.compression))
        ranges = [(at, count) for at, count in zip(page.dataoffsets, page.databytecounts) if count > 0]
    return method, ranges


def offsets(ranges, count, random_):
    """Offsets spread over the bytes of all chunks."""
    total = sum(length for _, length in ranges)
    for position in sorted(random_.sample(range(total), min(count, total))):
        for start, length in ranges:
            if position < length:
                yield start + position
                break
            position -= length


def streams(folder, count, seed):
    """Writes a folder of TIFFs, each of one random JPEG stream."""
    rng = numpy.random.default_rng(seed)
    for number in range(count):
        height, width = map(int, rng.integers(8, 60, 2))

        def picture(samples, white):
            return jpeg.picture(rng, height, width, samples, white)

        made = jpeg.by_pillow(rng, picture(4, 255).astype("uint8")) if number % 3 else jpeg.by_imagecodecs(rng, picture)
        stream, *rest = made
        (folder / f"stream_{number}.tif").write_bytes(jpeg.tiff(stream, width, height, *rest, False))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folders", type=pathlib.Path, nargs="+")
    parser.add_argument("--changes", type=int, default=40, help="for each file")
    parser.add_argument("--streams", type=int, default=0, help="random JPEG streams")
    parser.add_argument("--seed", type=int, default=1, help="of these")
    parser.add_argument("--least", type=int, default=0, help="fail if fewer changes were made")
    parser.add_argument("--only", default="", help="files whose name contains this text")
    parser.add_argument("--largest", type=int, default=1 << 20, help="skip files of more bytes")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        streams(pathlib.Path(folder), arguments.streams, arguments.seed)
        compare(arguments, [*arguments.folders, pathlib.Path(folder)])


def compare(arguments, folders):
    """Changes bytes of all files, and prints the counts."""
    listen()
    memtiff = Memtiff(arguments.program)
    total, ours, theirs, worse = (collections.Counter() for _ in range(4))
    differing = collections.Counter()
    false = 0
    for file in sorted(file for folder in folders for file in folder.rglob("*.tif")):
        if arguments.only not in file.name or file.stat().st_size > arguments.largest:
            continue
        try:
            with rasterio.open(file) as dataset:
                # Files that claim far more pixels than they hold take minutes.
                if dataset.width * dataset.height * dataset.count > LARGEST:
                    continue
        except rasterio.errors.RasterioError:
            continue
        data = file.read_bytes()
        try:
            method, ranges = chunks(file)
        except Exception:
            continue
        good, good_here = gdal(data), memtiff.read(file)
        if good[0] == "ok" and good_here[0] == "warning":
            false += 1
            print(f"{file.name}: GDAL reads it without a warning; here: {good_here[2]}")
        if method == "NONE" or not ranges or good[0] != "ok" or good_here[0] != "ok" or good[1] != good_here[1]:
            continue
        random_ = random.Random(file.name)
        for offset in offsets(ranges, arguments.changes, random_):
            if offset >= len(data):
                continue
            byte = (data[offset] + random_.randrange(1, 256)) % 256
            there = gdal(data[:offset] + bytes([byte]) + data[offset + 1 :])
            here = memtiff.read(file, offset=offset, byte=byte)
            total[method] += 1
            silent_here = here[0] == "ok" and here[1] != good[1]
            ours[method] += silent_here
            theirs[method] += there[0] == "ok" and there[1] != good[1]
            differing[method] += None not in (here[1], there[1]) and here[1] != there[1]
            if silent_here and there[0] != "ok":
                worse[method] += 1
                print(f"{file.name}: byte {offset} = {byte}: silent here, GDAL says: {there[2]}")
            elif arguments.verbose and (here[:2] != there[:2]):
                print(f"{file.name}: byte {offset} = {byte}: {here} here, {there} in GDAL")

    print(f"{'method':<16} {'silent here':>12} {'silent GDAL':>12} {'other pixels':>13} {'changes':>8}")
    for method in sorted(total):
        counts = f"{ours[method]:>12} {theirs[method]:>12} {differing[method]:>13} {total[method]:>8}"
        print(f"{method:<16} {counts}")
    if worse or false:
        sys.exit(f"{sum(worse.values())} changes are silent here that GDAL reports; {false} files have false warnings")
    if sum(total.values()) < arguments.least:
        sys.exit(f"only {sum(total.values())} changes were made")


if __name__ == "__main__":
    main()

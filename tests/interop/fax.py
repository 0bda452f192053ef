"""Fax streams of independent encoders, random ones, decoded by memtiff.

    fax.py DAMAGE [COUNT]

DAMAGE is the example program `damage` of memtiff-tests. COUNT random bilevel images are written as CCITT RLE, group 3 (one
and two dimensions, with and without fill bits) and group 4, in strips by Pillow and in tiles by GDAL, and read with
memtiff; each pixel must be the one that was written, without a warning.
"""

import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import damage
import numpy
import rasterio
import tifffile
from PIL import Image


def image(random_):
    """A bilevel image of long or short runs, or of noise."""
    height, width = random_.randrange(1, 60), random_.choice([1, 7, 8, 9, 31, 64, 100, 1728, 2560, 5300])
    noise = numpy.random.default_rng(random_.randrange(1 << 30))
    kind = random_.randrange(3)
    if kind == 0:
        pixels = noise.random((height, width)) < random_.choice([0.01, 0.1, 0.5, 0.9])
    else:
        changes = noise.random((height, width)) < random_.choice([0.001, 0.01, 0.1])
        pixels = numpy.cumsum(changes, axis=1) % 2 == 1
        if kind == 2:
            pixels = numpy.repeat(pixels[: height // 3 + 1], 3, axis=0)[:height]
    return numpy.ascontiguousarray(pixels)


KINDS = ["CCITTRLE", "CCITTFAX3", "CCITTFAX4", "tiff_ccitt", "group3", "group3_2d", "group3_fill", "group4"]


def write(file, pixels, random_):
    """Writes a TIFF of which 0 is white; gives the name of the method."""
    kind = random_.choice(KINDS)
    if kind.startswith("CCITT"):
        height, width = pixels.shape
        with rasterio.open(
            file, "w", driver="GTiff", width=width, height=height, count=1, dtype="uint8", nbits=1, compress=kind,
            photometric="miniswhite", **({"tiled": True, "blockxsize": 64, "blockysize": 32} if width > 64 else {}),
        ) as dataset:
            dataset.write(pixels.astype("u1"), 1)
        return kind
    options = {"group3_2d": 1, "group3_fill": 4}.get(kind)
    tags = {} if options is None else {292: options}
    tags[278] = random_.choice([1, 8, 1000])
    compression = kind if kind in ("tiff_ccitt", "group4") else "group3"
    # In an image of Pillow 1 is white.
    Image.fromarray(~pixels).save(file, compression=compression, tiffinfo=tags)
    return kind


def main():
    damage.listen()
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    random_ = random.Random(3)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            file = pathlib.Path(folder) / f"{number}.tif"
            pixels = image(random_)
            try:
                kind = write(file, pixels, random_)
            except Exception as error:
                print(f"{number}: not written: {error}")
                continue
            process.stdin.write(json.dumps({"file": str(file)}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            with tifffile.TiffFile(file) as tiff:
                white_is_zero = tiff.pages[0].photometric == 0
            expected = (pixels if white_is_zero else ~pixels).astype("u1")
            expected = "ok", hashlib.sha256(expected.tobytes()).hexdigest()
            # libtiff sometimes writes a wrong last byte of modified Huffman codes.
            status, pixels_there, _ = damage.gdal(file.read_bytes())
            if status == "warning":
                expected = status, pixels_there
            if (answer["status"], answer.get("sha256")) != expected:
                failures += 1
                print(f"{number}: {kind} {pixels.shape}: {answer}")
    if failures:
        sys.exit(f"{failures} of {count} images differ")
    print(f"{count} images are right")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Random JPEG streams, each in a TIFF of its own, read by memtiff and by libjpeg-turbo: no sample may differ.

    python jpeg.py READS [--streams N] [--damaged N] [--least N] [--seed N]

READS is the example of that name. Encoders are imagecodecs (libjpeg-turbo), Pillow, and `cjpeg` where it is installed (it alone
writes arbitrary sampling factors and scan scripts). The judge is GDAL; imagecodecs judges sampling factors that libtiff refuses.
Streams with one damaged byte are judged by GDAL, which goes on after damage as libjpeg does.
"""
import argparse
import collections
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import warnings

import imagecodecs
import numpy as np
import PIL.Image
import rasterio

warnings.simplefilter("ignore")
MINISBLACK, RGB, SEPARATED, YCBCR = 1, 2, 5, 6


def picture(rng, height, width, samples, white):
    """Waves, noise and edges, each more or less."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for _ in range(samples):
        wave = np.sin(x / rng.uniform(1, 30)) + np.cos(y / rng.uniform(1, 30))
        noise = rng.normal(0, rng.choice([0, 0.02, 0.2, 1]), (height, width))
        edges = (x // rng.integers(1, 20) + y // rng.integers(1, 20)) % 2 * rng.uniform(0, 2)
        planes.append(wave + noise + edges)
    image = np.stack(planes, -1)
    image = (image - image.min()) / max(np.ptp(image), 1e-9)
    return (image * white * rng.uniform(0.1, 1.2)).clip(0, white)


def scan_script(rng):
    """A progressive script for three components, complete: every coefficient gets every bit."""
    low = int(rng.integers(0, 3))
    lines = [f"0,1,2: 0-0, 0, {low};"]
    for bit in range(low, 0, -1):
        lines.append(f"0,1,2: 0-0, {bit}, {bit - 1};")
    for component in rng.permutation(3):
        cuts = sorted({1, 64, *map(int, rng.integers(2, 64, rng.integers(0, 4)))})
        for first, behind in zip(cuts, cuts[1:]):
            low = int(rng.integers(0, 3))
            lines.append(f"{component}: {first}-{behind - 1}, 0, {low};")
            for bit in range(low, 0, -1):
                lines.append(f"{component}: {first}-{behind - 1}, {bit}, {bit - 1};")
    return "\n".join(lines)


def by_cjpeg(rng, folder, image):
    path = os.path.join(folder, "in.ppm")
    PIL.Image.fromarray(image).save(path)
    factors = [(int(a), int(b)) for a, b in rng.choice([1, 2, 4], (3, 2))]
    kind = rng.integers(0, 4)
    if kind == 0:
        factors = [factors[0], (1, 1), (1, 1)]
    elif kind == 1:
        factors = [(int(rng.choice([1, 2, 4])), int(rng.choice([1, 2]))), (1, 1), (1, 1)]
    if sum(h * v for h, v in factors) > 10:
        factors = [(2, 2), (1, 2), (2, 1)]
    if rng.integers(0, 5) == 0:
        # Each component in a scan of its own.
        script = "0;\n1;\n2;\n"
    elif rng.integers(0, 2):
        script = scan_script(rng)
    else:
        script = None
    command = ["cjpeg", "-quality", str(rng.integers(1, 101)), "-sample", ",".join(f"{h}x{v}" for h, v in factors)]
    command += ["-optimize"] if rng.integers(0, 2) else []
    command += ["-restart", f"{rng.integers(1, 9)}B"] if rng.integers(0, 3) == 0 else []
    if script:
        with open(os.path.join(folder, "scans.txt"), "w") as f:
            f.write(script)
        command += ["-scans", os.path.join(folder, "scans.txt")]
    elif rng.integers(0, 2):
        command += ["-progressive"]
    stream = subprocess.run([*command, path], check=True, capture_output=True).stdout
    return stream, 3, 8, YCBCR, factors


def without_huffman_tables(stream):
    """As in motion JPEG: decoders take those of the standard."""
    kept, at = stream[:2], 2
    while stream[at + 1] != 0xDA:
        behind = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if stream[at + 1] != 0xC4:
            kept += stream[at:behind]
        at = behind
    return kept + stream[at:]


def by_pillow(rng, image):
    mode = rng.choice(["L", "RGB", "CMYK"])
    samples = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    picture = PIL.Image.fromarray(image[..., 0] if samples == 1 else image[..., :samples], mode)
    options = {"quality": int(rng.integers(1, 101)), "optimize": bool(rng.integers(0, 2)), "progressive": bool(rng.integers(0, 2))}
    factors = [(1, 1)] * samples
    if mode == "RGB":
        subsampling = int(rng.integers(0, 3))
        options["subsampling"] = subsampling
        factors[0] = [(1, 1), (2, 1), (2, 2)][subsampling]
    else:
        options["subsampling"] = 0
    if rng.integers(0, 3) == 0:
        options["restart_marker_blocks"] = int(rng.integers(1, 20))
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    stream = out.getvalue()
    if not options["optimize"] and not options["progressive"] and rng.integers(0, 3) == 0:
        stream = without_huffman_tables(stream)
    return stream, samples, 8, {"L": MINISBLACK, "RGB": YCBCR, "CMYK": SEPARATED}[mode], factors


def by_imagecodecs(rng, pixels):
    samples = int(rng.choice([1, 3, 4]))
    bits = 12 if rng.integers(0, 3) == 0 else 8
    options = {"level": int(rng.integers(1, 101)), "optimize": bool(rng.integers(0, 2))}
    image = pixels(samples, 4095 if bits == 12 else 255).astype("uint16" if bits == 12 else "uint8")
    factors = [(1, 1)] * samples
    if samples == 1:
        photometric = MINISBLACK
    elif samples == 4:
        photometric = SEPARATED
        options |= {"colorspace": "CMYK", "outcolorspace": "CMYK"}
    elif rng.integers(0, 3) == 0:
        photometric = RGB
        options |= {"colorspace": "RGB", "outcolorspace": "RGB"}
    else:
        photometric = YCBCR
        factors[0] = [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1)][rng.integers(0, 5)]
        options |= {"colorspace": "RGB", "outcolorspace": "YCBCR", "subsampling": factors[0]}
    if bits == 12:
        options["bitspersample"] = 12
    image = image[..., 0] if samples == 1 else image
    return imagecodecs.jpeg8_encode(image, **options), samples, bits, photometric, factors


def tiff(stream, width, height, samples, bits, photometric, factors, tiled):
    """One chunk of a TIFF; tiles are as large as the image."""
    entries = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * samples), (259, 3, [7]), (262, 3, [photometric])]
    entries += [(277, 3, [samples]), (284, 3, [1])]
    if tiled:
        entries += [(322, 4, [width]), (323, 4, [height]), (324, 4, [8]), (325, 4, [len(stream)])]
    else:
        entries += [(273, 4, [8]), (278, 4, [height]), (279, 4, [len(stream)])]
    if samples == 4:
        entries += [(332, 3, [1])]
    if photometric == YCBCR:
        entries += [(530, 3, list(factors[0]))]
    at = 8 + len(stream) + len(stream) % 2
    directory, behind = struct.pack("<H", len(entries)), b""
    after = at + 2 + 12 * len(entries) + 4
    for tag, kind, values in sorted(entries):
        data = struct.pack("<" + ("H" if kind == 3 else "I") * len(values), *values)
        if len(data) > 4:
            place = after + len(behind)
            behind += data + b"\0" * (len(data) % 2)
            data = struct.pack("<I", place)
        directory += struct.pack("<HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    padding = b"\0" * (len(stream) % 2)
    return struct.pack("<2sHI", b"II", 42, at) + stream + padding + directory + b"\0" * 4 + behind


def judged(path, stream, samples, photometric, factors, damaged):
    """The array as (band, row, column), and who says so; None where nobody can."""
    by_gdal = all(f == (1, 1) for f in factors[1:]) and (photometric == YCBCR or factors[0] == (1, 1))
    if by_gdal:
        try:
            with rasterio.open(path) as dataset:
                return dataset.read(), "GDAL"
        except rasterio.errors.RasterioError:
            # libtiff also refuses images that are narrower than a unit of subsampled pixels.
            if damaged:
                return None, "GDAL"
    if damaged:
        return None, "nobody"
    space = {"colorspace": "YCBCR", "outcolorspace": "RGB"} if photometric == YCBCR else {}
    array = imagecodecs.jpeg8_decode(stream, **space)
    return np.moveaxis(array.reshape(*array.shape[:2], samples), -1, 0), "imagecodecs"


class Reads:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self, path):
        self.process.stdin.write(json.dumps({"file": path}).encode() + b"\n")
        self.process.stdin.flush()
        head = json.loads(self.process.stdout.readline())
        if "error" in head:
            return head["error"]
        return np.frombuffer(self.process.stdout.read(head["bytes"]), head["dtype"]).reshape(head["shape"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("reads")
    parser.add_argument("--streams", type=int, default=2200)
    parser.add_argument("--damaged", type=int, default=400)
    parser.add_argument("--least", type=int, default=0)
    parser.add_argument("--seed", type=int, default=20)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    reads = Reads(arguments.reads)
    has_cjpeg = shutil.which("cjpeg") is not None
    compared, wrong, notes = collections.Counter(), [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.streams + arguments.damaged):
            damaged = number >= arguments.streams
            height, width = map(int, rng.integers(1, rng.choice([12, 60, 150]), 2))
            pixels = lambda samples, white: picture(rng, height, width, samples, white)  # noqa: E731
            encoder = int(rng.integers(0, 3 if has_cjpeg else 2))
            if encoder == 2:
                made = by_cjpeg(rng, folder, pixels(3, 255).astype("uint8"))
            elif encoder == 1:
                made = by_pillow(rng, pixels(4, 255).astype("uint8"))
            else:
                made = by_imagecodecs(rng, pixels)
            stream, samples, bits, photometric, factors = made
            if damaged:
                begin = stream.rindex(b"\xff\xda") + 14
                if begin >= len(stream) - 2:
                    continue
                damage = bytearray(stream)
                damage[int(rng.integers(begin, len(stream) - 2))] ^= int(rng.integers(1, 256))
                stream = bytes(damage)
            path = os.path.join(folder, f"{number}.tif")
            with open(path, "wb") as f:
                f.write(tiff(stream, width, height, samples, bits, photometric, factors, bool(rng.integers(0, 2)) and width % 16 == height % 16 == 0))
            truth, judge = judged(path, stream, samples, photometric, factors, damaged)
            ours = reads.read(path)
            kind = f"{'damaged, ' if damaged else ''}{['imagecodecs', 'Pillow', 'cjpeg'][encoder]} by {judge}"
            if truth is None:
                notes[f"{kind}: {'an error here too' if isinstance(ours, str) else 'pixels here'}"] += 1
            elif isinstance(ours, str):
                wrong.append(f"{kind} {number}: {ours}")
            else:
                compared[kind] += 1
                if bits == 12 and judge == "GDAL" and width * samples % 2 and ours.shape == truth.shape:
                    # libtiff packs samples of 12 bits in pairs, and leaves out an odd one at the end of each row.
                    truth[-1, :, -1] = ours[-1, :, -1]
                if ours.shape != truth.shape or (ours != truth).any():
                    off = np.abs(ours.astype(int) - truth.astype(int)).max() if ours.shape == truth.shape else "shape"
                    wrong.append(f"{kind} {number}: {width} x {height}, {samples} samples of {bits} bits, {factors}: {off}")
                    if os.environ.get("KEEP"):
                        shutil.copy(path, os.environ["KEEP"])
            os.remove(path)
    for kind, count in sorted(compared.items()):
        print(f"{kind}: {count} compared")
    for note, count in sorted(notes.items()):
        print(f"{note}: {count}")
    for line in wrong[:40]:
        print("WRONG", line)
    total = sum(compared.values())
    print(f"{total} streams compared, {len(wrong)} differ")
    if wrong or total < arguments.least:
        sys.exit(1)


if __name__ == "__main__":
    main()

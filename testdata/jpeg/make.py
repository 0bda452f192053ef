#!/usr/bin/env python3
"""Makes the JPEG files of this folder, and `expected.json`: what GDAL 3.12 (with libjpeg-turbo) reads of them.

    python make.py

Streams come from imagecodecs and Pillow. `expected.json` maps each name to data type, shape (band, row, column) and the sha256 of
the samples, little-endian, band by band.
"""
import hashlib
import io
import json
import struct
import warnings
from pathlib import Path

import imagecodecs
import numpy as np
import PIL.Image
import rasterio

warnings.simplefilter("ignore")
OUT = Path(__file__).resolve().parent
WIDTH, HEIGHT = 46, 37
MINISBLACK, RGB, SEPARATED, YCBCR = 1, 2, 5, 6


def picture(samples, white):
    rng = np.random.default_rng(samples)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [np.sin(x / (5 + 2 * i)) + np.cos(y / (4 + i)) + 0.8 * ((x // 9 + y // 7) % 2) + rng.normal(0, 0.1, x.shape) for i in range(samples)]
    image = np.stack(planes, -1)
    image = (image - image.min()) / np.ptp(image) * white
    return (image[..., 0] if samples == 1 else image).astype("uint8" if white == 255 else "uint16")


def pillow(mode, **options):
    samples = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    out = io.BytesIO()
    PIL.Image.fromarray(picture(samples, 255), mode).save(out, "JPEG", **options)
    return out.getvalue()


def tiff(stream, samples, bits, photometric, factors):
    """One strip that holds the stream."""
    entries = [(256, 4, [WIDTH]), (257, 4, [HEIGHT]), (258, 3, [bits] * samples), (259, 3, [7]), (262, 3, [photometric]), (273, 4, [8]),
               (277, 3, [samples]), (278, 4, [HEIGHT]), (279, 4, [len(stream)]), (284, 3, [1])]
    if photometric == YCBCR:
        entries += [(530, 3, list(factors))]
    stream += b"\0" * (len(stream) % 2)
    at = 8 + len(stream)
    directory, behind = struct.pack("<H", len(entries)), b""
    for tag, kind, values in sorted(entries):
        data = struct.pack("<" + ("H" if kind == 3 else "I") * len(values), *values)
        if len(data) > 4:
            place = at + 2 + 12 * len(entries) + 4 + len(behind)
            behind += data + b"\0" * (len(data) % 2)
            data = struct.pack("<I", place)
        directory += struct.pack("<HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    return struct.pack("<2sHI", b"II", 42, at) + stream + directory + b"\0" * 4 + behind


def without_huffman_tables(stream):
    kept, at = stream[:2], 2
    while stream[at + 1] != 0xDA:
        behind = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if stream[at + 1] != 0xC4:
            kept += stream[at:behind]
        at = behind
    return kept + stream[at:]


def damaged(stream, share, flip):
    begin = stream.index(b"\xff\xda") + 14
    at = begin + int((len(stream) - begin) * share)
    return stream[:at] + bytes([stream[at] ^ flip]) + stream[at + 1 :]


def main():
    files = {}
    for factors in ((1, 1), (2, 1), (1, 2), (2, 2), (4, 1)):
        stream = imagecodecs.jpeg8_encode(picture(3, 255), 70, colorspace="RGB", outcolorspace="YCBCR", subsampling=factors)
        files["ycbcr_{}x{}".format(*factors)] = stream, 3, 8, YCBCR, factors
    rgb = imagecodecs.jpeg8_encode(picture(3, 255), 70, colorspace="RGB", outcolorspace="RGB")
    files["rgb"] = rgb, 3, 8, RGB, (1, 1)
    files["grey_restarts"] = pillow("L", quality=80, restart_marker_blocks=3), 1, 8, MINISBLACK, (1, 1)
    files["cmyk_progressive"] = pillow("CMYK", quality=60, progressive=True), 4, 8, SEPARATED, (1, 1)
    files["ycbcr_2x2_progressive"] = pillow("RGB", quality=60, progressive=True, subsampling=2), 3, 8, YCBCR, (2, 2)
    plain = pillow("RGB", quality=85, subsampling=1)
    files["ycbcr_2x1_no_tables"] = without_huffman_tables(plain), 3, 8, YCBCR, (2, 1)
    files["ycbcr_2x1_damaged"] = damaged(plain, 0.4, 0x55), 3, 8, YCBCR, (2, 1)
    files["ycbcr_2x1_cut"] = plain[: len(plain) * 2 // 3], 3, 8, YCBCR, (2, 1)
    restarts = pillow("RGB", quality=85, subsampling=2, restart_marker_blocks=2)
    files["ycbcr_2x2_lost_restart"] = restarts.replace(b"\xff\xd1", b"\x12\x34", 1), 3, 8, YCBCR, (2, 2)
    for samples, photometric in ((1, MINISBLACK), (3, YCBCR)):
        stream = imagecodecs.jpeg8_encode(picture(samples, 4095), 80, bitspersample=12)
        # By default imagecodecs halves chroma.
        files[f"u12_{samples}"] = stream, samples, 12, photometric, (2, 2)
    expected = {}
    for name, file in files.items():
        path = OUT / f"{name}.tif"
        path.write_bytes(tiff(*file))
        with rasterio.open(path) as dataset:
            array = dataset.read()
        expected[path.name] = {"dtype": str(array.dtype), "shape": list(array.shape), "sha256": hashlib.sha256(array.tobytes()).hexdigest()}
    (OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    print(len(files), "files")


main()

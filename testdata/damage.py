"""Writes damage.json: what GDAL makes of files of this folder in which one byte of a chunk is changed.

    damage.py

Each entry names the file, the offset and the new value of the byte, GDAL's answer (`ok`, `warning`, `error`), and the SHA-256 of the
pixels, band by band, if GDAL gives any.
"""

import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "interop"))
import damage  # noqa: E402

FILES = {
    "u1_ccittfax3_strip_miniswhite.tif": 30,
    "u1_ccittfax4_strip_fillorder2.tif": 30,
    "u1_ccittrle_strip.tif": 30,
    "u8_packbits_strip_palette.tif": 10,
    "u16_deflate_p2_tile_big.tif": 10,
    "f32_deflate_p2_strip.tif": 10,
    "utm33_rgb_u16.tif": 10,
    "i16_lzw_p2_strip_bigtiff.tif": 10,
    "u16_zstd_p2_tile.tif": 10,
    "u16_lzma_tile.tif": 5,
    "f32_lerc_tile_nan.tif": 10,
    "f32_lerc_zstd_strip.tif": 10,
    "u16_lerc_deflate_tile.tif": 10,
    "u8_rgb_jpeg_lossless_strip.tif": 25,
}

damage.listen()
entries = []
for name, count in FILES.items():
    data = (HERE / name).read_bytes()
    _, ranges = damage.chunks(HERE / name)
    random_ = random.Random(name)
    for offset in damage.offsets(ranges, count, random_):
        byte = (data[offset] + random_.randrange(1, 256)) % 256
        status, sha256, message = damage.gdal(data[:offset] + bytes([byte]) + data[offset + 1 :])
        # After that GDAL looks for no end-of-line codes in the strips that follow, undamaged ones included.
        if "without EOL" in message:
            sha256 = None
        entries.append({"file": name, "offset": offset, "byte": byte, "status": status, "sha256": sha256})
text = ",\n".join(json.dumps(entry) for entry in entries)
(HERE / "damage.json").write_text(f"[\n{text}\n]\n")

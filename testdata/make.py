#!/usr/bin/env python3
"""Makes the TIFF files of this folder and `expected.json`, the truth about them.

    python make.py [OUT_DIR]        (default: the folder of this script)

The pixels are integer arithmetic and a fixed seed, so that every run gives the same bytes.  Files are written by GDAL
(through rasterio) or by tifffile, or put together here where neither can; what they hold is told by GDAL, after they
are written.  tifffile reads them too: the run fails if its pixels differ from GDAL's (where GDAL shows RGB in place of
other colours: if the formulas in `as_rgb` give others), or if no file has a feature of WANTED (`covers` holds words
from the files' own tags).
"""
import hashlib
import json
import math
import struct
import sys
import warnings
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import rasterio
import tifffile
from affine import Affine
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp, Resampling
from rasterio.rpc import RPC

warnings.simplefilter("ignore")
OUT = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
UTM33 = dict(crs="EPSG:32633", transform=Affine(10, 0, 399960, 0, -10, 5900040))
SWISS = dict(crs="EPSG:2056", transform=Affine(2, 0, 2600000, 0, -2, 1200000))
CRSS = {
    "lcc_feet": ("+proj=lcc +lat_1=33 +lat_2=45 +lat_0=39 +lon_0=-96 +x_0=100 +y_0=200 +datum=NAD83 +units=us-ft", {}),
    "sinu_sphere": ("+proj=sinu +lon_0=0 +R=6371007.181 +units=m", {}),
    "polar": ("+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84", {}),
    "omerc": ("+proj=omerc +lat_0=4 +lonc=115 +alpha=53.3 +gamma=53.1 +k=0.99984 +x_0=0 +y_0=0 +ellps=evrstSS", {}),
    "shifted": ("+proj=tmerc +lon_0=12 +k=1 +x_0=4500000 +ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7", {}),
    "mollweide": ("+proj=moll +lon_0=10 +datum=WGS84", {}),
    "compound": ("EPSG:7405", {}),
    "heights": ("EPSG:4979", {}),
    "geocentric": ("EPSG:4978", {}),
    "esri": ("EPSG:5070", dict(GEOTIFF_KEYS_FLAVOR="ESRI_PE")),
    "local": ('LOCAL_CS["building site",UNIT["metre",1]]', {}),
}
WORLD = dict(crs="EPSG:4326", transform=Affine(0.125, 0, 7.5, 0, -0.125, 52.25))


# ---- pixels

def pixels(name, dtype, bands, w, h):
    """Slopes, a ridge and noise: bands x rows x columns.  No zeros in unsigned types, so that 0 can be nodata."""
    dt, rng = np.dtype(dtype), np.random.default_rng(zlib.crc32(name.encode()))
    y, x = np.mgrid[0:h, 0:w].astype("int64")
    out = np.empty((bands, h, w), dt)
    for b in range(bands):
        ridge = np.abs((x * 3 + y * 5 + 40 * b) % 128 - 64)
        v = 64 + x * 8 + y * 9 + ridge * 12 + 250 * b + rng.integers(0, 24, (h, w))  # 64..4095
        assert v.max() < 4096
        if dt.kind == "f":
            out[b] = (v - 1000) / (8 if dt.itemsize == 4 else 3)
            continue
        bits = 8 * dt.itemsize
        # Spread over the whole range of the type, so that every byte of a sample moves.
        u = v // 16 if bits == 8 else v.astype("uint64") * np.uint64(2 ** (bits - 12) - 1)
        sign = 2 ** (bits - 1) if dt.kind == "i" else 0
        out[b] = (u.astype(f"uint{bits}") ^ np.array(sign, f"uint{bits}")).view(dt)  # u - half the range
    return out


def drawing(w, h):
    """Black on white, in runs of 0 to w pixels: bars, a disc, noise, and rows of one colour."""
    rng = np.random.default_rng(w * h)
    y, x = np.mgrid[0:h, 0:w]
    period = 20 + 5 * w // 4 * (y * y % 29) // 29
    bars = (x + 3 * y) % period < period * 2 // 5
    noise = (y % 9 == 4) & (rng.integers(0, 3, (h, w)) == 0)
    a = bars ^ noise ^ (disc(w, h) > 0)
    a[y % 16 == 7], a[y % 16 == 8] = True, False
    return a.astype("uint8")


# ---- writers

MADE = []


def new(name):
    path = OUT / name
    path.unlink(missing_ok=True)
    MADE.append(path)
    return path


def gdal(name, dtype, w, h, bands=1, *, a=None, edit=None, blocks=None, mask=None, colors=None, point=False,
         overviews=(), gcps=None, rpcs=None, colors_last=False, **options):
    """Written by GDAL.  a: the pixels; edit(array) changes them; blocks: write only these windows (sparse files)."""
    a = pixels(name, dtype, bands, w, h) if a is None else a
    if edit:
        edit(a)
    path = new(name)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, GDAL_TIFF_OVR_BLOCKSIZE=64):
        with rasterio.open(path, "w", driver="GTiff", width=w, height=h, count=bands, dtype=dtype, **options) as d:
            if point:
                d.update_tags(AREA_OR_POINT="Point")
            if gcps:
                d.gcps = gcps
            if rpcs:
                d.rpcs = rpcs
            if colors and not colors_last:
                d.write_colormap(1, colors)
            for c, r, cw, rh in blocks or [(0, 0, w, h)]:
                d.write(a[:, r:r + rh, c:c + cw], window=rasterio.windows.Window(c, r, cw, rh))
            if colors and colors_last:
                d.write_colormap(1, colors)
            if mask is not None:
                d.write_mask(mask)
        if overviews:
            with rasterio.open(path, "r+") as d:
                d.build_overviews(overviews, Resampling.average)


def geokeys(epsg, scale, x, y, nodata=None):
    """The tags of a projected, north-up, pixel-is-area raster, for tifffile."""
    keys = (1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, epsg)
    tags = [(33550, "d", 3, (scale, scale, 0.0), True), (33922, "d", 6, (0.0, 0.0, 0.0, x, y, 0.0), True),
            (34735, "H", len(keys), keys, True)]
    return tags + ([(42113, "s", 0, nodata, True)] if nodata else [])


def tiff(name, pages, byteorder="<", bigtiff=False):
    """Written by tifffile: pages are (array, options)."""
    with tifffile.TiffWriter(new(name), byteorder=byteorder, bigtiff=bigtiff) as t:
        for a, options in pages:
            t.write(a, metadata=None, software=False, **options)


KINDS = {"B": 1, "s": 2, "H": 3, "I": 4, "R": 5, "U": 7, "S": 10, "d": 12}


def directory(data, fields):
    """Appends the values of fields, (kind, tag, values...), to data; gives the directory.  R and S: pairs."""
    ifd = struct.pack("<H", len(fields))
    for kind, tag, *values in sorted(fields, key=lambda field: field[1]):
        if kind in "sUB":
            value, = values
            count = len(value)
        else:
            value = struct.pack(f"<{len(values)}{kind.replace('R', 'I').replace('S', 'i')}", *values)
            count = len(values) // (2 if kind in "RS" else 1)
        if len(value) > 4:
            data += bytes(len(data) % 2)
            at, data = len(data), data + value
            value = struct.pack("<I", at)
        ifd += struct.pack("<HHI4s", tag, KINDS[kind], count, value)
    return data, ifd + bytes(4)


def handmade(name, strips, w, h, rows, *, bits=(8,), compression=1, photometric=1, more=(), inner=()):
    """Put together here: classic, little-endian.  rows: of a strip; more: further fields; inner: directories that
    lie elsewhere, (tag, fields)."""
    data, offsets = bytearray(b"II*\0" + bytes(4)), []
    for strip in strips:
        offsets.append(len(data))
        data += strip + bytes(len(strip) % 2)
    shorts = [(256, w), (257, h), (258, *bits), (259, compression), (262, photometric), (277, len(bits)), (278, rows)]
    fields = [("H", *field) for field in shorts] + [*more]
    fields += [("I", 273, *offsets), ("I", 279, *(len(strip) for strip in strips))]
    for tag, inside in inner:
        data, ifd = directory(data, inside)
        fields += [("I", tag, len(data))]
        data += ifd
    data, ifd = directory(data, fields)
    struct.pack_into("<I", data, 4, len(data))
    new(name).write_bytes(data + ifd)


def reversed_bits(data):
    return np.packbits(np.unpackbits(np.frombuffer(data, "uint8"), bitorder="little")).tobytes()


def old_lzw(data):
    """LZW as before TIFF 6.0: a code begins at the lowest bit, and codes widen one later."""
    singles = {bytes([i]): i for i in range(256)}
    table, prefix, stream, at = dict(singles), b"", 0, 0

    def put(code):
        nonlocal stream, at
        stream |= code << at
        at += max(9, (len(table) + 1).bit_length())  # the decoder's next entry; ours is one ahead

    put(256)
    for i in range(len(data)):
        longer = prefix + data[i:i + 1]
        if longer not in table:
            put(table[prefix])
            table[longer], longer = len(table) + 2, data[i:i + 1]
            if len(table) == 4092:
                put(256)
                table = dict(singles)
        prefix = longer
    put(table[prefix])
    table[b""] = 0
    put(257)
    return stream.to_bytes((at + 7) // 8, "little")


def byte_runs(row):
    """A row of integers as SGILog has it: all high bytes, then the next ones, each in runs."""
    out = bytearray()
    for shift in range(8 * row.itemsize - 8, -8, -8):
        plane, at = (row >> shift & 255).tolist(), 0
        while at < len(plane):
            same = next((i for i in range(at, len(plane)) if plane[i] != plane[at]), len(plane)) - at
            if same > 3:
                same = min(same, 129)
                out += bytes([126 + same, plane[at]])
            else:
                out += bytes([same, *plane[at:at + same]])
            at += same
    return bytes(out)


def fax4_strips(a, rows):
    """As GDAL compresses them."""
    with rasterio.MemoryFile() as m:
        with m.open(driver="GTiff", width=a.shape[1], height=a.shape[0], count=1, dtype="uint8", NBITS=1,
                    compress="CCITTFAX4", photometric="MINISWHITE", blockysize=rows) as d:
            d.write(a, 1)
        with tifffile.TiffFile(m) as t:
            p = t.pages[0]
            return [bytes(m.getbuffer()[o:o + n]) for o, n in zip(p.dataoffsets, p.databytecounts)]


def settle_lerc(path):
    """LERC leaves four bytes after Huffman codes as they were in memory: makes them 0, and the checksums right.
    For bytes without a mask, LERC 2 of version 4."""
    with tifffile.TiffFile(path) as t:
        blobs = list(zip(t.pages[0].dataoffsets, t.pages[0].databytecounts))
    data = bytearray(path.read_bytes())
    for at, size in blobs:
        depth = data[at + 22]
        one_sweep, mode = data[at + 70 + 2 * depth:][:2]
        if one_sweep or not mode:
            continue
        data[at + size - 4:at + size] = bytes(4)
        low = high = 0xffff  # Fletcher-32
        for word, in struct.iter_unpack(">H", data[at + 14:at + size] + bytes(size % 2)):
            low = (low + word - 1) % 0xffff + 1
            high = (high + low - 1) % 0xffff + 1
        struct.pack_into("<I", data, at + 10, high << 16 | low)
    path.write_bytes(data)


def ycbcr_units(a):
    """2 x 2 pixels as four Y, one Cb, one Cr (those of the upper left pixel)."""
    a = np.pad(a, ((0, 0), (0, a.shape[1] % 2), (0, a.shape[2] % 2)), "edge")
    luma, chroma = a[0], a[1:, ::2, ::2]
    return np.stack([luma[::2, ::2], luma[::2, 1::2], luma[1::2, ::2], luma[1::2, 1::2], *chroma], -1).tobytes()


def hole(value):
    """A patch of nodata that crosses blocks."""
    def edit(a):
        a[:, 10:21, 24:45] = value
    return edit


def shift(bits):
    """To fewer bits."""
    def edit(a):
        a >>= bits
    return edit


def odd_floats(a):
    hole(np.nan)(a)
    a[0, 0, 0], a[0, 1, 1], a[0, -1, -1] = np.inf, -np.inf, np.nan


def disc(w, h):
    y, x = np.mgrid[0:h, 0:w]
    return np.where((x - w // 2) ** 2 + (y - h // 2) ** 2 < (h // 2) ** 2, 255, 0).astype("uint8")


def write_all():
    tiled = dict(tiled=True, blockxsize=32, blockysize=16)
    # The example of the README.
    gdal("utm33_rgb_u16.tif", "uint16", 100, 80, 3, edit=hole(0), overviews=[2, 4], compress="DEFLATE", predictor=2,
         interleave="pixel", photometric="RGB", nodata=0, tiled=True, blockxsize=32, blockysize=32, **UTM33)
    # Data types, compressions, predictors, layouts, byte orders.
    gdal("u8_none_strip.tif", "uint8", 73, 51, blockysize=16)
    gdal("u8_none_1x1.tif", "uint8", 1, 1, **WORLD)
    gdal("u8_rgb_deflate_p2_tile_band.tif", "uint8", 73, 51, 3, compress="DEFLATE", predictor=2, interleave="band",
         photometric="RGB", **tiled, **SWISS)
    gdal("u8_lzw_p2_tile_overviews.tif", "uint8", 149, 103, overviews=[2, 4], compress="LZW", predictor=2, tiled=True,
         blockxsize=64, blockysize=64, **SWISS)
    gdal("i8_packbits_strip_big.tif", "int8", 73, 51, edit=hole(-128), compress="PACKBITS", blockysize=10, nodata=-128,
         point=True, ENDIANNESS="BIG", **WORLD)
    gdal("u16_deflate_p2_tile_big.tif", "uint16", 61, 47, compress="DEFLATE", predictor=2, ENDIANNESS="BIG", **tiled,
         **UTM33)
    gdal("i16_lzw_p2_strip_bigtiff.tif", "int16", 73, 51, edit=hole(-32768), compress="LZW", predictor=2, blockysize=7,
         nodata=-32768, BIGTIFF="YES", **SWISS)
    gdal("u32_deflate_p2_tile_southup.tif", "uint32", 61, 47, compress="DEFLATE", predictor=2, **tiled,
         crs="EPSG:32633", transform=Affine(10, 0, 399960, 0, 10, 5899570))
    gdal("i32_lzw_tile_band_rotated.tif", "int32", 61, 47, 2, compress="LZW", predictor=1, interleave="band", **tiled,
         crs="EPSG:32633", transform=Affine(8, 2.5, 500000, 3, -9, 5800000))
    gdal("u64_deflate_p2_strip_big_bigtiff.tif", "uint64", 61, 47, compress="DEFLATE", predictor=2, blockysize=9,
         BIGTIFF="YES", ENDIANNESS="BIG", **UTM33)
    gdal("i64_deflate_p2_tile_point.tif", "int64", 61, 47, edit=hole(-9999), compress="DEFLATE", predictor=2,
         nodata=-9999, point=True, **tiled, **SWISS)
    gdal("f32_deflate_p3_tile_overviews.tif", "float32", 109, 83, edit=hole(-9999), overviews=[2], compress="DEFLATE",
         predictor=3, nodata=-9999.0, **tiled, **WORLD)
    gdal("f32_deflate_p2_strip.tif", "float32", 73, 51, compress="DEFLATE", predictor=2, blockysize=20, **SWISS)
    gdal("f32_rgb_lzw_p3_strip_big.tif", "float32", 47, 37, 3, edit=odd_floats, compress="LZW", predictor=3,
         interleave="pixel", blockysize=8, nodata=math.nan, ENDIANNESS="BIG", **UTM33)
    gdal("f64_rgb_deflate_p3_tile_bigtiff.tif", "float64", 47, 37, 3, compress="DEFLATE", predictor=3,
         interleave="pixel", BIGTIFF="YES", **tiled, **UTM33)
    gdal("f64_lzw_p3_tile_big.tif", "float64", 61, 47, edit=odd_floats, compress="LZW", predictor=3, nodata=math.nan,
         ENDIANNESS="BIG", **tiled, **WORLD)
    gdal("f64_none_strip_big_rotated.tif", "float64", 61, 47, ENDIANNESS="BIG", blockysize=11, crs="EPSG:2056",
         transform=Affine(1.5, 0.5, 2600000, -0.25, -2, 1200000))
    # CRSs by their parts, compound, in three dimensions, local, as a text of ESRI's, with a shift to WGS 84.
    for name, (crs, options) in CRSS.items():
        gdal(f"u8_none_strip_crs_{name}.tif", "uint8", 7, 5, crs=crs, transform=Affine(30, 0, 5000, 0, -30, 9000),
             **options)
    # Sparse blocks, masks, alpha, colours.
    corners = [(0, 0, 32, 16), (64, 48, 9, 3), (32, 16, 32, 16)]
    gdal("u8_none_tile_sparse.tif", "uint8", 73, 51, blocks=corners, SPARSE_OK=True, **tiled, **UTM33)
    gdal("f32_deflate_strip_sparse_nodata.tif", "float32", 73, 51, blocks=[(0, 8, 73, 8), (0, 48, 73, 3)],
         compress="DEFLATE", blockysize=8, nodata=-9999.0, SPARSE_OK=True, **WORLD)
    gdal("u8_rgb_deflate_tile_mask.tif", "uint8", 73, 51, 3, mask=disc(73, 51), overviews=[2], compress="DEFLATE",
         photometric="RGB", interleave="pixel", **tiled, **UTM33)

    def alpha(a):
        a[3] = disc(73, 51) & a[3]
    gdal("u8_rgba_lzw_p2_strip.tif", "uint8", 73, 51, 4, edit=alpha, compress="LZW", predictor=2, interleave="pixel",
         photometric="RGB", ALPHA="YES", blockysize=12, **UTM33)
    gdal("u8_packbits_strip_palette.tif", "uint8", 73, 51, compress="PACKBITS", blockysize=13, photometric="PALETTE",
         colors={i: (i, 255 - i, i * 7 % 256, 255) for i in range(256)}, **SWISS)
    # Where they come after the pixels, PhotometricInterpretation stays MINISBLACK.
    gdal("u8_none_strip_grey_palette.tif", "uint8", 37, 29, blockysize=13, colors_last=True,
         colors={i: (i * 3 % 256, 255 - i, i, 255) for i in range(256)}, **SWISS)
    # What GDAL does not write: tifffile.
    one = dict(compression="packbits", photometric="miniswhite", rowsperstrip=10)
    tiff("u8_packbits_strip_miniswhite_big.tif", [(pixels("white", "uint8", 1, 73, 51)[0], one)], byteorder=">")
    rgb = dict(compression="deflate", predictor=2, photometric="rgb", planarconfig="contig", tile=(16, 32),
               extratags=geokeys(32633, 10.0, 399960.0, 5900040.0, "0"))
    tiff("u16_rgb_olddeflate_p2_tile_big_bigtiff.tif",
         [(np.moveaxis(pixels("old", "uint16", 3, 61, 47), 0, 2), rgb)], byteorder=">", bigtiff=True)
    full = pixels("sub", "uint16", 1, 93, 71)[0]
    grey = dict(compression="adobe_deflate", predictor=2, photometric="minisblack", tile=(32, 32))
    tiff("u16_deflate_p2_tile_subifds.tif",
         [(full, dict(grey, subifds=2, extratags=geokeys(2056, 2.0, 2600000.0, 1200000.0))),
          (full[::2, ::2], dict(grey, subfiletype=1)), (full[::4, ::4], dict(grey, subfiletype=1))])
    tiff("i16_lzw_strip_two_pages.tif",
         [(pixels("page 1", "int16", 1, 73, 51)[0], dict(compression="lzw", photometric="minisblack", rowsperstrip=20)),
          (pixels("page 2", "uint8", 1, 37, 29)[0], dict(compression="lzw", photometric="minisblack", rowsperstrip=8))])
    # Further compressions.
    gdal("u16_zstd_p2_tile.tif", "uint16", 61, 47, compress="ZSTD", predictor=2, **tiled, **UTM33)
    gdal("f32_zstd_p3_strip_big.tif", "float32", 61, 47, edit=odd_floats, compress="ZSTD", predictor=3, blockysize=12,
         ENDIANNESS="BIG", **SWISS)
    gdal("u16_lzma_tile.tif", "uint16", 61, 47, compress="LZMA", **tiled, **WORLD)
    gdal("u8_rgb_lerc_tile.tif", "uint8", 73, 51, 3, compress="LERC", MAX_Z_ERROR=0, interleave="pixel",
         photometric="RGB", **tiled, **UTM33)
    settle_lerc(MADE[-1])
    gdal("f32_lerc_tile_nan.tif", "float32", 61, 47, edit=hole(np.nan), compress="LERC", MAX_Z_ERROR=0, **tiled,
         **SWISS)
    gdal("u16_lerc_deflate_tile.tif", "uint16", 61, 47, compress="LERC_DEFLATE", MAX_Z_ERROR=0, **tiled, **UTM33)
    gdal("f32_lerc_zstd_strip.tif", "float32", 61, 47, edit=hole(-9999), compress="LERC_ZSTD", MAX_Z_ERROR=0,
         blockysize=12, nodata=-9999.0, **WORLD)
    gdal("u8_rgb_webp_tile.tif", "uint8", 73, 51, 3, compress="WEBP", WEBP_LOSSLESS="YES", interleave="pixel",
         photometric="RGB", **tiled, **UTM33)
    gdal("u8_rgba_webp_tile.tif", "uint8", 73, 51, 4, edit=alpha, compress="WEBP", WEBP_LOSSLESS="YES",
         interleave="pixel", photometric="RGB", ALPHA="YES", **tiled, **SWISS)
    gdal("u1_ccittrle_strip.tif", "uint8", 333, 51, a=drawing(333, 51)[None], compress="CCITTRLE", NBITS=1,
         photometric="MINISBLACK", blockysize=16, **UTM33)
    gdal("u1_ccittfax3_strip_miniswhite.tif", "uint8", 2701, 51, a=drawing(2701, 51)[None], compress="CCITTFAX3",
         NBITS=1, photometric="MINISWHITE", blockysize=16, **SWISS)
    gdal("u1_ccittfax4_tile.tif", "uint8", 333, 51, a=drawing(333, 51)[None], compress="CCITTFAX4", NBITS=1,
         photometric="MINISBLACK", tiled=True, blockxsize=128, blockysize=32, **UTM33)
    raw = reversed_bits(pixels("reversed", "uint8", 1, 73, 51).tobytes())
    handmade("u8_none_strip_fillorder2.tif", [raw[i:i + 73 * 20] for i in range(0, len(raw), 73 * 20)], 73, 51, 20,
             more=[("H", 266, 2)])
    handmade("u1_ccittfax4_strip_fillorder2.tif", [reversed_bits(fax) for fax in fax4_strips(drawing(333, 51), 20)],
             333, 51, 20, bits=[1], compression=4, photometric=0, more=[("H", 266, 2)])
    handmade("u8_oldlzw_strip.tif", [old_lzw(pixels("old lzw", "uint8", 1, 121, 97).tobytes())], 121, 97, 97,
             compression=5)
    # Samples of other sizes than a whole type, complex numbers.
    gdal("u1_none_strip.tif", "uint8", 73, 51, a=drawing(73, 51)[None], NBITS=1, blockysize=16, **UTM33)
    gdal("u4_none_strip_palette.tif", "uint8", 73, 51, edit=shift(4), NBITS=4, blockysize=13, photometric="PALETTE",
         colors={i: (i * 17, 255 - i * 17, i * 5, 255) for i in range(16)}, **SWISS)
    gdal("u12_deflate_tile.tif", "uint16", 73, 51, edit=shift(4), NBITS=12, compress="DEFLATE", **tiled, **UTM33)
    gdal("u24_none_strip_big.tif", "uint32", 61, 47, edit=shift(8), NBITS=24, blockysize=10, ENDIANNESS="BIG",
         **WORLD)
    halves = pixels("float16", "float16", 1, 133, 97)
    halves[:, 20:45, 30:80] = -7.3
    gdal("f16_deflate_p3_tile.tif", "float32", 73, 51, edit=odd_floats, NBITS=16, compress="DEFLATE", predictor=3,
         **tiled, **UTM33)
    gdal("f16_lzw_p2_tile_overviews.tif", "float16", 133, 97, a=halves, compress="LZW", predictor=2, nodata=-7.3,
         overviews=(2, 4), **tiled, **UTM33)
    one = pixels("24 bits", "float32", 1, 61, 47)
    odd_floats(one)
    handmade("f24_none_strip.tif", [imagecodecs.float24_encode(one[0, i:i + 10]) for i in range(0, 47, 10)], 61, 47, 10,
             bits=[24], more=[("H", 339, 3)])
    one = pixels("complex", "float32", 2, 45, 31)
    gdal("c64_none_tile.tif", "complex64", 45, 31, a=one[:1] + 1j * one[1:], **tiled, **UTM33)
    one = pixels("complex", "int16", 2, 61, 47)
    gdal("ci16_none_strip_big.tif", "complex_int16", 61, 47, a=one[:1] + 1j * one[1:], blockysize=10,
         ENDIANNESS="BIG", **SWISS)
    # Colours that GDAL shows as RGB.
    gdal("u8_cmyk_none_strip.tif", "uint8", 61, 47, 4, photometric="CMYK", interleave="pixel", blockysize=10)

    def dull(a):
        a[1:] = (a[1:] - np.uint8(96)).view("int8") // 4  # a* and b* about 0, else most would lie outside RGB
    gdal("u8_cielab_none_strip.tif", "uint8", 61, 47, 3, edit=dull, photometric="CIELAB", interleave="pixel",
         blockysize=10)
    a = pixels("luma and chroma", "uint8", 3, 73, 51)
    units = [ycbcr_units(a[:, i:i + 10]) for i in range(0, 51, 10)]
    handmade("u8_ycbcr_lzw_strip_2x2.tif", [imagecodecs.lzw_encode(u) for u in units],
             73, 51, 10, bits=[8, 8, 8], compression=5, photometric=6, more=[("H", 530, 2, 2), ("H", 531, 1)])
    # What a file says beside its pixels.
    points = [GroundControlPoint(r, c, 7.5 + 0.1 * c + 0.01 * r, 52 - 0.1 * r, z) for r, c, z in
              [(0, 0, 10), (0.5, 73, 20.25), (51, 0, 0), (51, 72.5, 5)]]
    gdal("u8_none_strip_gcps.tif", "uint8", 73, 51, gcps=(points, "EPSG:4326"), blockysize=51)
    gdal("u8_none_strip_gcps_point.tif", "uint8", 73, 51, gcps=(points, "EPSG:4326"), point=True, blockysize=51)
    terms = [[i / 8 - j / 7e5 for j in range(20)] for i in range(4)]
    gdal("u16_none_strip_rpcs.tif", "uint16", 31, 29, blockysize=29, rpcs=RPC(
        height_off=120.5, height_scale=500, lat_off=-12.25, lat_scale=0.1, line_den_coeff=terms[0],
        line_num_coeff=terms[1], line_off=1000.5, line_scale=1e4 / 3, long_off=130, long_scale=0.2,
        samp_den_coeff=terms[2], samp_num_coeff=terms[3], samp_off=2e3, samp_scale=2e3, err_bias=0.25, err_rand=1))
    one = pixels("camera", "uint8", 1, 31, 29).tobytes()
    taken = [("R", 0x829a, 1, 60), ("S", 0x9204, -1, 3), ("H", 0x8827, 100, 200), ("U", 0x9000, b"0232"),
             ("s", 0x9003, b"2020:01:02 03:04:05\0"), ("U", 0x9101, bytes([1, 2, 3, 0])), ("H", 0xa001, 65535),
             ("U", 0x9286, b"ASCII\0\0\0at the lake"), ("I", 0xa002, 31), ("s", 0xa433, b" lens \0"),
             ("R", 0xa432, 24, 1, 70, 1, 28, 10, 5, 0), ("H", 0x9999, 7)]
    place = [("B", 0, bytes([2, 3, 0, 0])), ("s", 1, b"N\0"), ("R", 2, 50, 1, 7, 1, 3012, 100), ("H", 30, 1), ("H", 77, 1)]
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    handmade("u8_none_strip_exif.tif", [one], 31, 29, 29, inner=[(34665, taken), (34853, place)],
             more=[("B", 700, xmp), ("U", 34675, bytes(range(200))), ("s", 305, b"camera 1.0\0")])
    rgb = pixels("colours", "uint8", 3, 31, 29)
    chromaticities = [64, 100, 33, 100, 30, 100, 60, 100, 15, 100, 6, 100]
    handmade("u8_rgb_none_strip_primaries.tif", [np.moveaxis(rgb, 0, 2).tobytes()], 31, 29, 29, bits=[8] * 3,
             photometric=2, more=[("R", 318, 3127, 10000, 329, 1000), ("R", 319, *chromaticities)])
    table = [v * 256 for i in range(3) for v in [(3 * i + 5 * j) % 256 for j in range(16)]]
    handmade("u4_none_strip_palette_256.tif", [np.repeat(np.arange(29, dtype="uint8"), 16).tobytes()], 31, 29, 29,
             bits=[4], photometric=3, more=[("H", 320, *table), ("s", 42113, b"3\0")])
    # Logarithmic luminance: 16-bit samples, floats, bytes.
    light, u, v = (a.astype("uint32") for a in pixels("light", "uint16", 3, 61, 47))
    light[:, ::7] = light[0, 0]
    codes = light // 3 + 8192 << 16 | u % 51 + 60 << 8 | v % 47 + 170
    runs = [b"".join(byte_runs(row) for row in codes[i:i + 10]) for i in range(0, 47, 10)]
    handmade("i16_logluv_sgilog_strip.tif", runs, 61, 47, 10, bits=[16] * 3, compression=34676, photometric=32845,
             more=[("H", 339, 2, 2, 2)])
    handmade("u8_logluv_sgilog_strip.tif", runs, 61, 47, 10, bits=[8] * 3, compression=34676, photometric=32845)
    packed = [code.astype(">u4").tobytes()[1:] for code in (codes >> 4).flat]
    handmade("f32_logluv_sgilog24_strip.tif", [b"".join(packed[i * 61:(i + 10) * 61]) for i in range(0, 47, 10)], 61, 47, 10,
             bits=[32] * 3, compression=34677, photometric=32845, more=[("H", 339, 3, 3, 3)])
    runs = [b"".join(byte_runs(row) for row in light.astype("uint16")[i:i + 10]) for i in range(0, 47, 10)]
    handmade("f32_logl_sgilog_strip.tif", runs, 61, 47, 10, bits=[32], compression=34676, photometric=32844,
             more=[("H", 339, 3)])
    # Lossless JPEG, every predictor; of 16 bits GDAL cannot decode it. JPEG 2000, which the wheels of rasterio lack.
    a = pixels("lossless", "uint16", 1, 61, 47)[0]
    handmade("u16_jpeg_lossless_strip.tif",
             [imagecodecs.jpeg8_encode(a[i:i + 7], lossless=True, predictor=1 + i // 7, bitspersample=16)
              for i in range(0, 47, 7)], 61, 47, 7, bits=[16], compression=7)
    a = np.ascontiguousarray(np.moveaxis(pixels("lossless", "uint8", 3, 61, 47), 0, 2))
    handmade("u8_rgb_jpeg_lossless_strip.tif",
             [imagecodecs.jpeg8_encode(a[i:i + 20], lossless=True, predictor=4, colorspace="rgb", outcolorspace="rgb")
              for i in range(0, 47, 20)], 61, 47, 20, bits=[8] * 3, compression=7, photometric=2)
    j2k = dict(compression="jpeg2000", compressionargs=dict(level=0, reversible=True), photometric="rgb", tile=(32, 32))
    tiff("u16_rgb_jpeg2000_tile.tif", [(np.moveaxis(pixels("2000", "uint16", 3, 61, 47), 0, 2), j2k)])
    # JPEG XL, which GDAL's wheels cannot decode.
    jxl = dict(compression="jpegxl", compressionargs=dict(lossless=True), photometric="minisblack", tile=(16, 32))
    tiff("u16_jxl_tile.tif", [(pixels("jxl", "uint16", 1, 61, 47)[0], jxl)])


# ---- the truth, from GDAL

def number(v):
    return v if v is None or isinstance(v, int) or math.isfinite(v) else str(float(v))


def digest(a):
    return hashlib.sha256(np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes()).hexdigest()


def windows(name, w, h):
    """One window anywhere, and one that reaches the last row and column."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    c, r, c2, r2 = (int(rng.integers(0, n)) for n in (w, h, w, h))
    return [[c, r, int(rng.integers(1, w - c + 1)), int(rng.integers(1, h - r + 1))], [c2, r2, w - c2, h - r2]]


def small(source, **options):
    """An overview or a page in few words."""
    with rasterio.open(source, **options) as d:
        return {"width": d.width, "height": d.height, "dtype": d.dtypes[0], "band1": digest(d.read(1)),
                "mask1": digest(d.read_masks(1))}


BEYOND_GDAL = {"jxl": "jxl", "jpeg2000": "jpeg2000", "u16_jpeg_lossless": "lossless jpeg"}
BEYOND_TIFFFILE = {34676: "sgilog", 34677: "sgilog24"}


def long_or(text):
    return text if len(text) < 1000 else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def items(d, band=0, ns=None):
    return {k: long_or(v) for k, v in d.tags(band, ns=ns).items()}


def record_of_tifffile(path):
    a = tifffile.imread(path)
    return dict(oracle="tifffile", shape=list(a.shape), dtype=str(a.dtype), array=digest(a), lossy=False)


def named_photometric(d):
    try:
        return d.photometric.name if d.photometric else None
    except ValueError:  # rasterio has no name for LogLuv
        return None


def colours(path):
    """Red, green and blue as libtiff makes them, of files without alpha (by which it multiplies); of images said to be
    grey it does not take the colour map, which GDAL takes."""
    if "grey_palette" in path.name:
        return None
    try:
        with rasterio.Env(GTIFF_FORCE_RGBA=True), rasterio.open(path) as d:
            opaque = d.dtypes[0] == "uint8" and d.count == 4 and "rgba" not in path.name
            return [digest(d.read(i)) for i in (1, 2, 3)] if opaque else None
    except rasterio.errors.RasterioIOError:
        return None


def record(path):
    if any(word in path.name for word in BEYOND_GDAL):
        return record_of_tifffile(path)
    with rasterio.open(path) as d:
        st, a = d.tags(ns="IMAGE_STRUCTURE"), d.read()
        assert st.get("COMPRESSION") != "WEBP" or st["COMPRESSION_REVERSIBILITY"] == "LOSSLESS"
        rec = dict(
            oracle="gdal", driver=d.driver, width=d.width, height=d.height, count=d.count, dtypes=list(d.dtypes),
            nodatavals=[number(v) for v in d.nodatavals], transform=list(d.transform[:6]), bounds=list(d.bounds),
            crs=named_crs(d.crs), block_shapes=[list(b) for b in d.block_shapes],
            compression=st.get("COMPRESSION"), interleave=st.get("INTERLEAVE"), predictor=st.get("PREDICTOR"),
            photometric=named_photometric(d), overviews=[d.overviews(i) for i in d.indexes],
            colorinterp=[c.name for c in d.colorinterp], tags=d.tags(), lossy=False, subdatasets=len(d.subdatasets),
            bands=[digest(b) for b in a], masks=[digest(d.read_masks(i)) for i in d.indexes],
            windows=[{"window": [c, r, w, h], "bands": [digest(b[r:r + h, c:c + w]) for b in a]}
                     for c, r, w, h in windows(path.name, d.width, d.height)])
        made_up = ("DERIVED_SUBDATASETS", "IMAGE_STRUCTURE", "SUBDATASETS")
        points, points_crs = d.gcps
        rec.update(
            image_structure=items(d, ns="IMAGE_STRUCTURE"),
            band_structure=[items(d, i, "IMAGE_STRUCTURE") for i in d.indexes],
            namespaces={ns: items(d, ns=ns) for ns in d.tag_namespaces()
                        if ns not in made_up and not ns.startswith("xml:")},
            gcps=[[g.row, g.col, g.x, g.y, g.z] for g in points],
            gcps_crs=named_crs(points_crs),
            rpcs=d.rpcs.to_dict() if d.rpcs else None)
        if d.colorinterp[0] == ColorInterp.palette:
            colors = [list(v) for _, v in sorted(d.colormap(1).items())]
            rec.update(colormap=hashlib.sha256(json.dumps(colors).encode()).hexdigest(), colormap_len=len(colors))
        levels, pages = len(d.overviews(1)), d.subdatasets
    rgb = colours(path)
    if rgb is not None:
        rec["rgb"] = rgb
    if levels:
        rec["overview_pixels"] = [small(path, overview_level=i) for i in range(levels)]
    if pages:
        rec["pages"] = [small(p) for p in pages]
    return rec


# ---- what the files cover, from their own tags

COMPRESSIONS = {1: "none", 2: "ccitt rle", 3: "ccitt fax3", 4: "ccitt fax4", 5: "lzw", 7: "jpeg", 8: "deflate",
                32946: "old deflate", 32773: "packbits", 34887: "lerc", 34925: "lzma", 50000: "zstd", 50001: "webp", **BEYOND_TIFFFILE}
LERC = ["lerc", "lerc deflate", "lerc zstd"]
COLORS = {5: "cmyk", 6: "ycbcr", 8: "cielab"}
WANTED = """
uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64
predictor 1 + lzw, predictor 2 + uint8, predictor 2 + uint16, predictor 2 + int16, predictor 2 + uint32
predictor 2 + uint64, predictor 2 + int64, predictor 2 + pixel-interleaved, predictor 2 + band-interleaved
predictor 2 + big-endian, predictor 3 + float32, predictor 3 + float64, predictor 3 + float32 + pixel-interleaved
predictor 3 + float64 + pixel-interleaved, predictor 3 + float32 + big-endian, predictor 3 + float64 + big-endian
none + strips, none + tiles, lzw + strips, lzw + tiles, deflate + strips, deflate + tiles, old deflate, packbits
short last strip, edge tiles, classic + little-endian, classic + big-endian, bigtiff + little-endian
bigtiff + big-endian, overviews + lzw + tiles, overviews + deflate + predictor 2, overviews + predictor 3
subifd overviews, sparse + nodata -9999 + strips, sparse + no nodata + tiles, internal mask, mask overviews
pixel is point, pixel is area, ModelTransformation, rotated, south-up, EPSG:4326, EPSG:32633, EPSG:2056
no crs + identity, nodata 0 + uint16, nodata -32768, nodata -9999 + float32, nodata -9999 + int64, nodata nan + float32
nodata nan + float64, two pages, alpha, 1x1, palette, miniswhite
zstd + predictor 2 + tiles, zstd + predictor 3 + big-endian, lzma + tiles, lerc + 3 bands, lerc mask + float32
lerc deflate + uint16, lerc zstd + float32, webp + 3 bands + tiles, webp + alpha + tiles, ccitt rle + strips
ccitt fax3 + miniswhite, ccitt fax4 + tiles, ccitt fax4 + fillorder 2, none + fillorder 2, lzw + old bit order
1 bits + none, 4 bits + palette, 12 bits + deflate + tiles, 24 bits + uint32 + big-endian
16 bits + deflate + predictor 3, predictor 2 + float16, 24 bits + float32, complex64 + tiles + little-endian
complex_int16 + strips + big-endian, cmyk, cielab, ycbcr + subsampling 2x2 + lzw
gcps + pixel is area, gcps + pixel is point, rpcs, exif + icc profile + xmp, primaries, jxl, jpeg2000, lossless jpeg
EPSG:7405, EPSG:4979, EPSG:4978, EPSG:5070, EPSG:None
sgilog + int16, sgilog + uint8, sgilog + float32, sgilog24 + float32
"""


def chunk(t, p, i):
    t.filehandle.seek(p.dataoffsets[i])
    return t.filehandle.read(p.databytecounts[i])


def stored(t, p):
    """The samples as the file has them, bands first: by tifffile, and by hand where it does not go all the way."""
    if p.photometric == 6:
        strips = []
        for i in range(len(p.dataoffsets)):
            units = np.frombuffer(imagecodecs.lzw_decode(chunk(t, p, i)), "uint8")
            units = units.reshape(-1, -(-p.imagewidth // 2), 6)
            luma = units[..., :4].reshape(*units.shape[:2], 2, 2).swapaxes(1, 2).reshape(2 * len(units), -1)
            strips.append(np.stack([luma, *np.moveaxis(units[..., 4:], 2, 0).repeat(2, 1).repeat(2, 2)]))
        return np.concatenate(strips, 1)[:, :p.imagelength, :p.imagewidth]
    a = p.asarray()
    if p.compression == 34887 and a.dtype == "float32":
        a[~lerc_mask(t, p)] = np.nan
    if p.bitspersample == 24 and a.dtype == "uint32" and t.byteorder == ">":
        a >>= 8
    return a[None] if p.samplesperpixel == 1 else a if p.planarconfig == 2 else np.moveaxis(a, 2, 0)


def lerc_mask(t, p):
    """Which pixels have a value."""
    high, wide = (p.tilelength, p.tilewidth) if p.is_tiled else (p.rowsperstrip, p.imagewidth)
    rows, columns = -(-p.imagelength // high), -(-p.imagewidth // wide)
    mask = np.ones((rows * high, columns * wide), bool)
    unpack = [bytes, imagecodecs.zlib_decode, imagecodecs.zstd_decode][p.tags[50674].value[1]]
    for i in range(rows * columns):
        r, c = i // columns * high, i % columns * wide
        valid = imagecodecs.lerc_decode(unpack(chunk(t, p, i)), masks=True)[1]
        if valid is not None:
            mask[r:r + len(valid), c:c + wide] = valid
    return mask[:p.imagelength, :p.imagewidth]


def as_rgb(photometric, a):
    """CMYK; YCbCr, as TIFF defaults; CIE L*a*b*, white of D50, on a display of sRGB's primaries and a gamma of 2.4."""
    if photometric == 5:
        return (255 - a[:3].astype(float)) * (255 - a[3]) / 255
    if photometric == 6:
        y, cb, cr = a.astype(float) - np.array([0, 128, 128])[:, None, None]
        return np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb])
    light, (a, b) = (a[0] * (100 / 255) + 16) / 116, a[1:].astype("int8").astype(float)
    roots = np.stack([light + a / 500, light, light - b / 200])
    xyz = np.where(roots < 0.2069, (roots - 0.13793) / 7.787, roots ** 3)
    xyz *= np.array([96.425, 100, 82.468])[:, None, None]
    rgb = np.tensordot([[3.2410, -1.5374, -0.4986], [-0.9692, 1.8760, 0.0416], [0.0556, -0.2040, 1.0570]], xyz, 1)
    return 255 * (np.floor(np.clip(rgb - 1, 0, 99) / 99 * 1500) / 1500) ** (1 / 2.4)  # in libtiff's 1500 steps


def agree(path, p, samples, rec):
    """Whether a second reader finds what GDAL says."""
    if p.photometric not in COLORS:
        dtype = rec["dtypes"][0].replace("complex_int16", "complex64")
        return [digest(b.astype(dtype)) for b in samples] == rec["bands"]
    with rasterio.open(path) as d:
        shown = d.read()
    rgb = np.clip(as_rgb(p.photometric, samples), 0, 255)
    return abs(rgb - shown[:3]).max() <= 1 and (shown[3:] == 255).all()


def covers(path, rec):
    if rec["oracle"] == "tifffile":
        return [words for name, words in BEYOND_GDAL.items() if name in path.name]
    with tifffile.TiffFile(path) as t:
        p = t.pages[0]
        assert p.compression in BEYOND_TIFFFILE or agree(path, p, stored(t, p), rec), f"GDAL and tifffile disagree on {path.name}"
        kinds = [int(q.subfiletype) for q in t.pages]
        kind = LERC[p.tags[50674].value[1]] if p.compression == 34887 else COMPRESSIONS[p.compression]
        words = ["complex_int16" if p.sampleformat == 5 else str(p.dtype), kind, f"predictor {int(p.predictor)}",
                 "bigtiff" if t.is_bigtiff else "classic", "big-endian" if t.byteorder == ">" else "little-endian",
                 "nodata " + p.tags[42113].value.strip() if 42113 in p.tags else "no nodata",
                 f"EPSG:{rec['crs']['epsg']}" if rec["crs"] else "no crs"]
        if p.is_tiled:
            words += ["tiles"] + ["edge tiles"] * bool(p.imagewidth % p.tilewidth and p.imagelength % p.tilelength)
        else:
            words += ["strips"] + ["short last strip"] * bool(p.imagelength % p.rowsperstrip)
        if kind.startswith("lerc") and not lerc_mask(t, p).all():
            words += ["lerc mask"]
        if p.bitspersample not in (8, 16, 32, 64) or p.dtype == "float16":
            words += [f"{p.bitspersample} bits"]
        if p.photometric in COLORS:
            words += [COLORS[p.photometric]]
        if 530 in p.tags:
            words += ["subsampling {}x{}".format(*p.tags[530].value)]
        if p.samplesperpixel > 1:
            words += [f"{p.samplesperpixel} bands", ("pixel" if p.planarconfig == 1 else "band") + "-interleaved"]
        raster = (p.geotiff_tags or {}).get("GTRasterTypeGeoKey") if p.is_geotiff else None
        _, b, _, d, e, _ = rec["transform"]
        words += [word for word, so in {
            "pixel is area": raster == 1, "pixel is point": raster == 2, "ModelTransformation": 34264 in p.tags,
            "rotated": b != 0 or d != 0, "south-up": rec["crs"] and e > 0,
            "identity": rec["transform"] == [1, 0, 0, 0, 1, 0],
            "overviews": 1 in kinds, "internal mask": 4 in kinds, "mask overviews": 5 in kinds,
            "two pages": kinds.count(0) == 2, "subifd overviews": 330 in p.tags and rec["overviews"][0],
            "sparse": 0 in p.dataoffsets, "alpha": 2 in p.extrasamples, "palette": p.photometric == 3,
            "miniswhite": p.photometric == 0, "fillorder 2": p.fillorder == 2,
            "old bit order": p.compression == 5 and chunk(t, p, 0)[0] == 0,
            "gcps": rec["gcps"], "rpcs": rec["rpcs"], "exif": 34665 in p.tags and 34853 in p.tags, "icc profile": 34675 in p.tags,
            "xmp": 700 in p.tags, "primaries": 319 in p.tags, "1x1": p.imagewidth == p.imagelength == 1}.items() if so]
    return words


def named_crs(crs):
    """EPSG's code where GDAL finds one, and the text."""
    return {"epsg": crs.to_epsg(), "wkt": crs.to_wkt(version="WKT2_2019")} if crs else None


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    write_all()
    files = {}
    for path in MADE:
        files[path.name] = rec = record(path)
        rec["covers"] = covers(path, rec)
        assert path.stat().st_size < 60_000, path.name
    for want in WANTED.strip().replace("\n", ", ").split(", "):
        assert any(set(want.split(" + ")) <= set(r["covers"]) for r in files.values()), f"no file has: {want}"
    versions = {m.__name__: m.__version__ for m in (rasterio, tifffile, imagecodecs, np)}
    versions["gdal"] = rasterio.__gdal_version__
    text = json.dumps({"versions": versions, "files": files}, indent=1, sort_keys=True, allow_nan=False)
    (OUT / "expected.json").write_text(text + "\n")
    print(len(MADE), "files,", sum(p.stat().st_size for p in MADE), "bytes")


if __name__ == "__main__":
    main()

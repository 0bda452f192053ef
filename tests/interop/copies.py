"""memtiff and GDAL copy the same files, with something changed on the way: a window, some bands, another data type, scaled
values, another nodata, other options; as GeoTIFFs and as COGs. GDAL is called as `gdal_translate` calls it, in the library that
rasterio brings. What both have written is read by GDAL and must be the same: pixels, masks, overviews and what is said of them.

    copies.py PROGRAM [--seed N] [--count N]        (the command-line program)
"""

import argparse
import collections
import ctypes
import itertools
import logging
import os
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import rasterio
import tifffile
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import Affine

warnings.filterwarnings("ignore", category=rasterio.errors.NodataShadowWarning)
os.environ["GDAL_TIFF_INTERNAL_MASK"] = "YES"
# Of nodata that bands cannot have.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

TYPES = {
    "uint8": "Byte", "int8": "Int8", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32",
    "int64": "Int64", "float32": "Float32", "float64": "Float64",
}


class Gdal:
    """GDALTranslate, from the shared library beside rasterio."""

    def __init__(self):
        path = Path(rasterio.__file__).parent
        library = ctypes.CDLL(next((path.parent / "rasterio.libs").glob("libgdal*")))
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        for name, result, arguments in [
            ("GDALOpenEx", pointer, [text, ctypes.c_uint, pointer, pointer, pointer]),
            ("GDALTranslateOptionsNew", pointer, [pointer, pointer]),
            ("GDALTranslateOptionsFree", None, [pointer]),
            ("GDALTranslate", pointer, [text, pointer, pointer, pointer]),
            ("GDALClose", ctypes.c_int, [pointer]),
            ("CPLGetLastErrorMsg", text, []),
            ("CPLSetConfigOption", None, [text, text]),
            ("CPLPushErrorHandler", None, [pointer]),
        ]:
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        library.GDALAllRegister()
        library.CPLPushErrorHandler(ctypes.cast(library.CPLQuietErrorHandler, pointer))
        for key, value in {
            "GDAL_TIFF_INTERNAL_MASK": "YES", "GDAL_PAM_ENABLED": "NO", "GDAL_DATA": str(path / "gdal_data"),
        }.items():
            library.CPLSetConfigOption(key.encode(), value.encode())
        os.environ.setdefault("PROJ_DATA", str(path / "proj_data"))
        self.library = library

    def translate(self, source, target, words):
        """Gives what went wrong, or nothing."""
        library = self.library
        words = [word.encode() for word in words]
        options = library.GDALTranslateOptionsNew((ctypes.c_char_p * (len(words) + 1))(*words, None), None)
        if not options:
            return library.CPLGetLastErrorMsg().decode() or "no such options"
        dataset = library.GDALOpenEx(str(source).encode(), 0, None, None, None)
        made = library.GDALTranslate(str(target).encode(), dataset, options, None)
        wrong = "" if made else library.CPLGetLastErrorMsg().decode()
        for opened in (made, dataset):
            if opened:
                library.GDALClose(opened)
        library.GDALTranslateOptionsFree(options)
        return wrong or ("" if target.exists() else "nothing written")


def sources(folder, rng):
    """Files that GDAL has written, of each kind that a copy has to take care of."""
    numbers = np.random.default_rng(rng.randrange(1 << 30))
    height, width = 97, 133
    row, col = np.mgrid[:height, :width]
    slope = (row * 2 + col) % 120 + numbers.integers(0, 9, (5, height, width)) + 3
    where = {"crs": "EPSG:32633", "transform": Affine(10, 0, 500000, 0, -10, 5000000)}
    palette = {i: (i, 255 - i, i * 7 % 256, 255) for i in range(256)}
    kinds = [
        ("plain", {"dtype": dtype, "count": count}, {})
        for dtype, count in itertools.product(["uint8", "int16", "uint16", "float32", "float64"], [1, 3])
    ]
    kinds += [
        ("nodata", {"dtype": dtype, "count": 2, "nodata": nodata}, {})
        for dtype, nodata in [("uint8", 7), ("int16", -5), ("float32", 7.5), ("float64", 1e3), ("uint16", 0)]
    ]
    kinds += [
        ("colours", {"dtype": "uint8", "count": 3, "photometric": "RGB"}, {}),
        ("alpha", {"dtype": "uint8", "count": 4, "photometric": "RGB", "alpha": "YES"}, {}),
        ("premultiplied alpha", {"dtype": "uint8", "count": 4, "photometric": "RGB", "alpha": "PREMULTIPLIED"}, {}),
        ("premultiplied grey alpha", {"dtype": "uint16", "count": 2, "alpha": "PREMULTIPLIED"}, {}),
        ("grey alpha", {"dtype": "uint8", "count": 2, "alpha": "YES"}, {}),
        ("mask", {"dtype": "uint8", "count": 3, "photometric": "RGB"}, {"mask": True}),
        ("mask", {"dtype": "int16", "count": 1}, {"mask": True}),
        ("palette", {"dtype": "uint8", "count": 1, "photometric": "PALETTE"}, {"colours": palette}),
        ("overviews", {"dtype": "uint8", "count": 1, "tiled": True, "blockxsize": 32, "blockysize": 32}, {"levels": [2, 4]}),
        ("near infrared", {"dtype": "uint16", "count": 4}, {"roles": ["red", "green", "blue", "nir"]}),
        ("tiles", {"dtype": "uint16", "count": 2, "tiled": True, "blockxsize": 32, "blockysize": 48, "compress": "LZW"}, {}),
    ]
    for number, (kind, profile, more) in enumerate(kinds):
        path = folder / f"{number}.tif"
        pixels = slope[: profile["count"]].astype(profile["dtype"])
        if "nodata" in profile:
            pixels[:, 20:50, 30:70] = profile["nodata"]
        if "alpha" in kind:
            pixels[-1] = np.where(slope[0] < 30, 0, 255)
        with rasterio.open(path, "w", driver="GTiff", width=width, height=height, **where, **profile) as file:
            if "colours" in more:
                file.write_colormap(1, more["colours"])
            if "roles" in more:
                file.colorinterp = [ColorInterp[role] for role in more["roles"]]
            file.write(pixels)
            file.update_tags(KEEP="this", TIFFTAG_MAXSAMPLEVALUE="200")
            file.update_tags(1, STATISTICS_MAXIMUM="200", OTHER="kept")
            file.set_band_description(1, "first")
            if "mask" in more:
                file.write_mask(np.where((row + col) % 11 < 4, 0, 255).astype("uint8"))
        if "levels" in more:
            with rasterio.open(path, "r+") as file:
                file.build_overviews(more["levels"], Resampling.average)
        yield kind, path, profile


def changes(rng, kind, profile):
    """What is changed: the words for us, and for GDAL."""
    ours, theirs = [], []

    def say(mine, gdals):
        ours.extend(mine)
        theirs.extend(gdals)

    if rng.random() < 0.4:
        left, top = rng.choice([0, 32, 11]), rng.choice([0, 48, 5])
        window = [left, top, rng.randrange(20, 90), rng.randrange(20, 45)]
        say(["--window", ",".join(map(str, window))], ["-srcwin", *map(str, window)])
    # GDAL makes no overviews of several palettes.
    if rng.random() < 0.3 and kind != "palette":
        bands = [rng.randrange(profile["count"]) + 1 for _ in range(rng.choice([1, 1, 2, 3]))]
        if rng.random() < 0.5:
            bands = sorted(set(bands))
        say(["--bands", ",".join(map(str, bands))], [word for band in bands for word in ("-b", str(band))])
    scaled = rng.random() < 0.3
    if scaled:
        numbers = rng.choice([["0", "255", "0", "100"], ["10", "100", "0", "50"], ["-100", "100", "1", "254"]])
        say([f"--scale={','.join(numbers)}"], ["-scale", *numbers])
    dtype = profile["dtype"]
    # A nodata of -5 is no value of a type without a sign: refused, where GDAL leaves it out and its pixels become valid.
    fitting = [name for name in TYPES if profile.get("nodata", 0) >= 0 or not name.startswith("u")]
    fitting = [name for name in fitting if profile.get("nodata", 0) < 120 or name not in ("uint8", "int8")]
    # GDAL keeps a nodata of 7.5 for integers (of 64 bits it leaves it out), where its pixels become a valid 8. Here it is 8.
    whole = float(profile.get("nodata", 0)).is_integer()
    fitting = [name for name in fitting if whole or name.startswith("float")]
    cog = rng.random() < 0.4
    if cog:
        # Of 64 bits GDAL's driver makes overviews of values that are not rounded yet, and does not say their nodata.
        fitting = [name for name in fitting if name != "int64"]
        # Where a colour map cannot be kept, its driver goes by it all the same.
        fitting = ["uint8", "uint16"] if kind == "palette" else fitting
    if rng.random() < 0.4:
        dtype = rng.choice(fitting)
        say(["--dtype", dtype], ["-ot", TYPES[dtype]])
    if rng.random() < 0.2:
        say(["--nodata", "100"], ["-a_nodata", "100"])
    elif rng.random() < 0.1:
        say(["--nodata", "none"], ["-a_nodata", "none"])
    if cog:
        options = {"BLOCKSIZE": "64", "COMPRESS": rng.choice(["LZW", "DEFLATE", "ZSTD"])}
        choices = [
            ("OVERVIEW_COUNT", ["1", "2"]), ("OVERVIEW_COMPRESS", ["LZW", "DEFLATE"]), ("PREDICTOR", ["YES", "STANDARD"]),
            ("OVERVIEW_RESAMPLING", ["NEAREST", "AVERAGE"]), ("STATISTICS", ["NO"]), ("OVERVIEW_PREDICTOR", ["YES"]),
            ("SPARSE_OK", ["YES"]), ("BIGTIFF", ["YES"]), ("INTERLEAVE", ["PIXEL", "BAND", "TILE"]),
        ]
    else:
        options = {"COMPRESS": rng.choice(["NONE", "LZW", "DEFLATE", "ZSTD", "PACKBITS"])}
        choices = [
            ("TILED", ["YES"]), ("INTERLEAVE", ["PIXEL", "BAND"]), ("BIGTIFF", ["YES", "IF_SAFER"]),
            ("PREDICTOR", ["2"]), ("SPARSE_OK", ["YES"]), ("ENDIANNESS", ["LITTLE"]),
        ]
    for key, values in choices:
        if rng.random() < 0.3 and not (key == "PREDICTOR" and options["COMPRESS"] in ("NONE", "PACKBITS")):
            options[key] = rng.choice(values)
    if not cog and options.get("TILED") != "YES":
        # As it is cut there; else GDAL's strips have other rows than ours, which has nothing to do with what is copied.
        options["BLOCKYSIZE"] = "16"
    if not cog:
        options.setdefault("INTERLEAVE", "PIXEL")
    for key, text in options.items():
        say(["--co", f"{key}={text}"], ["-co", f"{key}={text}"])
    return cog, ours, theirs + (["-of", "COG"] if cog else [])


def said(path):
    with rasterio.open(path) as file:
        return {
            "crs": file.crs.to_epsg() if file.crs else None, "transform": file.transform[:6], "nodata": file.nodata,
            "dtypes": file.dtypes, "tags": lasting(file.tags()), "bands": [lasting(file.tags(band)) for band in file.indexes],
            "descriptions": file.descriptions, "colorinterp": roles(file), "flags": file.mask_flag_enums,
            "structure": file.tags(ns="IMAGE_STRUCTURE"),
            "band structure": [file.tags(band, ns="IMAGE_STRUCTURE") for band in file.indexes],
            "overviews": [file.overviews(band) for band in file.indexes],
            "colours": colours(file), "methods": methods(path),
        }


def methods(path):
    """How each image is compressed."""
    with tifffile.TiffFile(path) as file:
        return [(int(page.subfiletype), int(page.compression), int(page.predictor)) for page in file.pages]


def roles(file):
    """What bands are, if that says anything. GDAL takes three bands of bytes for colours, and takes that back by items."""
    known = {ColorInterp.gray: "", ColorInterp.undefined: ""}
    if colours(file) is None:
        # Of floats it still says so.
        known[ColorInterp.palette] = ""
    return [known.get(colour, colour.name) for colour in file.colorinterp]


def lasting(items):
    """Without what is said of values: GDAL forgets it where it scales, but not where values become others of another type."""
    return {name: text for name, text in items.items() if "SAMPLEVALUE" not in name and "STATISTICS" not in name}


def colours(file):
    try:
        return file.colormap(1)
    except ValueError:
        return None


def difference(ours, theirs, changes):
    a, b = said(ours), said(theirs)
    if changes:
        # GDAL copies a virtual raster then, which does not say that an alpha is premultiplied.
        for items, of_gdal in zip(a["band structure"], b["band structure"]):
            if "ALPHA" not in of_gdal:
                items.pop("ALPHA", None)
    if changes and changes <= {"-ot", "-a_nodata", "-b"}:
        # A type, nodata or all bands, which the source has already, count as a change there, which hides how its overviews were made.
        if "OVERVIEW_RESAMPLING" not in b["structure"]:
            a["structure"].pop("OVERVIEW_RESAMPLING", None)
    if a != b:
        return "says " + "; ".join(f"{key}: {a[key]} for {b[key]}"[:300] for key in a if a[key] != b[key])
    for level in range(-1, len(a["overviews"][0])):
        options = {} if level < 0 else {"overview_level": level}
        with rasterio.open(ours, **options) as mine, rasterio.open(theirs, **options) as gdals:
            pixels, expected = mine.read(), gdals.read()
            if pixels.shape != expected.shape:
                return f"level {level}: shape {pixels.shape} for {expected.shape}"
            apart = np.abs(pixels.astype("float64") - expected.astype("float64"))
            most = 0 if level < 0 else 1 if pixels.dtype.kind in "ui" else 2e-6 * max(1.0, float(np.abs(expected).max()))
            if (apart > most).any() or (apart > 0).mean() > 0.01 and most == 1:
                return f"level {level}: {(apart > 0).sum()} of {apart.size} pixels differ, by up to {apart.max()}"
            if not np.array_equal(mine.read_masks(), gdals.read_masks()):
                return f"level {level}: masks differ"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=15, help="of each file")
    parser.add_argument("--least", type=int, default=300, help="the same, at least")
    arguments = parser.parse_args()
    rng, gdal = random.Random(arguments.seed), Gdal()
    counts, failures = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        ours, theirs = folder / "ours.tif", folder / "theirs.tif"
        for kind, path, profile in list(sources(folder, rng)):
            for _ in range(arguments.count):
                cog, words, gdals = changes(rng, kind, profile)
                for old in (ours, theirs):
                    old.unlink(missing_ok=True)
                command = [arguments.program, "cog" if cog else "convert", path, ours, *words]
                answer = subprocess.run(command, capture_output=True, text=True)
                refused = gdal.translate(path, theirs, gdals)
                if answer.returncode and refused:
                    result = "refused by both"
                elif answer.returncode or refused:
                    result = f"refused by one: {answer.stderr.strip() or refused}"
                else:
                    options = {word for word in gdals if word.startswith("-")} - {"-co", "-of"}
                    result = difference(ours, theirs, options) or "same"
                known = result in ("same", "refused by both")
                counts["cog" if cog else "convert", result if known else "different"] += 1
                if not known:
                    failures.append(f"{kind} {profile} {' '.join(map(str, command[1:2] + words))}: {result}")
    for (what, result), count in sorted(counts.items()):
        print(f"{what}: {count} {result}")
    print("\n".join(failures))
    same = sum(count for (_, result), count in counts.items() if result == "same")
    sys.exit(1 if failures or same < arguments.least else 0)


main()

"""memtiff and GDAL change the same files in the same way: blocks written again, masks, overviews, nodata, CRS, tags; and make
COGs of them. What both have written is read by GDAL and must be the same, to the pixel, overviews and masks included.

    changes.py PROGRAM [--seed N] [--count N]        (the example `changes`)
"""

import argparse
import collections
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
import tifffile
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import Affine
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_validate

warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)
os.environ["GDAL_TIFF_INTERNAL_MASK"] = "YES"

METHODS = ["nearest", "average", "bilinear", "cubic", "cubic_spline", "lanczos", "mode", "gauss", "rms"]
# Where GDAL's own arithmetic is single precision, or rounds in another order than it says: so many pixels of an overview may
# be apart, each by no more than the second number (of a float: relative to the largest value).
TOLERANCE = {"f": (1.0, 2e-6), "u": (0.001, 1), "i": (0.001, 1), "c": (1.0, 2e-6)}


# What bands can be told to be. (Of three bands that become RGB GDAL leaves two as extra ones; and where a fourth is a colour
# that TIFF does not know, it takes back that the others are RGB.)
COLOURS = [
    "red,green,alpha", "gray,undefined,alpha", "blue,green,red", "nir,red,green", "gray,alpha",
    "red,green,blue,alpha", "red,green,blue,undefined", "gray,undefined,undefined,alpha", "blue,green,red,alpha",
]


def source(path, rng, **more):
    """A file that GDAL has written."""
    dtype = more.pop("dtype", rng.choice(["uint8", "uint16", "int16", "float32", "float64"]))
    masked = more.pop("masked", True)
    count = more.pop("count", rng.choice([1, 1, 3, 4]))
    width, height = more.pop("shape", (rng.choice([517, 300, 131]), rng.choice([389, 256, 77])))
    compress = rng.choice(["NONE", "LZW", "DEFLATE", "ZSTD", "PACKBITS"])
    profile = {
        "driver": "GTiff", "dtype": dtype, "count": count, "width": width, "height": height, "compress": compress,
        "interleave": rng.choice(["pixel", "band"]), "bigtiff": rng.choice(["YES", "NO"]),
        "endianness": rng.choice(["LITTLE", "BIG"]), "crs": "EPSG:32633",
        "transform": Affine(10, 0, 500000, 0, -10, 5000000), "photometric": "MINISBLACK",
    }
    if rng.random() < 0.7:
        profile |= {"tiled": True, "blockxsize": 64, "blockysize": rng.choice([64, 64, 32])}
    if compress in ("LZW", "DEFLATE", "ZSTD"):
        profile["predictor"] = rng.choice([1, 2, 3 if dtype.startswith("float") else 2])
    if rng.random() < 0.4:
        profile["nodata"] = 7
    if rng.random() < 0.2:
        profile["sparse_ok"] = True
    # An alpha of everything and nothing, and of something in between.
    has_alpha = count == 4 and dtype in ("uint8", "uint16") and "nodata" not in profile and profile["bigtiff"] == "NO"
    if has_alpha:
        profile |= {"photometric": "RGB", "alpha": "YES"}
    profile |= more
    random_numbers = np.random.default_rng(rng.randrange(1 << 30))
    shape = (count, height, width)
    slope = np.add.outer(np.arange(height), np.arange(width)) % 90
    pixels = (slope + random_numbers.integers(0, 12, shape)).astype(dtype)
    if dtype.startswith("float"):
        pixels = (pixels + random_numbers.random(shape)).astype(dtype)
    pixels[:, 20:60, 30:90] = 7
    if has_alpha:
        opaque = np.iinfo(dtype).max
        pixels[3] = np.where(slope % 9 < 2, 0, np.where(slope % 9 < 4, pixels[3], opaque))
    with rasterio.open(path, "w", **profile) as file:
        file.write(pixels)
        file.update_tags(WHO="gdal", KEEP="this <too>")
        file.set_band_description(1, "first")
    if rng.random() < 0.3 and masked:
        with rasterio.open(path, "r+") as file:
            file.write_mask(mask_of(file.shape, 5))
    return profile


def value(shape, col, row):
    band, rows, cols = np.indices(shape)
    return (band * 31 + rows * 7 + cols * 3) % 101


def mask_of(shape, modulus=7):
    row, col = np.indices(shape)
    return ((((row + 2 * col) % modulus) != 0) & ((row > 20) | (col > 30))).astype("uint8") * 255


def by_gdal(path, step):
    # What GDAL puts beside a file counts before what it puts into it later.
    path.with_name(path.name + ".aux.xml").unlink(missing_ok=True)
    name, _, argument = step.partition("=")
    if name == "repack":
        return
    if name == "append":
        return
    if name in ("cog", "copy"):
        options = dict(pair.split(":") for pair in argument.split(";") if pair)
        before = path.with_suffix(".before.tif")
        shutil.move(path, before)
        rasterio.shutil.copy(before, path, driver="COG" if name == "cog" else "GTiff", **options)
        return
    with rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as file:
        match name:
            case "window":
                col, row, width, height = map(int, argument.split(","))
                pixels = value((file.count, height, width), col, row).astype(file.dtypes[0])
                file.write(pixels, window=Window(col, row, width, height))
            case "mask":
                file.write_mask(mask_of(file.shape))
            case "nodata":
                file.nodata = None if argument == "none" else float(argument)
            case "crs":
                file.crs = f"EPSG:{argument}"
            case "transform":
                file.transform = Affine(*map(float, argument.split(",")))
            case "tag":
                key, _, text = argument.partition(":")
                file.update_tags(**{key: text})
            case "colorinterp":
                file.colorinterp = [ColorInterp[name] for name in argument.split(",")]
            case "description":
                file.set_band_description(1, argument)
            case "overviews":
                method, _, factors = argument.partition(":")
                file.build_overviews([int(factor) for factor in factors.split(",")], Resampling[method])


def levels(path):
    """The image and its overviews: pixels and masks."""
    with rasterio.open(path) as file:
        found = [(file.read(), file.read_masks())]
        count = len(file.overviews(1))
    for level in range(count):
        with rasterio.open(path, overview_level=level) as file:
            found.append((file.read(), file.read_masks()))
    return found


def said(path):
    with rasterio.open(path) as file:
        tags = {key: text for key, text in file.tags().items() if not key.startswith("STATISTICS")}
        return {
            "crs": file.crs.to_epsg() if file.crs else None, "transform": file.transform[:6], "nodata": file.nodata,
            "tags": tags, "descriptions": file.descriptions, "overviews": [file.overviews(b) for b in file.indexes],
            "flags": file.mask_flag_enums, "colorinterp": file.colorinterp, "compress": file.compression,
            "blocks": file.block_shapes, "interleave": file.interleaving, "extra": extra_samples(path),
        }


def extra_samples(path):
    """What the bands beyond the colours are said to mean."""
    with tifffile.TiffFile(path) as file:
        return file.pages[0].extrasamples


def by_tifffile(path):
    """What tifffile, which is of another hand, reads of each directory that GDAL took for a level or a mask."""
    with tifffile.TiffFile(path) as file:
        pages = [(int(page.subfiletype), page.asarray(squeeze=False)) for page in file.pages]
    found = [[], []]
    for kind, pixels in pages:
        if kind & 2 == 0:
            found[kind // 4].append(pixels)
    return found


def is_read_by_tifffile(path):
    """Whether the levels are those that GDAL reads. Masks of bits are 0 and 1 there; levels are sorted."""
    images, masks = by_tifffile(path)
    expected = levels(path)
    order = sorted(range(1, len(expected)), key=lambda at: -expected[at][0].size)
    same = len(images) >= len(expected)
    for at, pixels in zip([0, *order], sorted(images[: len(expected)], key=lambda pixels: -pixels.size)):
        # Planes, depth, rows, columns, samples.
        pixels = np.moveaxis(pixels[:, 0], -1, 1).reshape(-1, *pixels.shape[2:4])
        same &= np.array_equal(pixels, expected[at][0])
    for at, mask in zip([0, *order], sorted(masks, key=lambda mask: -mask.size)):
        same &= np.array_equal(mask.reshape(expected[at][1][0].shape).astype("uint8") * 255, expected[at][1][0])
    return bool(same)


def structure(path):
    with rasterio.open(path) as file:
        return file.tags(ns="IMAGE_STRUCTURE")


def difference(ours, theirs, steps):
    """What differs; nothing if it is the same."""
    a, b = said(ours), said(theirs)
    if steps[-1].startswith("cog"):
        # Of three bands that are no colours GDAL's driver says that they are, and takes it back by items.
        del a["extra"], b["extra"]
    if a != b:
        return "says " + "; ".join(f"{key}: {a[key]} for {b[key]}" for key in a if a[key] != b[key])
    for level, ((pixels, masks), (expected, expected_masks)) in enumerate(zip(levels(ours), levels(theirs), strict=True)):
        if pixels.shape != expected.shape:
            return f"level {level}: shape {pixels.shape} for {expected.shape}"
        share, most = TOLERANCE[pixels.dtype.kind] if level else (0, 0)
        # Where nothing but the very end of the kernel is valid, rounding decides whether that is something.
        few = 0.005 if level and any("spline" in step for step in steps) else 0
        wide = "complex128" if pixels.dtype.kind == "c" else "float64"
        apart = np.abs(pixels.astype(wide) - expected.astype(wide))
        if pixels.dtype.kind in "fc":
            apart = apart / max(1.0, float(np.abs(expected).max()))
        if (apart > most).mean() > few or (apart > 0).mean() > max(share, few):
            where = np.argwhere(apart > 0)
            return f"level {level}: {len(where)} of {apart.size} pixels differ, by up to {apart.max()}, first {where[0]}"
        if level and leaves_old_nodata(steps):
            continue
        if (masks != expected_masks).mean() > few:
            return f"level {level}: {(masks != expected_masks).sum()} of {masks.size} mask pixels differ"
    return ""


def is_lost_on_gdal(steps):
    """GDAL adds no second set of overviews to some files, and builds none for a mask that comes after them."""
    names = [step.partition("=")[0] for step in steps]
    first = names.index("overviews") if "overviews" in names else len(names)
    return "mask" in names[first + 1 :] or "overviews" in names[first + 1 :]


def leaves_old_nodata(steps):
    """Whether nodata changes after overviews were built: GDAL leaves the old one in their directories, here they follow."""
    names = [step.partition("=")[0] for step in steps]
    return "overviews" in names and "nodata" in names[names.index("overviews") :]


def recipes(rng, count):
    for _ in range(count):
        steps = []
        for _ in range(rng.randrange(1, 4)):
            steps.append(
                rng.choice(
                    [
                        f"window={rng.randrange(60)},{rng.randrange(40)},{rng.randrange(1, 70)},{rng.randrange(1, 36)}",
                        "mask",
                        "nodata=3",
                        "nodata=none",
                        "crs=32719",
                        "transform=20,0,100,0,-30,7000",
                        "tag=WHO:memtiff&you",
                        "description=uno",
                        f"overviews={rng.choice(METHODS)}:{rng.choice(['2', '2,4', '2,4,8', '4'])}",
                        "repack",
                        "append",
                    ]
                )
            )
        if not is_lost_on_gdal(steps):
            yield {}, steps
    for bands in COLOURS:
        yield {"count": bands.count(",") + 1, "dtype": "uint8"}, [f"colorinterp={bands}"]
    # GDAL takes no notice of nodata and masks there, and tifffile undoes no predictor.
    for method in ["nearest", "average"]:
        for factors in ["2", "2,4", "3,5"]:
            yield {"dtype": "complex64", "nodata": None, "masked": False, "predictor": 1}, [f"overviews={method}:{factors}"]
    for method, factors in itertools.product(METHODS, ["2", "2,4,8", "3,5", "8,2,4"]):
        yield {}, [f"overviews={method}:{factors}"]
        yield {}, ["mask", f"overviews={method}:{factors}"]


def cogs(rng, count):
    for _ in range(count):
        options = {
            "BLOCKSIZE": rng.choice(["64", "128", "256"]),
            "COMPRESS": rng.choice(["NONE", "LZW", "DEFLATE", "ZSTD"]),
            "OVERVIEW_RESAMPLING": rng.choice(METHODS).replace("_", ""),
            "OVERVIEWS": rng.choice(["AUTO", "IGNORE_EXISTING", "NONE"]),
            "SPARSE_OK": rng.choice(["YES", "NO"]),
        }
        if options["COMPRESS"] != "NONE":
            options["PREDICTOR"] = rng.choice(["YES", "NO", "STANDARD"])
        before = rng.choice([[], [], ["mask"], ["overviews=average:2,4"]])
        yield {"endianness": "LITTLE"}, [*before, "cog=" + ";".join(f"{k}:{v}" for k, v in options.items())]


def layout(path, other):
    """The order of directories and data of a COG: kinds and sizes of directories; which image each chunk is of, by offset.
    Only chunks that the other has too: of tiles that need not be there GDAL writes some."""
    with tifffile.TiffFile(other) as file:
        there = {(n, i) for n, page in enumerate(file.pages) for i, size in enumerate(page.databytecounts) if size}
    with tifffile.TiffFile(path) as file:
        pages = list(file.pages)
        order = [(int(page.subfiletype), page.shape[:2], len(page.dataoffsets)) for page in pages]
        chunks = sorted(
            (offset, number, index)
            for number, page in enumerate(pages)
            for index, (offset, size) in enumerate(zip(page.dataoffsets, page.databytecounts))
            if size and (number, index) in there
        )
        ghost = open(path, "rb").read(16 + 43 + 180)
        start = ghost.find(b"GDAL_STRUCTURAL")
        said = ghost[start : start + 43 + int(ghost[start + 30 : start + 36])] if start > 0 else ghost[:64]
        return order, [(number, index) for _, number, index in chunks], said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    counts, failures = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(arguments.keep or folder)
        jobs = []
        for number, (more, steps) in enumerate([*recipes(rng, arguments.count), *cogs(rng, arguments.count // 2)]):
            original = folder / f"{number}.tif"
            profile = source(original, rng, **more)
            jobs.append((original, folder / f"{number}.memtiff.tif", folder / f"{number}.gdal.tif", profile, steps))
        lines = "".join(f"{original} {ours} {' '.join(steps)}\n" for original, ours, _, _, steps in jobs)
        answers = subprocess.run([arguments.program], input=lines, capture_output=True, text=True, check=True)
        for (original, ours, theirs, profile, steps), answer in zip(jobs, answers.stdout.splitlines(), strict=True):
            kind = "cog" if steps[-1].startswith("cog") else "update"
            shutil.copy(original, theirs)
            for step in steps:
                by_gdal(theirs, step)
            small = max(profile["width"], profile["height"]) <= 256
            if kind == "cog" and ("LAYOUT" not in structure(theirs) or (small and "IGNORE_EXISTING" in steps[-1])):
                # Uncompressed, of bands apart: GDAL's driver copies the source as it is. And where no overview is needed it
                # keeps those that it was told to ignore.
                counts[kind, "where GDAL makes none"] += 1
                continue
            found = answer if answer != "ok" else difference(ours, theirs, steps)
            if not found and kind == "cog":
                valid, errors, warned = cog_validate(ours, strict=True, quiet=True)
                expected, expected_errors, expected_warned = cog_validate(theirs, strict=True, quiet=True)
                if (valid, errors, warned) != (expected, expected_errors, expected_warned):
                    found = f"rio cogeo: {errors} {warned} for {expected_errors} {expected_warned}"
                elif (mine := layout(ours, theirs)) != (gdals := layout(theirs, ours)):
                    part = next(i for i in range(3) if mine[i] != gdals[i])
                    found = f"laid out in another way: {mine[part][:9]} for {gdals[part][:9]}"
                elif abs(ours.stat().st_size / theirs.stat().st_size - 1) > 0.1:
                    found = f"size {ours.stat().st_size} for {theirs.stat().st_size}"
            if not found and "append" not in steps and not is_read_by_tifffile(ours):
                found = "tifffile reads something else"
            counts[kind, "different" if found else "same"] += 1
            if found:
                failures.append(f"{original.name} {profile} {steps}: {found}")
    for (kind, result), count in sorted(counts.items()):
        print(f"{kind}: {count} {result}")
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


main()

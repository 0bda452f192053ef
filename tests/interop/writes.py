"""GDAL, tifffile, the crate `tiff` and geotiff.js read what memtiff writes: data types x compressions x predictors x layouts x
interleavings x byte orders x BigTIFF x bits x sparse x written whole or in windows x masks x overviews. Pixels must be the
same, and, for GDAL, what is said of them.

    writes.py PROGRAM TIFF_CRATE NODE_MODULES [--least N]        (the examples `writes` and `tiff_crate`)
"""

import argparse
import collections
import itertools
import logging
import os
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import imagecodecs
import levels
import numpy as np
import rasterio
import tifffile
from readers import equal, readers, table, twin

warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)
# tifffile complains of nodata in int8.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

WHOLE = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
FLOATS = ["float16", "float32", "float64"]
COMPLEX = ["complex_int16", "complex_int32", "complex64", "complex128"]
LOSSLESS = ["NONE", "LZW", "DEFLATE", "ZSTD", "PACKBITS", "LZMA"]
LERC = ["LERC", "LERC_DEFLATE", "LERC_ZSTD"]
# What tifffile refuses by name.
TIFFFILE_CANNOT = ("complex_int16 p2", "complex_int32 p2", "complex64 p2")


def value(shape, most):
    """The rule of the example."""
    band, row, col = (index.astype("uint64") for index in np.indices(shape))
    noise = (band << np.uint64(40)) | (row << np.uint64(20)) | col
    noise = noise * np.uint64(0x9E3779B97F4A7C15)
    noise ^= noise >> np.uint64(29)
    slope = row * np.uint64(3) + col * np.uint64(5) + band * np.uint64(17)
    return (slope + noise % np.uint64(8)) % np.uint64(most)


def expected(options):
    shape = (int(options["COUNT"]), int(options["HEIGHT"]), int(options["WIDTH"]))
    dtype = options["DTYPE"]
    if "float" in dtype and "NBITS" in options:
        dtype = "float16"
    bits = int(options.get("NBITS", 16))
    most = 1 << min(bits, 20)
    v = lambda most: value(shape, most).astype("int64")  # noqa: E731
    match dtype:
        case "uint8":
            return v(min(most, 256)).astype("uint8")
        case "int8":
            return v(256).astype("uint8").view("int8")
        case "uint16" | "uint32":
            return v(most).astype(dtype)
        case "int16":
            return v(1 << 16).astype("uint16").view("int16")
        case "int32":
            return (v(most) - 1000).astype("int32")
        case "uint64":
            return v(most).astype("uint64") << np.uint64(33)
        case "int64":
            return (v(most) - 1000) << 33
        case "float16" | "float32":
            return (v(2048) / 8 - 100).astype(dtype)
        case "float64":
            return v(most) / 8 - 1e9
        case "complex_int16":
            low = v(most).astype("uint16").view("int16")
            return (low + 1j * (7 - (low >> 3)).astype("int16")).astype("complex64")
        case "complex_int32":
            return v(most) - 1j * v(most)
        case "complex64":
            return (v(2048) / 8 - 1j * v(2048)).astype("complex64")
        case _:
            return v(most) / 8 - 1j * v(most)


def recipes(rng):
    """Every data type with every compression and predictor; the rest at random, each value often."""
    found = []
    for dtype, compress, predictor in itertools.product(WHOLE + FLOATS + COMPLEX, LOSSLESS + LERC, ["1", "2", "3"]):
        if predictor != "1" and compress in ("NONE", "PACKBITS", *LERC):
            continue
        # GDAL does not write it for float16 either.
        if predictor == "3" and dtype not in ("float32", "float64"):
            continue
        if predictor == "2" and dtype == "complex128":
            continue
        if compress in LERC and dtype in (*COMPLEX, "int64", "uint64", "float16"):
            continue
        for layout, interleave in itertools.product(["strip", "tile"], ["PIXEL", "BAND"]):
            found.append(base(rng, dtype, compress, predictor, layout, interleave))
    for dtype, bits in itertools.chain(
        (("uint8", n) for n in range(1, 8)),
        (("uint16", n) for n in range(9, 16)),
        (("uint32", n) for n in range(17, 32)),
        [("float32", 16)],
    ):
        for compress in ["NONE", "LZW", "DEFLATE", "ZSTD", "PACKBITS", "LZMA"]:
            options = base(rng, dtype, compress, "1", rng.choice(["strip", "tile"]), rng.choice(["PIXEL", "BAND"]))
            found.append({**options, "NBITS": str(bits)})
    for compress, count in itertools.product(["CCITTRLE", "CCITTFAX3", "CCITTFAX4"], [1, 3]):
        for layout in ["strip", "tile"]:
            options = base(rng, "uint8", compress, "1", layout, "BAND")
            found.append({**options, "NBITS": "1", "COUNT": str(count)})
    for count, layout in itertools.product([3, 4], ["strip", "tile"]):
        found.append({**base(rng, "uint8", "WEBP", "1", layout, "PIXEL"), "COUNT": str(count)})
    return found


def base(rng, dtype, compress, predictor, layout, interleave):
    options = {
        "WIDTH": str(rng.choice([1, 17, 100, 131])),
        "HEIGHT": str(rng.choice([1, 40, 77, 120])),
        "COUNT": str(rng.choice([1, 2, 3, 4, 5])),
        "DTYPE": dtype,
        "COMPRESS": compress,
        "INTERLEAVE": interleave,
        "ENDIANNESS": rng.choice(["LITTLE", "BIG"]),
        "BIGTIFF": rng.choice(["YES", "NO", "IF_NEEDED"]),
    }
    # Numbers of the other byte order are no floats: LERC would not keep their NaNs.
    if predictor != "1":
        options["PREDICTOR"] = predictor
    if layout == "tile":
        options |= {"TILED": "YES", "BLOCKXSIZE": rng.choice(["16", "48", "64"]), "BLOCKYSIZE": rng.choice(["32", "64"])}
    elif rng.random() < 0.5:
        options["BLOCKYSIZE"] = rng.choice(["1", "7", "1000"])
    if rng.random() < 0.5:
        options["WINDOWS"] = "1"
    if rng.random() < 0.2:
        options["SPARSE_OK"] = "TRUE"
    if rng.random() < 0.3:
        options |= {"CRS": rng.choice(["32633", "4326", "3857", "2056"]), "META": "1"}
    if rng.random() < 0.3 and not dtype.startswith("complex"):
        options["NODATA"] = "7"
    if rng.random() < 0.3:
        options["MASK"] = "1"
    # GDAL makes none of a single pixel, and only the first of two of some files of 64-bit integers with nodata. What LERC's
    # offsets are depends on what is beyond the edges, and a limit of geotiff.js on that.
    cannot_be_judged = (options["WIDTH"], options["HEIGHT"]) == ("1", "1") or ("NODATA" in options and "int64" in dtype)
    cannot_be_judged |= compress in LERC and dtype == "uint32"
    if rng.random() < 0.3 and not cannot_be_judged:
        options["OVERVIEWS"] = rng.choice(["2", "2,4", "3"])
    return options


def check_metadata(dataset, options):
    wrong = []
    if "CRS" in options:
        wrong += ["crs"] if dataset.crs.to_epsg() != int(options["CRS"]) else []
        wrong += ["transform"] if tuple(dataset.transform)[:6] != (10, 0, 500000, 0, -20, 5000000) else []
    if "META" in options:
        tags = dataset.tags()
        said = tags.get("A"), tags.get("TIFFTAG_SOFTWARE"), tags.get("TIFFTAG_XRESOLUTION"), dataset.tags(ns="DOMAIN")
        wrong += ["tags"] if said != ('a <b> & "c" é', "memtiff", "72.5", {"B": "2"}) else []
        band = dataset.tags(1).get("STATISTICS_MEAN"), dataset.descriptions[0], dataset.units[0]
        wrong += ["band"] if band != ("1.5", "first & last", "K") else []
        wrong += ["scale"] if (dataset.scales[0], dataset.offsets[0]) != (0.1, -273.15) else []
    if dataset.nodata != (float(options["NODATA"]) if "NODATA" in options else None):
        wrong.append("nodata")
    structure = dataset.tags(ns="IMAGE_STRUCTURE")
    if structure.get("COMPRESSION", "NONE") != options["COMPRESS"]:
        wrong.append("compression " + structure.get("COMPRESSION", "NONE"))
    if "TILED" in options and dataset.block_shapes[0] != (int(options["BLOCKYSIZE"]), int(options["BLOCKXSIZE"])):
        wrong.append("blocks")
    return wrong


def by_tifffile(path, options):
    with tifffile.TiffFile(path) as file:
        pixels = file.pages[0].asarray()
    count = int(options["COUNT"])
    if count == 1:
        return pixels.reshape(1, int(options["HEIGHT"]), int(options["WIDTH"]))
    shape = (int(options["HEIGHT"]), int(options["WIDTH"]), count)
    return pixels.reshape(shape).transpose(2, 0, 1) if options["INTERLEAVE"] == "PIXEL" else pixels


def sizes(program, folder, others):
    """Of the same pixels with the same options: our files beside GDAL's. The other readers read them too: blocks are larger
    than those of the rest."""
    rows, failures = [], []
    for dtype, compress, predictor in itertools.product(
        ["uint8", "uint16", "float32"], ["NONE", "LZW", "DEFLATE", "ZSTD", "LZMA", "PACKBITS"], ["1", "2"]
    ):
        if predictor != "1" and compress in ("NONE", "PACKBITS"):
            continue
        options = {"WIDTH": "700", "HEIGHT": "600", "COUNT": "3", "DTYPE": dtype, "COMPRESS": compress, "TILED": "YES"}
        options["INTERLEAVE"] = "PIXEL"
        if predictor != "1":
            options["PREDICTOR"] = predictor
        answer = write(program, folder, [("ours", options)])[0]
        if answer != "ok":
            sys.exit(f"{options}: {answer}")
        wanted = expected(options)
        with rasterio.open(folder / "gdal.tif", "w", "GTiff", 700, 600, 3, dtype=dtype, **rasterio_options(options)) as dataset:
            dataset.write(wanted)
        ours, gdal = (os.path.getsize(folder / name) for name in ("ours.tif", "gdal.tif"))
        rows.append((ours / gdal, dtype, compress, predictor, ours, gdal))
        wrong = [other.judge(folder / "ours.tif", options, equal(wanted), lambda: (folder / "gdal.tif", equal(wanted)))
                 for other in others]
        failures += [f"{dtype} {compress} p{predictor}, 700 x 600: {what}" for what in wrong if what]
    return rows, failures


def lossy(program, folder, others):
    """What JPEG and LERC may lose: as much as GDAL's own files of the same options lose, and a little."""
    rows = []
    for count, more in [(1, {}), (3, {}), (3, {"PHOTOMETRIC": "YCBCR"}), (4, {}), (2, {"INTERLEAVE": "BAND"})]:
        for layout, mode in itertools.product([{"TILED": "YES"}, {"BLOCKYSIZE": "16"}, {}], ["0", "1", "2", "3"]):
            options = {"WIDTH": "300", "HEIGHT": "200", "COUNT": str(count), "DTYPE": "uint8", "COMPRESS": "JPEG"}
            options |= {"JPEG_QUALITY": "90", "JPEGTABLESMODE": mode, "INTERLEAVE": "PIXEL", **more, **layout}
            rows.append((options, rasterio_options(options)))
    for compress, error in itertools.product(LERC, [0.01, 0.5]):
        options = {"WIDTH": "300", "HEIGHT": "200", "COUNT": "3", "DTYPE": "float32", "COMPRESS": compress}
        options |= {"MAX_Z_ERROR": str(error), "INTERLEAVE": "PIXEL"}
        rows.append((options, rasterio_options(options)))
    failures = []
    for (options, theirs), answer in zip(
        rows, write(program, folder, [(f"l{n}", options) for n, (options, _) in enumerate(rows)]), strict=True
    ):
        what = " ".join(f"{k}={v}" for k, v in options.items())
        if answer != "ok":
            failures.append(f"{what}: {answer}")
            continue
        wanted = expected(options)
        # Softer than the rule's noise, as pictures are: GDAL's own file says what is lost.
        with rasterio.open(folder / "gdal.tif", "w", "GTiff", 300, 200, wanted.shape[0], dtype=wanted.dtype, **theirs) as d:
            d.write(wanted)
        path = folder / f"l{rows.index((options, theirs))}.tif"
        lost, allowed = (loss(by_gdal(name), wanted) for name in (path, folder / "gdal.tif"))

        def little(lost, options=options, allowed=allowed):
            if "MAX_Z_ERROR" in options:
                return lost[1] <= float(options["MAX_Z_ERROR"]) + 1e-4
            return lost[0] <= allowed[0] * 1.1 + 0.2

        def right(pixels, wanted=wanted, little=little):
            return pixels.dtype == wanted.dtype and pixels.shape == wanted.shape and little(loss(pixels, wanted))

        if not little(lost):
            failures.append(f"{what}: lost (mean, most) {lost}, GDAL's file {allowed}")
        wrong = [other.judge(path, options, right, lambda right=right: (folder / "gdal.tif", right)) for other in others]
        failures += [f"{what}: {reason}" for reason in wrong if reason]
    return len(rows), failures


def jpeg_xl(program, folder):
    """GDAL out of the wheel, the crate `tiff` and geotiff.js have no JPEG XL: libjxl decodes the chunks, by tifffile, and one
    by one, for libtiff takes only images of the size, samples and bits that the directory says."""
    named = []
    for dtype, count, interleave in itertools.product(["uint8", "uint16"], [1, 2, 3, 4, 5], ["PIXEL", "BAND"]):
        if interleave == "PIXEL" and (count == 5 or (dtype == "uint16" and count in (2, 4))):
            continue
        for width, height, more in [
            (300, 261, {}),
            (300, 261, {"BLOCKYSIZE": "100", "ENDIANNESS": "BIG"}),
            (700, 600, {"TILED": "YES", "BLOCKXSIZE": "512", "BLOCKYSIZE": "512", "BIGTIFF": "YES"}),
            (1, 40, {"TILED": "YES", "BLOCKXSIZE": "16", "BLOCKYSIZE": "32"}),
        ]:
            options = {"WIDTH": str(width), "HEIGHT": str(height), "COUNT": str(count), "DTYPE": dtype}
            options |= {"COMPRESS": "JXL", "INTERLEAVE": interleave, "WINDOWS": "1", **more}
            named.append((f"x{len(named)}", options))
    failures = []
    for (name, options), answer in zip(named, write(program, folder, named), strict=True):
        what = " ".join(f"{k}={v}" for k, v in options.items())
        if answer != "ok":
            failures.append(f"{what}: {answer}")
            continue
        path, wanted = folder / f"{name}.tif", expected(options)
        if not equal(wanted)(by_tifffile(path, options)):
            failures.append(f"{what}: tifffile: pixels")
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            samples = wanted.shape[0] if options["INTERLEAVE"] == "PIXEL" else 1
            for at, (offset, size) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
                file.filehandle.seek(offset)
                image = imagecodecs.jpegxl_decode(file.filehandle.read(size))
                rows = page.tilelength if page.is_tiled else page.rowsperstrip
                if not page.is_tiled:
                    strips = -(-page.imagelength // rows)
                    rows = min(rows, page.imagelength - at % strips * rows)
                shape = (rows, page.tilewidth if page.is_tiled else page.imagewidth, *([samples] if samples > 1 else []))
                if image.shape != shape or image.dtype != wanted.dtype:
                    failures.append(f"{what}: chunk {at}: {image.shape} of {image.dtype}, {shape} wanted")
    return len(named), failures


def rasterio_options(options):
    left_out = ("WIDTH", "HEIGHT", "COUNT", "DTYPE")
    return {k.lower(): v for k, v in options.items() if k not in left_out}


def by_gdal(path):
    with rasterio.open(path) as dataset:
        return dataset.read()


def loss(pixels, wanted):
    difference = np.abs(pixels.astype("float64") - wanted.astype("float64"))
    return float(difference.mean()), float(difference.max())


def write(program, folder, named):
    lines = [" ".join([name, *(f"{k}={v}" for k, v in options.items())]) for name, options in named]
    done = subprocess.run([program, folder], input="\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE, check=True)
    return done.stdout.splitlines()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("tiff_crate")
    parser.add_argument("node_modules")
    parser.add_argument("--least", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    counts = collections.defaultdict(collections.Counter)
    others = readers(arguments.tiff_crate, arguments.node_modules)
    failures, written = [], 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        found = [options for seed in range(arguments.rounds) for options in recipes(random.Random(seed))]
        named = [(f"f{number}", options) for number, options in enumerate(found)]
        for (name, options), answer in zip(named, write(arguments.program, folder, named), strict=True):
            what = " ".join(f"{k}={v}" for k, v in options.items())
            if answer != "ok":
                failures.append(f"{what}: {answer}")
                continue
            written += 1
            path, wanted = folder / f"{name}.tif", expected(options)
            try:
                with rasterio.open(path) as dataset:
                    pixels, wrong = dataset.read(), check_metadata(dataset, options)
            except rasterio.errors.RasterioError as error:
                failures.append(f"{what}: GDAL: {error}")
                continue
            if not np.array_equal(pixels, wanted):
                wrong.append("pixels")
            if wrong:
                failures.append(f"{what}: GDAL: {', '.join(wrong)}")
            counts["GDAL"].update(["asked", "different" if wrong else "same"])
            for other in others:
                reason = other.judge(path, options, equal(wanted), lambda: twin(folder / "twin.tif", path, options, wanted))
                failures += [f"{what}: {reason}"] if reason else []
            if "MASK" in options or "OVERVIEWS" in options:
                failures += [f"{what}: {reason}" for reason in levels.judge(folder, path, options, wanted, others)]
            kind = options["COMPRESS"] + (" nbits" if "NBITS" in options else "") + " " + options["DTYPE"]
            kind += " p" + options.get("PREDICTOR", "1")
            # tifffile leaves the three bytes of a big-endian sample at the upper end of the four.
            shifted = options.get("NBITS") == "24" and options["ENDIANNESS"] == "BIG"
            if shifted or any(word in kind for word in TIFFFILE_CANNOT):
                counts["tifffile"]["limits"] += 1
                continue
            counts["tifffile"]["asked"] += 1
            try:
                same = np.array_equal(by_tifffile(path, options), wanted)
            except Exception as error:  # noqa: BLE001: whatever it is, it is a failure to read our file
                failures.append(f"{what}: tifffile: {type(error).__name__} {error}")
                continue
            counts["tifffile"]["same" if same else "different"] += 1
            if not same:
                failures.append(f"{what}: tifffile: pixels")
            path.unlink()
        rows, wrong = sizes(arguments.program, folder, others)
        number, more = lossy(arguments.program, folder, others)
        of_jxl, of_jxl_wrong = jpeg_xl(arguments.program, folder)
        failures += wrong + more + of_jxl_wrong
        print(f"lossy: {number - len(more)} of {number} lose no more than GDAL's files do")
        print(f"JPEG XL: {of_jxl} files, libjxl by tifffile: {len(of_jxl_wrong)} differences")
    failures += [reason for other in others for reason in other.unmet()]
    print(f"memtiff: {written} written, {len(rows)} large ones, {number} lossy ones")
    table([*counts.items(), *((other.name, other.counts) for other in others)])
    for other in others:
        print(f"limits of {other.name}: " + ", ".join(f"{number} {what}" for what, number in other.met.items()))
    print("size of our files / size of GDAL's: " + ", ".join(
        f"{dtype} {compress} p{predictor} {ratio:.3f}" for ratio, dtype, compress, predictor, _, _ in rows))
    for line in failures[:40]:
        print(line, file=sys.stderr)
    if failures or counts["GDAL"]["same"] < arguments.least:
        sys.exit(f"{len(failures)} failures; {counts['GDAL']['same']} files read by GDAL, {arguments.least} at least")


main()

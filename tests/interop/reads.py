#!/usr/bin/env python3
"""Random reads of every file, by rasterio and by us.

    reads.py PROGRAM FOLDER [FOLDER ...] [--requests N] [--seed N] [--least N] [--only TEXT]

PROGRAM is the example `reads` of the tests. Each FOLDER has files and an `expected.json` that says which of them rasterio
opens. Answers are equal; or within tolerance (1 for integers, 1e-5 of the largest value for floats); or different, for one of the
REASONS. Anything else fails the check, and so do fewer answers than --least, and, of more than one folder, a reason that no
request meets.
"""
import argparse
import json
import random
import subprocess
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window

warnings.filterwarnings("ignore")

METHODS = ["nearest", "bilinear", "cubic", "cubic_spline", "lanczos", "average", "mode", "gauss", "rms"]
DTYPES = ["uint8", "int16", "uint16", "int32", "uint32", "float16", "float32", "float64"]
LARGEST = 6_000_000
# Files of so many samples take little time, and get four times as many requests.
SMALL = 20_000
LOSSY = {"JPEG", "YCbCr JPEG", "WEBP", "JXL", "JPEG2000", "JPEG_XL"}


def files(folders, only):
    for folder in folders:
        records = json.loads((folder / "expected.json").read_text())["files"]
        for name, record in sorted(records.items()):
            if record.get("oracle") != "gdal" or "error" in str(record.get("pixels")) or record.get("lossy"):
                continue
            if only and only not in name:
                continue
            if record["width"] * record["height"] * record["count"] <= LARGEST:
                yield folder / name


def make(rng, dataset, path):
    """A request, as our program takes it."""
    width, height = dataset.width, dataset.height
    request = {"file": str(path), "what": rng.choices(["read", "masks", "dataset_mask"], [8, 1, 1])[0]}
    if request["what"] != "dataset_mask" and rng.random() < 0.6:
        request["bands"] = [rng.randint(1, dataset.count) for _ in range(rng.randint(1, min(3, dataset.count)))]
    boundless = rng.random() < 0.12
    if boundless:
        request["boundless"] = True
        col, row = rng.randint(-width, width), rng.randint(-height, height)
        request["window"] = [col, row, rng.randint(1, width + 5), rng.randint(1, height + 5)]
        if rng.random() < 0.5:
            request["fill"] = rng.randint(1, 100)
        return request
    kind = rng.random()
    if kind < 0.5:
        col, row = rng.randrange(width), rng.randrange(height)
        request["window"] = [col, row, rng.randint(1, width - col), rng.randint(1, height - row)]
    elif kind < 0.65 and width > 2 and height > 2:
        col, row = rng.random() * (width - 2), rng.random() * (height - 2)
        request["window"] = [col, row, 1 + rng.random() * (width - col - 1), 1 + rng.random() * (height - row - 1)]
    if rng.random() < 0.75:
        window = request.get("window", [0, 0, width, height])
        up = 2.5 if rng.random() < 0.3 else 1.0
        request["shape"] = [max(1, round(side * up * rng.random())) for side in (window[3], window[2])]
        request["resampling"] = rng.choice(METHODS)
    if request["what"] == "read" and rng.random() < 0.2:
        request["dtype"] = rng.choice(DTYPES)
    return request


def theirs(dataset, request):
    options = {}
    if "window" in request:
        options["window"] = Window(*request["window"])
    if "resampling" in request:
        options["resampling"] = Resampling[request["resampling"]]
    if request.get("boundless"):
        options["boundless"] = True
    if "shape" in request:
        options["out_shape"] = tuple(request["shape"])
    if request["what"] == "dataset_mask":
        return dataset.dataset_mask(**options)[np.newaxis]
    options["indexes"] = request.get("bands", list(dataset.indexes))
    if "shape" in request:
        options["out_shape"] = (len(options["indexes"]), *request["shape"])
    if request["what"] == "masks":
        return dataset.read_masks(**options)
    if "fill" in request:
        options["fill_value"] = request["fill"]
    if "dtype" in request:
        options["out_dtype"] = request["dtype"]
    return dataset.read(**options)


KERNELS = {"bilinear", "cubic", "cubic_spline", "lanczos"}


def is_complex(request, dataset):
    return "complex" in dataset.dtypes[0]


def nodata(dataset):
    return [value for value in dataset.nodatavals if value is not None]


def is_finite(dataset):
    """Whether all pixels are, and nodata."""
    return np.isfinite(nodata(dataset)).all() and np.isfinite(pixels(dataset)).all()


def has_infinity(dataset):
    return bool(np.isinf(pixels(dataset)).any())


def pixels(dataset):
    """Of a file of floats; nothing of another."""
    return dataset.read() if dataset.dtypes[0] in ("float16", "float32", "float64") else np.empty(0)


# Why an answer may differ. GDAL is 3.12.2, rasterio 1.5.2.
REASONS = {
    "complex numbers: GDAL resamples them by its warper; rms and gauss of them we refuse by name":
        lambda r, d: is_complex(r, d) and r.get("resampling", "nearest") != "nearest",
    "boundless in a turned raster: rasterio places the window as if nothing were turned":
        lambda r, d: r.get("boundless") and (d.transform.b, d.transform.d) != (0, 0),
    "boundless masks of an alpha: rasterio has what lies outside as valid; here it is not":
        lambda r, d: r.get("boundless") and r["what"] != "read" and "alpha" in str(d.mask_flag_enums),
    "boundless with an infinite nodata value: rasterio fills with the largest number instead":
        lambda r, d: r.get("boundless") and any(np.isinf(value) for value in nodata(d)),
    "NaN as nodata under a kernel: GDAL spreads it as far as the kernel, unlike other nodata (fixed by OSGeo/gdal#14360)":
        lambda r, d: r.get("resampling") in KERNELS and any(np.isnan(value) for value in nodata(d)),
    "infinity under a kernel or in rms: the sum is infinite or NaN; GDAL sums again what overflows, and gets a finite number":
        lambda r, d: r.get("resampling") in KERNELS | {"rms"} and has_infinity(d),
    "the mode where nothing is valid, with a nodata that is negative or NaN: GDAL has 0, here it is nodata":
        lambda r, d: r.get("resampling") == "mode" and any(not value >= 0 for value in nodata(d)),
    "masks of single bits under a wide kernel: GDAL cuts them off at 1, here they go to 255":
        lambda r, d: r.get("resampling") in KERNELS and r["what"] != "read" and "per_dataset" in str(d.mask_flag_enums[0]),
    "NaN as an integer: 0; in GDAL the smallest one, or 0, by where in the row it stands":
        lambda r, d: "int" in r.get("dtype", "") and not is_finite(d),
}


def few(request, dataset):
    """Where nothing but the very end of a cubic spline's kernel is valid, rounding decides whether that is something."""
    masked = "all_valid" not in str(dataset.mask_flag_enums)
    return 0.005 if request.get("resampling") == "cubic_spline" and masked else 0.0


def reason(request, dataset):
    return next((why for why, holds in REASONS.items() if holds(request, dataset)), None)


class Program:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        head = json.loads(self.process.stdout.readline())
        if "error" in head:
            return head["error"]
        data = self.process.stdout.read(head["bytes"])
        kinds = {"complex_int16": "i2", "complex_int32": "i4"}
        dtype = head["dtype"]
        if dtype in kinds:
            pairs = np.frombuffer(data, kinds[dtype]).reshape(*head["shape"], 2)
            return pairs[..., 0] + 1j * pairs[..., 1]
        return np.frombuffer(data, dtype).reshape(head["shape"])


def judge(ours, reference, whole, few=0.0, half=False):
    """equal, tolerance or different; and how much. `whole` is whether the file holds integers, `half` whether it holds
    float16. So `few` samples, as a share, may be any."""
    if isinstance(ours, str):
        return "error", ours
    if reference.dtype == bool:  # what rasterio gives for masks of boundless reads where all is valid
        reference = reference * np.uint8(255)
    if ours.shape != reference.shape:
        return "different", f"shape {ours.shape}, not {reference.shape}"
    if np.array_equal(ours, reference, equal_nan=reference.dtype.kind in "fc"):
        return "equal", ""
    if whole or reference.dtype.kind in "iu":
        # Integers of 64 bits go through doubles, there and here.
        one, two = (array.astype(object if array.dtype.itemsize == 8 else np.float64) for array in (ours, reference))
        apart = np.abs(one - two)
        wrong, scale = apart > max(1, 4e-15 * abs(two).max()), 1
    else:
        with np.errstate(all="ignore"):
            finite = np.isfinite(ours) & np.isfinite(reference)
            scale = max(np.abs(reference[finite]).max(initial=0), 1e-30)
            apart = np.where(finite, np.abs(ours - reference), 0).astype("float64")
            alike = (ours == reference) | (np.isnan(ours) & np.isnan(reference))
            wrong = ~(alike | finite) | (apart > 1e-5 * scale)
            if half:
                # Doubles that differ in their last bits can round to neighbouring halves.
                step = np.spacing(np.abs(np.where(finite, reference, 0)).astype("float16")).astype("float64")
                near = (apart <= step).all() and not (~(alike | finite)).any()
                few = max(few, 0.03, 2 / wrong.size) if near else few
    how = f"{wrong.sum()} of {wrong.size} samples, by {apart.max() / scale:.3g}"
    return ("tolerance" if wrong.mean() <= few else "different"), how


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--requests", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=int, default=0)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    program = Program(arguments.program)
    total, by_method, differences = Counter(), defaultdict(Counter), defaultdict(list)
    for path in files(arguments.folders, arguments.only):
        try:
            dataset = rasterio.open(path)
        except rasterio.errors.RasterioIOError:
            continue
        with dataset:
            small = dataset.width * dataset.height * dataset.count <= SMALL
            for _ in range(arguments.requests * (4 if small else 1)):
                request = make(rng, dataset, path)
                try:
                    reference = theirs(dataset, request)
                except Exception as error:  # whatever rasterio refuses, is no truth
                    total["refused by rasterio"] += 1
                    continue
                whole = np.dtype(dataset.dtypes[0]).kind in "iu" if "complex" not in dataset.dtypes[0] else False
                half = dataset.dtypes[0] == "float16"
                verdict, how = judge(program.ask(request), reference, whole, few(request, dataset), half)
                total[verdict] += 1
                by_method[request.get("resampling", "as it is")][verdict] += 1
                if verdict in ("different", "error"):
                    differences[reason(request, dataset)].append((how, request))
    print(f"{'':<16}{'equal':>8}{'within':>8}{'apart':>8}{'errors':>8}")
    for method, counts in [*sorted(by_method.items()), ("all", total)]:
        row = [counts[verdict] for verdict in ("equal", "tolerance", "different", "error")]
        print(f"{method:<16}" + "".join(f"{count:>8}" for count in row))
    print(dict(total))
    for why, found in differences.items():
        if why:
            print(f"{len(found):>5} {why}")
    # testdata alone does not have a file for each reason.
    unmet = [why for why in REASONS if why not in differences] if len(arguments.folders) > 1 and not arguments.only else []
    for why in unmet:
        print(f"not met by any request: {why}")
    for how, request in differences[None]:
        print(f"unexplained: {how}: {json.dumps(request)}")
    if differences[None] or unmet or total["equal"] + total["tolerance"] < arguments.least:
        sys.exit(1)


if __name__ == "__main__":
    main()

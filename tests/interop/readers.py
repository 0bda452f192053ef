"""The crate `tiff` and geotiff.js read what memtiff writes, beside GDAL and tifffile. What they cannot read is named here, with
what they say of it, and each such file is held against its twin: GDAL's file of the same pixels with the same options, which
they must fail to read in the same way.
"""

import collections
import json
import os
import subprocess
import tempfile
from typing import Callable, NamedTuple

import numpy as np
import rasterio
import rasterio.shutil


class Limit(NamedTuple):
    what: str
    of: Callable[[dict], bool]
    """Which options it is a limit of."""
    says: str | None
    """What the reader says; `None`: nothing, the pixels are others."""

    def met(self, options, answer):
        said = answer if isinstance(answer, str) else None
        return self.of(options) and (self.says in said if self.says and said else self.says is said)


def bits(options):
    """Of a sample, where it is smaller than its data type; 0 elsewhere, and for floats of 16 bits."""
    return int(options.get("NBITS", 0)) if "float" not in options["DTYPE"] else 0


def big(options):
    return options.get("ENDIANNESS") == "BIG"


def compressed(*names):
    return lambda options: options["COMPRESS"] in names


LERC = compressed("LERC", "LERC_DEFLATE", "LERC_ZSTD")

# tiff 0.11.3. ZSTD is a feature of it that binds C, and is not asked for.
TIFF = [
    Limit("LERC", LERC, "compression method Unknown(34887) is unsupported"),
    Limit("LZMA", compressed("LZMA"), "compression method Unknown(34925) is unsupported"),
    Limit("ZSTD", compressed("ZSTD"), "compression method ZSTD is unsupported"),
    Limit("CCITTRLE", compressed("CCITTRLE"), "compression method Huffman is unsupported"),
    Limit("CCITTFAX3", compressed("CCITTFAX3"), "compression method Fax3 is unsupported"),
    Limit("complex integers", lambda o: o["DTYPE"].startswith("complex_int"), "format [Unknown(5)] is unsupported"),
    Limit("complex floats", lambda o: o["DTYPE"] in ("complex64", "complex128"), "format [Unknown(6)] is unsupported"),
    Limit("9 to 31 bits", lambda o: bits(o) > 8, "color type"),
    Limit("masks", lambda o: o.get("PAGE") == "mask",
          "Photometric interpretation TransparencyMask with bits per sample [1] is unsupported"),
    Limit("colours of 1 to 7 bits", lambda o: 0 < bits(o) < 8 and o["COUNT"] in ("3", "4"), "color type RGB"),
    # Only of the first band does it know how high the last tiles are.
    Limit("bands of tiles that reach over the lower edge", lambda o: "TILED" in o and o["INTERLEAVE"] == "BAND",
          "panicked: assertion failed: buf.len() >="),
    Limit("LZW tiles that reach over the right edge", lambda o: "TILED" in o and o["COMPRESS"] == "LZW",
          "no lzw end code found"),
]

# geotiff.js 3.0.5
GEOTIFF_JS = [
    Limit("LZMA", compressed("LZMA"), "Unknown compression method identifier: 34925"),
    Limit("CCITTRLE", compressed("CCITTRLE"), "Unknown compression method identifier: 2"),
    Limit("CCITTFAX3", compressed("CCITTFAX3"), "Unknown compression method identifier: 3"),
    Limit("CCITTFAX4", compressed("CCITTFAX4"), "Unknown compression method identifier: 4"),
    Limit("WebP outside of browsers", compressed("WEBP"), "`createImageBitmap` is not available"),
    Limit("complex numbers, integers of 64 bits", lambda o: "complex" in o["DTYPE"] or "int64" in o["DTYPE"],
          "Unsupported data format/bitsPerSample"),
    Limit("predictor 2 of 64 bits", lambda o: o.get("PREDICTOR") == "2" and o["DTYPE"] == "float64",
          "Predictor 2 not allowed with 64 bits per sample"),
    # It adds and arranges bytes in the machine's order, and then takes them for the file's.
    Limit("predictors in big-endian files", lambda o: big(o) and "PREDICTOR" in o, None),
    Limit("9 to 31 bits in big-endian files", lambda o: big(o) and bits(o) > 8, None),
    # It looks for the other samples at fractions of bytes.
    Limit("bands of bits by pixel", lambda o: bits(o) and o["INTERLEAVE"] == "PIXEL" and o["COUNT"] != "1", None),
    # It unpacks them to 32 bits and steps over them by 24.
    Limit("17 to 31 bits", lambda o: bits(o) > 16, None),
    Limit("24 bits", lambda o: bits(o) == 24, "Offset is outside the bounds of the DataView"),
    # Where LERC found nothing to compress, it gives the block as it is in the file, from its first byte.
    Limit("LERC of bytes as they are", lambda o: LERC(o) and o["DTYPE"] == "uint8", None),
    Limit("LERC, offsets of 32 bits", lambda o: LERC(o) and o["DTYPE"] == "uint32", "view.getUInt32 is not a function"),
]


def in_type(options, answer):
    """Pixels in the type of the file: readers without halves give singles, which hold the same values."""
    is_half = options["DTYPE"] == "float16" or (options["DTYPE"] == "float32" and options.get("NBITS") == "16")
    is_single = is_half and not isinstance(answer, str) and answer.dtype == "float32"
    return answer.astype("float16") if is_single else answer


class Reader:
    """A program that is asked for one file after the other: see the example `tiff_crate`."""

    def __init__(self, name, command, limits, **environment):
        self.name, self.command, self.limits = name, command, limits
        self.environment = os.environ | environment
        self.counts, self.met = collections.Counter(), collections.Counter()
        self.start()

    def start(self):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=self.environment)

    def read(self, path, page=0):
        """The pixels of a directory, or what the reader says instead."""
        self.process.stdin.write(f"{page} {path}\n".encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.errors.seek(0)
            said = " ".join(self.errors.read().decode(errors="replace").split())
            self.start()
            return f"died: {said}"
        head = json.loads(line)
        if "error" in head:
            return head["error"]
        return np.frombuffer(self.process.stdout.read(head["bytes"]), head["dtype"]).reshape(head["shape"])

    def judge(self, path, options, right, twin, page=0):
        """What is wrong with a directory of a file, if anything is. `right` judges pixels; `twin` gives the twin, what judges
        its, and the number of its directory if that is not the first."""
        answer = in_type(options, self.read(path, page))
        self.counts["asked"] += 1
        if not isinstance(answer, str) and right(answer):
            self.counts["same"] += 1
            return None
        said = answer if isinstance(answer, str) else "pixels"
        limit = next((limit for limit in self.limits if limit.met(options, answer)), None)
        if limit is None:
            self.counts["different"] += 1
            return f"{self.name}: {said[:300]}"
        path, right, *page = twin()
        of_twin = in_type(options, self.read(path, *page))
        alike = limit.met(options, of_twin)
        if alike and not isinstance(of_twin, str):
            # Wrong in the same way; of LERC, what is compressed shows through, and no two encoders say the same.
            alike = not right(of_twin) and (LERC(options) or of_twin.tobytes() == answer.tobytes())
        if not alike:
            self.counts["different"] += 1
            if not isinstance(of_twin, str):
                of_twin = "the right pixels" if right(of_twin) else "pixels"
            return f"{self.name}: {limit.what}: {said[:300]}; of GDAL's twin: {of_twin[:300]}"
        self.counts["limits"] += 1
        self.met[limit.what] += 1
        return None

    def unmet(self):
        """Limits that are none any more."""
        return [f"{self.name}: no file meets the limit: {limit.what}" for limit in self.limits if not self.met[limit.what]]


def readers(tiff_crate, node_modules):
    script = os.path.join(os.path.dirname(__file__), "geotiff_js.cjs")
    return [
        Reader("tiff", [tiff_crate], TIFF),
        Reader("geotiff.js", ["node", script], GEOTIFF_JS, NODE_PATH=os.path.abspath(node_modules)),
    ]


def equal(wanted):
    return lambda pixels: pixels.dtype == wanted.dtype and np.array_equal(pixels, wanted)


def twin(path, ours, options, wanted):
    """Writes GDAL's file of the same pixels in the same blocks, and says what judges it."""
    left_out = ("WIDTH", "HEIGHT", "COUNT", "DTYPE", "WINDOWS", "META", "CRS", "NODATA", "MASK", "OVERVIEWS")
    more = {key.lower(): value for key, value in options.items() if key not in left_out}
    if options["COMPRESS"] == "WEBP":
        more["webp_lossless"] = "YES"
    if "NODATA" in options:
        more["nodata"] = float(options["NODATA"])
    # LERC looks at what is beyond the edges: zeros of GDAL's, but not of ours.
    if LERC(options) and "TILED" in options:
        over = [-wanted.shape[1] % int(options["BLOCKYSIZE"]), -wanted.shape[2] % int(options["BLOCKXSIZE"])]
        wanted = np.pad(wanted, [(0, 0), (0, over[0]), (0, over[1])], mode="edge")
    count, height, width = wanted.shape
    # rasterio has no name for this type.
    if options["DTYPE"] == "complex_int32":
        rasterio.shutil.copy(ours, path, driver="GTiff", **more)
        return path, equal(wanted)
    with rasterio.open(path, "w", "GTiff", width, height, count, dtype=options["DTYPE"], **more) as dataset:
        if "SPARSE_OK" in options:
            write_full_blocks(dataset, options, wanted)
        else:
            dataset.write(wanted)
    return path, equal(wanted)


def write_full_blocks(dataset, options, wanted):
    """A block that is not written is left out; of bits, GDAL does not look whether a block that is written is empty."""
    for _, window in dataset.block_windows(1):
        part = wanted[:, *window.toslices()]
        full = (part != float(options.get("NODATA", 0))).any(axis=(1, 2))
        if options["INTERLEAVE"] == "PIXEL":
            full[:] = full.any()
        for band in np.flatnonzero(full):
            dataset.write(part[band], int(band) + 1, window=window)


def table(rows):
    """What became of the files, by reader."""
    columns = ["asked", "same", "limits", "different"]
    print(f"{'reader':12}" + "".join(f"{column:>11}" for column in columns))
    for name, counts in rows:
        print(f"{name:12}" + "".join(f"{counts[column]:>11}" for column in columns))

"""The other directories of a file, overviews and masks: GDAL must make the same of the same pixels, and the other readers must
read each of them as GDAL does.
"""

import os
import warnings
from typing import NamedTuple

import numpy as np
import rasterio
import tifffile
from rasterio.enums import Resampling
from readers import equal, twin

# Nodata counts before an alpha band.
warnings.filterwarnings("ignore", category=rasterio.errors.NodataShadowWarning)
os.environ["GDAL_TIFF_INTERNAL_MASK"] = "YES"
REDUCED, MASK = 1, 4


class Page(NamedTuple):
    number: int
    kind: int
    """NewSubfileType: of an overview, of a mask, or of both."""
    options: dict
    expected: np.ndarray


def mask_of(height, width):
    """The rule of the example."""
    row, col = np.indices((height, width))
    return (((row * 5 + col * 3) % 11) != 0).astype("uint8") * 255


def levels(path):
    """What GDAL reads of the image and of its overviews: pixels and masks."""
    with rasterio.open(path) as file:
        found, count = [(file.read(), file.read_masks(1))], len(file.overviews(1))
    for level in range(count):
        with rasterio.open(path, overview_level=level) as file:
            found.append((file.read(), file.read_masks(1)))
    return found


def add(path, options):
    """GDAL adds what the options ask for."""
    with rasterio.open(path, "r+") as file:
        if "MASK" in options:
            file.write_mask(mask_of(file.height, file.width))
    if "OVERVIEWS" in options:
        with rasterio.open(path, "r+") as file:
            file.build_overviews([int(factor) for factor in options["OVERVIEWS"].split(",")], Resampling.nearest)


def differs_from_gdal(path, reference, options, wanted):
    """Whether GDAL reads anything else of ours than of what it makes itself of the same pixels. Which overview is made of which
    depends on how bands are stored, and on whether they are compressed."""
    count, height, width = wanted.shape
    more = {"nodata": float(options["NODATA"])} if "NODATA" in options else {}
    more |= {"interleave": options["INTERLEAVE"], "compress": "NONE" if options["COMPRESS"] == "NONE" else "DEFLATE"}
    with rasterio.open(reference, "w", "GTiff", width, height, count, dtype=wanted.dtype, **more) as file:
        file.write(wanted)
    add(reference, options)
    ours, theirs = levels(path), levels(reference)
    return [pixels.shape for pixels, _ in ours] != [pixels.shape for pixels, _ in theirs] or not all(
        np.array_equal(a, b) and np.array_equal(mask, other) for (a, mask), (b, other) in zip(ours, theirs)
    )


def pages(path, options, dtype):
    """Each directory but the first, and what must be read of it. Other readers give floats of 16 bits in another data type
    than GDAL does."""
    of_gdal = {pixels.shape[1:]: (pixels.astype(dtype), mask[np.newaxis] // 255) for pixels, mask in levels(path)}
    found = []
    with tifffile.TiffFile(path) as file:
        for number, page in enumerate(file.pages[1:], 1):
            kind, shape = int(page.subfiletype), (page.imagelength, page.imagewidth)
            # What a limit of a reader goes by: overviews are in tiles, and masks of a single bit.
            more = options | ({"TILED": "YES"} if page.is_tiled else {})
            if kind & MASK:
                more |= {"DTYPE": "uint8", "NBITS": "1", "COUNT": "1", "INTERLEAVE": "PIXEL", "PAGE": "mask"}
                more |= {"COMPRESS": "NONE" if page.compression == 1 else "DEFLATE"}
            found.append(Page(number, kind, more, of_gdal[shape][kind & MASK > 0]))
    return found


def judge(folder, path, options, wanted, others):
    """What is wrong with the other directories of a file."""
    wrong = []
    if differs_from_gdal(path, folder / "reference.tif", options, wanted):
        wrong.append("GDAL: overviews or masks are not those that it makes")
    found = pages(path, options, wanted.dtype)
    for page in found:

        def gdals(page=page):
            name, _ = twin(folder / "twin.tif", path, options, wanted)
            add(name, options)
            # The same among those of its kind: GDAL puts masks elsewhere.
            place = [other.number for other in found if other.kind == page.kind].index(page.number)
            with tifffile.TiffFile(name) as file:
                alike = [n for n, other in enumerate(file.pages) if int(other.subfiletype) == page.kind]
            return name, equal(page.expected), alike[place]

        reasons = [other.judge(path, page.options, equal(page.expected), gdals, page.number) for other in others]
        wrong += [f"directory {page.number}: {reason}" for reason in reasons if reason]
    return wrong

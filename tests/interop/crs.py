"""CRSs, judged by PROJ and GDAL: every code of the registry, both ways.

`python crs.py PROGRAM [CORPUS]`, where PROGRAM is the example `crs` of the tests, built. Compares what fails with
crs_gaps.txt beside this file; MEMTIFF_WRITE_GAPS=1 writes that file.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import pyproj
import rasterio
import tifffile
from pyproj.enums import PJType
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError

HERE = Path(__file__).parent
GAPS = HERE / "crs_gaps.txt"
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
# Both with the registry of GDAL.
os.environ["PROJ_DATA"] = str(Path(rasterio.__file__).parent / "proj_data")
pyproj.datadir.set_data_dir(os.environ["PROJ_DATA"])
# GDAL reports each CRS that has no ESRI WKT, and each that is out of use; the answers are judged below.
os.environ["CPL_LOG"] = os.devnull


def run(program, lines, *arguments):
    """The answers of the program, one list of fields for each line."""
    answer = subprocess.run([program, *arguments], input="\n".join(lines), capture_output=True, text=True, check=True)
    return [line.split("\t")[1:] for line in answer.stdout.splitlines()]


def codes():
    """All codes but those of engineering CRSs, which pyproj calls plain CRSs."""
    found = pyproj.database.query_crs_info(auth_name="EPSG", allow_deprecated=True)
    return sorted({int(info.code) for info in found if info.type not in (PJType.CRS, PJType.ENGINEERING_CRS)})


def verdict(ours, theirs):
    if ours.equals(theirs):
        return "same"
    return "axis order" if ours.equals(theirs, ignore_axis_order=True) else "differs"


def parsed(text, parse=pyproj.CRS.from_wkt):
    try:
        return parse(text)
    except Exception:
        return None


def replaced(code):
    """Whether GDAL puts another CRS in the place of this one, which is out of use."""
    return len(pyproj.CRS.from_epsg(code).get_non_deprecated()) == 1


def texts(program, references, tell):
    """What we write is read by PROJ as the same, and what PROJ writes by us."""
    numbers = [str(code) for code in references]
    for kind, parse in (("wkt2", pyproj.CRS.from_wkt), ("projjson", pyproj.CRS.from_json)):
        for (code, reference), answer in zip(references.items(), run(program, numbers, kind)):
            ours = parsed(answer[0], parse)
            tell(f"{kind} written", code, verdict(ours, reference) if ours else "refused")
    forms = {"wkt2 read": ("wkt", "WKT2_2019"), "projjson read": ("json", None)}
    for name, (command, form) in forms.items():
        write = lambda crs: (crs.to_wkt(form) if form else crs.to_json()).replace("\n", " ")
        answers = run(program, [write(reference) for reference in references.values()], command)
        for (code, reference), answer in zip(references.items(), answers):
            ours = parsed(answer[1]) if len(answer) > 1 else None
            same = verdict(ours, reference) if ours else "refused"
            tell(name, code, same if same != "same" or answer[0] == str(code) else "another code")


def geokeys(program, references, folder, tell):
    """Geokeys that we write, with the code and by parts, as GDAL reads them; and those that GDAL writes, as we do."""
    for command in ("write", "parts"):
        answers = run(program, [str(code) for code in references], command, folder)
        for (code, reference), answer in zip(references.items(), answers):
            if answer[0]:
                tell(f"geokeys {command}", code, answer[0].replace("error: unsupported: ", "refused: "))
                continue
            with rasterio.open(f"{folder}/{code}.tif") as dataset:
                theirs = dataset.crs
            if theirs and theirs.to_epsg() == code:
                tell(f"geokeys {command}", code, "same")
                continue
            same = verdict(parsed(theirs.to_wkt(version="WKT2_2019")), reference) if theirs else "nothing"
            if same == "differs" and replaced(code):
                same = "GDAL reads the CRS that replaces it"
            tell(f"geokeys {command}", code, same)
    truth = {}
    for code in references:
        path = f"{folder}/gdal_{code}.tif"
        shape = {"driver": "GTiff", "width": 1, "height": 1, "count": 1, "dtype": "uint8"}
        with rasterio.open(path, "w", crs=CRS.from_epsg(code), transform=rasterio.Affine(1, 0, 5, 0, -1, 5), **shape):
            pass
        with rasterio.open(path) as dataset:
            truth[path] = (code, dataset.crs.to_epsg(), dataset.crs.to_wkt(version="WKT2_2019"))
    for (code, epsg, wkt), answer in zip(truth.values(), run(program, list(truth), "read")):
        if answer[0] != str(epsg or ""):
            tell("geokeys read", code, f"{answer[0] or 'no code'}, GDAL says {epsg or 'none'}")
            continue
        ours = parsed(answer[1])
        tell("geokeys read", code, verdict(ours, pyproj.CRS.from_wkt(wkt)) if ours and not epsg else "same")


def esri(program, references, folder, tell):
    """ESRI's WKT, to the letter as GDAL writes it; and what GEOTIFF_KEYS_FLAVOR=ESRI_PE changes in geokeys, of some."""
    for code, answer in zip(references, run(program, [str(code) for code in references], "esri")):
        try:
            theirs = CRS.from_epsg(code).to_wkt(version="WKT1_ESRI")
        except CRSError:
            theirs = None
        refused = answer[0].startswith("error: ")
        if answer[0] == theirs or (refused and theirs is None):
            tell("esri written", code, "same")
        elif theirs is None:
            tell("esri written", code, "GDAL has none")
        else:
            tell("esri written", code, answer[0].removeprefix("error: unsupported: ") if refused else "other words")
    some = [code for at, code in enumerate(references) if at % 25 == 0 or code in (3857, 4326, 32633, 7415)]
    run(program, [str(code) for code in some], "write", folder)
    usual = {code: geotiff_tags(f"{folder}/{code}.tif") for code in some if os.path.exists(f"{folder}/{code}.tif")}
    for code, answer in zip(some, run(program, [str(code) for code in some], "write-esri", folder)):
        shape = {"driver": "GTiff", "width": 1, "height": 1, "count": 1, "dtype": "uint8"}
        place = {"crs": CRS.from_epsg(code), "transform": rasterio.Affine(1, 0, 5, 0, -1, 5)}
        try:
            for flavor in ("STANDARD", "ESRI_PE"):
                with rasterio.open(f"{folder}/{flavor}.tif", "w", GEOTIFF_KEYS_FLAVOR=flavor, **place, **shape):
                    pass
        except RasterioError:
            continue
        if answer[0]:
            tell("esri keys", code, answer[0].removeprefix("error: unsupported: "))
            continue
        ours = changed(usual[code], geotiff_tags(f"{folder}/{code}.tif"))
        theirs = changed(geotiff_tags(f"{folder}/STANDARD.tif"), geotiff_tags(f"{folder}/ESRI_PE.tif"))
        # Its text is judged above.
        tell("esri keys", code, "same" if ours == theirs else f"{sorted(ours)}, GDAL {sorted(theirs)}")


def changed(before, after):
    return {key for key in before | after if before.get(key) != after.get(key)}


def geotiff_tags(path):
    keys = ("ModelTiepoint", "ModelPixelScale", "ModelTransformation")
    with tifffile.TiffFile(path) as file:
        return {key: str(value) for key, value in file.pages[0].geotiff_tags.items() if key not in keys}


def corpus(program, folder, tell):
    """CRSs of the corpus that have no code."""
    records = json.loads((folder / "expected.json").read_text())["files"]
    wanted = {name: record["crs"]["wkt"] for name, record in records.items()
              if record.get("crs") and record["crs"].get("wkt") and not record["crs"].get("epsg")}
    for (name, wkt), answer in zip(wanted.items(), run(program, [str(folder / name) for name in wanted], "read")):
        ours = parsed(answer[1]) if len(answer) > 1 else None
        tell("corpus without a code", name, verdict(ours, pyproj.CRS.from_wkt(wkt)) if ours else "nothing")


def main(program, folder=None):
    counts, gaps = {}, []

    def tell(test, subject, result):
        counts.setdefault(test, Counter())[result if len(result) < 40 else result[:40]] += 1
        if result not in ("same", "axis order", "GDAL reads the CRS that replaces it"):
            gaps.append(f"{test}: {subject}: {result}")

    references = {code: pyproj.CRS.from_epsg(code) for code in codes()}
    with tempfile.TemporaryDirectory() as temporary:
        # What is out of use is not replaced by another.
        os.environ["OSR_USE_NON_DEPRECATED"] = "NO"
        esri(program, references, temporary, tell)
        del os.environ["OSR_USE_NON_DEPRECATED"]
        geokeys(program, references, temporary, tell)
    texts(program, references, tell)
    if folder:
        corpus(program, Path(folder), tell)
    for test, results in counts.items():
        print(f"{test}: {sum(results.values())}: " + ", ".join(f"{count} {what}" for what, count in results.most_common(4)))
    head = [
        "# What PROJ and GDAL do not judge the same. After an improvement: MEMTIFF_WRITE_GAPS=1 .ci/interop",
        "# refused: GeoTIFF has no value for the method, and WKT 1 no name.",
        "# geokeys read: the number that the file says against the one that GDAL finds for what it has made of it:",
        "#   it loses apostrophes in names, spheres, zoned grids, and heights of CRSs out of use.",
        "# geokeys parts, geokeys write: what GDAL reads of our keys differs where it differs for its own; axes that",
        "#   run along meridians elsewhere than in polar stereographic projections cannot be said by keys.",
        "# esri written: the last digits of ellipsoids given by two axes, and of feet; brackets in names that ESRI does not",
        "#   have; methods that it has no name for, which GDAL writes in words of its own; the datum of GR96 (4747), for which",
        "#   GDAL takes ESRI's name of the older datum 6747; the names of some three-dimensional CRSs.",
    ]
    if os.environ.get("MEMTIFF_WRITE_GAPS"):
        GAPS.write_text("\n".join(head + sorted(gaps)) + "\n")
    known = {line for line in GAPS.read_text().splitlines() if not line.startswith("#")}
    if not folder:
        known = {line for line in known if not line.startswith("corpus")}
    new, gone = sorted(set(gaps) - known), sorted(known - set(gaps))
    for line in new:
        print("new:", line)
    for line in gone:
        print("listed and fine:", line)
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
"""Makes the GeoTIFFs of this folder, the files beside them that say more of them, `archive.zip`, and `expected.json`.

    python make.py

What GDAL can write beside a file it writes; the rest is text of the kinds that other programs leave.  The truth is what
GDAL (through rasterio) tells of each GeoTIFF with all that stands beside it.
"""
import io
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.rpc import RPC

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import make  # noqa: E402

make.OUT = HERE
SMALL = dict(tiled=True, blockxsize=16, blockysize=16, compress="DEFLATE")
UTM33 = make.UTM33
MASK = make.disc(60, 48)
NAD27 = ('GEOGCS["GCS_North_American_1927",DATUM["D_North_American_1927",SPHEROID["Clarke_1866",6378206.4,294.9786982]],'
         'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]')
WGS84 = ('GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
         'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
         'AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]')


def beside(name, text):
    (HERE / name).write_text(text)


def pam(name, body):
    beside(f"{name}.aux.xml", f"<PAMDataset>\n{body}</PAMDataset>\n")


def items(domain="", **of):
    mdi = "".join(f'    <MDI key="{key}">{value}</MDI>\n' for key, value in of.items())
    return f"  <Metadata{f' domain={chr(34)}{domain}{chr(34)}' if domain else ''}>\n{mdi}  </Metadata>\n"


def band(number, body):
    return f'  <PAMRasterBand band="{number}">\n{body}  </PAMRasterBand>\n'


def srs(wkt):
    return f'  <SRS dataAxisToSRSAxisMapping="2,1">{wkt}</SRS>\n'


def corners(size, x, y):
    points = [make.GroundControlPoint(r, c, x + size * c, y - size * r, 7) for r, c in ((0, 0), (0, 59), (47, 0))]
    return points, rasterio.CRS.from_epsg(32633)


def rpc(v, bias=None):
    coefficients = {f"{axis}_{part}_coeff": [v + i / 8 for i in range(20)]
                    for axis in ("line", "samp") for part in ("num", "den")}
    return RPC(height_off=v, height_scale=500.5, lat_off=47.25, lat_scale=0.125, line_off=v + 1000, line_scale=1000,
               long_off=-8.5, long_scale=0.25, samp_off=900, samp_scale=901, err_bias=bias, err_rand=bias, **coefficients)


def rpc_txt(r):
    lines = [f"{name.upper()}: {getattr(r, name):+09.2f} {unit}" for name, unit in (
        ("line_off", "pixels"), ("samp_off", "pixels"), ("lat_off", "degrees"), ("long_off", "degrees"),
        ("height_off", "meters"), ("line_scale", "pixels"), ("samp_scale", "pixels"), ("lat_scale", "degrees"),
        ("long_scale", "degrees"), ("height_scale", "meters"))]
    for name in ("line_num_coeff", "line_den_coeff", "samp_num_coeff", "samp_den_coeff"):
        lines += [f"{name.upper()}_{i + 1}: {v:+.15E}" for i, v in enumerate(getattr(r, name))]
    return "\r\n".join(lines) + "\r\n"


def rpb(r):
    text = 'satId = "WV02";\nbandId = "P";\nSpecId = "RPC00B";\nBEGIN_GROUP = IMAGE\n\terrBias = 0.25;\n\terrRand = 0.5;\n'
    for name, theirs in (("line_off", "lineOffset"), ("samp_off", "sampOffset"), ("lat_off", "latOffset"),
                         ("long_off", "longOffset"), ("height_off", "heightOffset"), ("line_scale", "lineScale"),
                         ("samp_scale", "sampScale"), ("lat_scale", "latScale"), ("long_scale", "longScale"),
                         ("height_scale", "heightScale")):
        text += f"\t{theirs} = {getattr(r, name)};\n"
    for name, theirs in (("line_num_coeff", "lineNumCoef"), ("line_den_coeff", "lineDenCoef"),
                         ("samp_num_coeff", "sampNumCoef"), ("samp_den_coeff", "sampDenCoef")):
        numbers = ",\n".join(f"\t\t\t{v:.15E}" for v in getattr(r, name))
        text += f"\t{theirs} = (\n{numbers});\n"
    return text + "END_GROUP = IMAGE\nEND;\n"


def update(name, **facts):
    """Says things in the file itself."""
    with rasterio.open(HERE / name, "r+") as d:
        for what, value in facts.items():
            setattr(d, what, value)
    assert not (HERE / f"{name}.aux.xml").exists(), name


def mask_file(name, a, flags, **options):
    """A .msk by hand: what each band's mask is stands in an item."""
    with rasterio.open(HERE / name, "w", driver="GTiff", width=a.shape[2], height=a.shape[1], count=a.shape[0],
                       dtype="uint8", **SMALL, **options) as d:
        d.write(a)
        d.update_tags(**{f"INTERNAL_MASK_FLAGS_{i + 1}": str(v) for i, v in enumerate(flags)})
    (HERE / f"{name}.aux.xml").unlink(missing_ok=True)


def build(name, factors, beside_it):
    with rasterio.Env(TIFF_USE_OVR=beside_it, GDAL_TIFF_OVR_BLOCKSIZE=64):
        with rasterio.open(HERE / name, "r+") as d:
            d.build_overviews(factors, Resampling.nearest)


def write_all():
    # What the file says, and what stands beside it and overrules it, band by band.
    make.gdal("overruled.tif", "int16", 60, 48, 2, nodata=-9999, **SMALL, **UTM33)
    with rasterio.open(HERE / "overruled.tif", "r+") as d:
        d.update_tags(A="file", B="file")
        d.update_tags(ns="D", X="file", Y="file")
        d.update_tags(1, BA="file", BB="file")
        d.descriptions, d.units, d.scales, d.offsets = ("one", "two"), ("m", "m"), (2.0, 2.0), (3.0, 3.0)
    pam("overruled.tif", srs(WGS84) + "  <GeoTransform> 7.5, 0.125, 0, 52.25, 0, -0.125</GeoTransform>\n"
        + items(A="beside", C="  &lt;beside&gt; ") + items("D", X="beside") + items("E", Z="beside")
        + band(1, "    <Description>uno</Description>\n    <NoDataValue>600</NoDataValue>\n    <UnitType>ft</UnitType>\n"
               "    <Offset>30.5</Offset>\n    <Scale>20</Scale>\n    <ColorInterp>Red</ColorInterp>\n"
               + items(BA="beside", STATISTICS_MEAN="2000.5", STATISTICS_VALID_PERCENT="99"))
        + band(2, '    <NoDataValue le_hex_equiv="0000000000B09340">7</NoDataValue>\n    <ColorInterp>NIR</ColorInterp>\n'))
    # A file that says nothing of itself: words of another program's making.
    make.gdal("told.tiff", "uint8", 60, 48, **SMALL)
    pam("told.tiff", srs(NAD27) + "  <GeoTransform>  -1.1e+02,  2.5e-01,  0,  4.5e+01,  0, -2.5e-01</GeoTransform>\n"
        + items("Esri", PyramidResamplingType="NEAREST") + items(AREA_OR_POINT="Point")
        + band(1, "    <Histograms>\n      <HistItem>\n        <HistMin>1</HistMin>\n      </HistItem>\n    </Histograms>\n"
               + items(STATISTICS_MINIMUM="1", STATISTICS_MAXIMUM="255", STATISTICS_SKIPFACTORX="1")))
    # Statistics, as GDAL itself leaves them.
    make.gdal("statistics.tif", "float32", 60, 48, nodata=-1.0, **SMALL, **UTM33)
    with rasterio.open(HERE / "statistics.tif") as d:
        d.statistics(1) if hasattr(d, "statistics") else d.stats()
    # Ground control points beside the file count before those in it.
    make.gdal("points.tif", "uint8", 60, 48, gcps=corners(10, 500000, 5000000), **SMALL)
    pam("points.tif", '  <GCPList Projection="EPSG:4326">\n'
        '    <GCP Id="1" Info="a" Pixel="0.5" Line="1.5" X="10.25" Y="50.5" Z="3"/>\n'
        '    <GCP Id="2" Pixel="50" Line="40" X="11" Y="49"/>\n  </GCPList>\n')
    # Classes: colours, names, a table.
    make.gdal("classes.tif", "uint8", 60, 48, a=np.arange(2880, dtype="uint8").reshape(1, 48, 60) % 4, **SMALL, **UTM33)
    fields = "".join(f'      <FieldDefn index="{i}">\n        <Name>{name}</Name>\n        <Type>{kind}</Type>\n'
                     f"        <Usage>{usage}</Usage>\n      </FieldDefn>\n"
                     for i, (name, kind, usage) in enumerate((("Value", 0, 5), ("Share", 1, 0), ("Class", 2, 2))))
    rows = "".join(f'      <Row index="{i}">\n        <F>{i}</F>\n        <F>{i / 4}</F>\n        <F>{name}</F>\n      </Row>\n'
                   for i, name in enumerate(("water", "forest &amp; scrub", "field", "town")))
    pam("classes.tif", band(1, "    <ColorInterp>Palette</ColorInterp>\n    <ColorTable>\n"
        + "".join(f'      <Entry c1="{9 * i}" c2="{20 + i}" c3="{200 - i}" c4="{255 if i else 0}"/>\n' for i in range(4))
        + "    </ColorTable>\n    <CategoryNames>\n      <Category>water</Category>\n      <Category>forest</Category>\n"
        f'    </CategoryNames>\n    <GDALRasterAttributeTable tableType="thematic">\n{fields}{rows}'
        "    </GDALRasterAttributeTable>\n"))
    # World files: by each of the names, and one that does not count.
    for name, world in (("world.tif", "world.tfw"), ("world_long.tif", "world_long.tifw"), ("world_any.tif", "world_any.wld"),
                        ("world_case.tif", "world_case.TFW")):
        make.gdal(name, "uint8", 60, 48, **SMALL)
        beside(world, "10.0\r\n0.5\r\n-0.25\r\n-10.0\r\n500005.0\r\n4999995.0\r\n")
    make.gdal("world_unused.tif", "uint8", 60, 48, **SMALL, **UTM33)
    beside("world_unused.tfw", "1\n0\n0\n-1\n100\n200\n")
    make.gdal("world_points.tif", "uint8", 60, 48, gcps=corners(1, 0, 0), **SMALL)
    beside("world_points.wld", "2\n0\n0\n-2\n100\n200\n")
    # RPCs: in the file, in texts, in XML.
    make.gdal("rpc_txt.tif", "uint8", 60, 48, rpcs=rpc(1, 0.5), **SMALL)
    beside("rpc_txt_RPC.TXT", rpc_txt(rpc(2)))
    make.gdal("rpb.tif", "uint8", 60, 48, **SMALL)
    beside("rpb.RPB", rpb(rpc(3)))
    beside("rpb_rpc.txt", rpc_txt(rpc(2)))
    make.gdal("rpc_xml.tif", "uint8", 60, 48, **SMALL)
    pam("rpc_xml.tif", items("RPC", **{k: v for k, v in rpc(4, 0.25).to_gdal().items()}))
    # Masks and overviews beside the file, and theirs.
    make.gdal("masked.tif", "uint8", 60, 48, 3, photometric="RGB", **SMALL, **UTM33)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False):
        with rasterio.open(HERE / "masked.tif", "r+") as d:
            d.write_mask(MASK)
    build("masked.tif", [2, 4], True)
    assert (HERE / "masked.tif.ovr").exists() and (HERE / "masked.tif.msk.ovr").exists()
    make.gdal("masked_within.tif", "uint8", 60, 48, overviews=[2, 4], nodata=200, **SMALL)
    mask_file("masked_within.tif.msk", MASK[None], [2])
    build("masked_within.tif.msk", [2, 4], False)
    make.gdal("masked_bands.tif", "uint16", 60, 48, 2, **SMALL)
    mask_file("masked_bands.tif.msk", np.stack([MASK, np.where(MASK > 0, 0, 77).astype("uint8")]), [0, 0])
    make.gdal("masked_one.tif", "uint8", 60, 48, 2, nodata=70, **SMALL)
    mask_file("masked_one.tif.msk", MASK[None], [2])
    make.gdal("masked_not.tif", "uint8", 60, 48, nodata=70, **SMALL)
    mask_file("masked_not.tif.msk", MASK[None], [])
    make.gdal("masked_twice.tif", "uint8", 60, 48, mask=MASK, **SMALL)
    mask_file("masked_twice.tif.msk", 255 - MASK[None], [2])
    make.gdal("reduced.tif", "float32", 60, 48, nodata=-1.0, **SMALL, **UTM33)
    build("reduced.tif", [2], True)
    shutil.copy(HERE / "reduced.tif.ovr", HERE / "reduced.tif.ovr.tmp")
    with rasterio.open(HERE / "reduced.tif.ovr.tmp") as d:
        profile = dict(d.profile, width=15, height=12, nodata=-1.0)
        with rasterio.open(HERE / "reduced.tif.ovr.ovr", "w", **profile) as o:
            o.write(d.read(out_shape=(1, 12, 15)))
    (HERE / "reduced.tif.ovr.tmp").unlink()


def record(path):
    rec = make.record(path)
    with rasterio.open(path) as d:
        rec.update(
            files=sorted(os.path.basename(f) for f in d.files), descriptions=list(d.descriptions), units=list(d.units),
            scales=list(d.scales), offsets=list(d.offsets), mask_flags=[[f.name for f in fl] for fl in d.mask_flag_enums],
            dataset_mask=make.digest(d.dataset_mask()), band_tags=[d.tags(i) for i in d.indexes])
    return rec


def main():
    for old in HERE.iterdir():
        if old.suffix not in (".py", ".md") and old.is_file():
            old.unlink()
    write_all()
    mains = sorted(p for p in HERE.iterdir() if p.suffix in (".tif", ".tiff"))
    versions = {m.__name__: m.__version__ for m in (rasterio, np)} | {"gdal": rasterio.__gdal_version__}
    files = {p.name: record(p) for p in mains}
    for name, rec in files.items():
        assert name in ("world_unused.tif",) or len(rec["files"]) > 1, name
    text = json.dumps({"versions": versions, "files": files}, indent=1, sort_keys=True, allow_nan=False)
    (HERE / "expected.json").write_text(text + "\n")
    # An archive: members stored and packed, a name that is not ASCII, an archive within.
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z:
        for name in ("world.tif", "world.tfw"):
            z.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), (HERE / name).read_bytes(), zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(HERE / "archive.zip", "w", zipfile.ZIP_DEFLATED) as z:
        def put(name, data, how):
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = how
            z.writestr(info, data)
        put("README.txt", "Files for tests.\n", zipfile.ZIP_DEFLATED)
        put("scenes/", "", zipfile.ZIP_STORED)
        for name in sorted(HERE.glob("masked.tif*")):
            put(f"scenes/{name.name}", name.read_bytes(), zipfile.ZIP_DEFLATED)
        put("scenes/größe.tif", (HERE / "statistics.tif").read_bytes(), zipfile.ZIP_STORED)
        put("inner.zip", inner.getvalue(), zipfile.ZIP_STORED)
    # As a program writes one that cannot go back: sizes of 64 bits, behind the data.
    class Pipe(io.RawIOBase):
        def __init__(self, path):
            self.file = open(path, "wb")

        def writable(self):
            return True

        def write(self, data):
            return self.file.write(data)

    with zipfile.ZipFile(Pipe(HERE / "archive64.zip"), "w") as z:
        for name, how in (("deflated.tif", zipfile.ZIP_DEFLATED), ("stored.tif", zipfile.ZIP_STORED)):
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = how
            with z.open(info, "w", force_zip64=True) as member:
                member.write((HERE / "world.tif").read_bytes())
    made = [p for p in HERE.iterdir() if p.suffix != ".py"]
    print(len(files), "GeoTIFFs,", len(made), "files,", sum(p.stat().st_size for p in made), "bytes")


if __name__ == "__main__":
    main()

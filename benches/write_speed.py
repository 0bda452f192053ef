#!/usr/bin/env python3
"""From an array to a GeoTIFF in memory: memtiff beside rasterio; overviews and COGs too.

    cargo build --release -p memtiff-benches --bins
    target/release/bench-files target/bench-files
    python benches/write_speed.py target/bench-files target/release/write-speed

Needs rasterio, which `.ci/venv` installs. Medians over interleaved rounds, each in a process of its own, in milliseconds, on one thread and on two;
`faster` is how many times memtiff is faster on as many threads.
"""
import json
import os
import statistics
import subprocess
import sys
import time

ROUNDS = 5
REPEATS = 3
CASES = [
    ("write", file, options)
    for file in ["u8x3_none_p1_tile.tif", "u16_none_p1_tile.tif", "f32_none_p1_tile.tif"]
    for options in [
        "COMPRESS=NONE TILED=YES", "COMPRESS=NONE", "COMPRESS=LZW PREDICTOR=2 TILED=YES",
        f"COMPRESS=DEFLATE PREDICTOR={3 if file.startswith('f') else 2} TILED=YES", "COMPRESS=DEFLATE",
        f"COMPRESS=ZSTD PREDICTOR={3 if file.startswith('f') else 2} TILED=YES", "COMPRESS=LERC TILED=YES",
    ]
] + [
    ("write", "u8x3_none_p1_tile.tif", "COMPRESS=JPEG TILED=YES PHOTOMETRIC=YCBCR"),
    ("overviews", "u8x3_none_p1_tile.tif", "COMPRESS=NONE TILED=YES"),
    ("overviews", "f32_none_p1_tile.tif", "COMPRESS=DEFLATE PREDICTOR=3 TILED=YES"),
    ("cog", "u8x3_none_p1_tile.tif", "COMPRESS=DEFLATE PREDICTOR=YES OVERVIEW_RESAMPLING=AVERAGE"),
    ("cog", "f32_none_p1_tile.tif", "COMPRESS=ZSTD PREDICTOR=YES OVERVIEW_RESAMPLING=CUBIC"),
]


def rasterio_once(what, path, options, threads):
    import rasterio
    import rasterio.shutil
    from rasterio.enums import Resampling
    from rasterio.io import MemoryFile

    with rasterio.open(path) as file:
        pixels = file.read()
    count, height, width = pixels.shape
    profile = {"count": count, "height": height, "width": width, "dtype": pixels.dtype}
    options = dict(option.split("=") for option in options.split())
    os.environ["GDAL_NUM_THREADS"] = threads
    seconds = []
    with rasterio.Env(GDAL_NUM_THREADS=threads):
        for _ in range(REPEATS):
            start = time.perf_counter()
            with MemoryFile() as memory:
                if what == "cog":
                    with MemoryFile() as plain:
                        with plain.open(driver="GTiff", **profile) as file:
                            file.write(pixels)
                        start = time.perf_counter()
                        rasterio.shutil.copy(plain.open(), memory.name, driver="COG", NUM_THREADS=threads, **options)
                else:
                    with memory.open(driver="GTiff", NUM_THREADS=threads, **profile, **options) as file:
                        file.write(pixels)
                    if what == "overviews":
                        with rasterio.open(memory.name, "r+") as file:
                            start = time.perf_counter()
                            file.build_overviews([2, 4, 8], Resampling.average)
                seconds.append(time.perf_counter() - start)
                size = len(memory.getbuffer())
    print(json.dumps({"seconds": statistics.median(seconds), "size": size}))


def run(command, threads):
    environment = os.environ | {"RAYON_NUM_THREADS": threads}
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(answer.stdout.splitlines()[-1])


def main(folder, program):
    print(f"{'':60}{'memtiff':>16}{'rasterio':>18}{'faster':>14}{'size':>8}")
    for what, file, options in CASES:
        path = f"{folder}/{file}"
        found = {}
        for _ in range(ROUNDS):
            for threads in "12":
                ours = run([program, what, path, *options.split(), f"NUM_THREADS={threads}"], threads)
                theirs = run([sys.executable, __file__, "--once", what, path, options, threads], threads)
                for who, answer in (("ours", ours), ("theirs", theirs)):
                    found.setdefault((who, threads), []).append(answer["seconds"] * 1000)
        (one, two), (gdal, gdal_two) = ([statistics.median(found[who, n]) for n in "12"] for who in ("ours", "theirs"))
        size = ours["size"] / theirs["size"]
        name = f"{what} {file.split('_')[0]} {options}"
        print(f"{name:60}{one:8.1f}{two:8.1f}{gdal:9.1f}{gdal_two:9.1f}{gdal / one:7.2f}{gdal_two / two:7.2f}{size:8.3f}",
              flush=True)


if sys.argv[1] == "--once":
    rasterio_once(*sys.argv[2:6])
else:
    main(*sys.argv[1:3])

#!/usr/bin/env python3
"""From a GeoTIFF's bytes to its pixels, through a temporary file and through a file in memory: memtiff beside rasterio.

    cargo build --release -p memtiff-benches --bins
    target/release/bench-files target/bench-files
    python benches/memory_price.py target/bench-files target/release/memory-price

Needs rasterio, which `.ci/venv` installs, and Linux. Medians over interleaved rounds, each in a process of its own, one thread. `time` is that of
"bytes in hand -> array"; `faster` how many times faster memory is than disk. `price` is memory, in file sizes: 1 for the
caller's bytes, and what the process takes at its height beside them and the array that it gives.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
REPEATS = 5


def kilobytes(key):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1])


def rasterio_once(how, path):
    """What `memory-price` does, by rasterio."""
    import rasterio
    from rasterio.io import MemoryFile

    data = Path(path).read_bytes()

    def through_memory():
        with MemoryFile(data) as memory, memory.open(NUM_THREADS=1) as dataset:
            return dataset.read()

    def through_disk():
        with tempfile.NamedTemporaryFile(suffix=".tif") as file:
            file.write(data)
            file.flush()
            with rasterio.open(file.name, NUM_THREADS=1) as dataset:
                return dataset.read()

    read = through_disk if how == "disk" else through_memory
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        read()
        seconds.append(time.perf_counter() - start)
    Path("/proc/self/clear_refs").write_text("5")
    before = kilobytes("VmRSS")
    output = read().nbytes
    peak = (kilobytes("VmHWM") - before) * 1024
    print(json.dumps({"seconds": statistics.median(seconds), "peak": peak, "output": output}))


def main(folder, program):
    subjects = {
        "memtiff": [program],
        "rasterio": [sys.executable, os.path.abspath(__file__), "--rasterio"],
    }
    print(f"{'file':<22}{'who':<10}{'disk ms':>9}{'memory ms':>11}{'faster':>8}{'price, disk':>13}{'price, memory':>15}")
    for path in sorted(Path(folder).glob("*.tif")):
        runs = {(who, how): [] for who in subjects for how in ("disk", "memory")}
        for _ in range(ROUNDS):
            for (who, how), results in runs.items():
                printed = subprocess.run([*subjects[who], how, path], check=True, capture_output=True, text=True).stdout
                results.append(json.loads(printed))
        size = path.stat().st_size

        def median(who, how, key):
            return statistics.median(result[key] for result in runs[who, how])

        def price(who, how):
            return 1 + max(0, median(who, how, "peak") - median(who, how, "output")) / size

        for who in subjects:
            disk, memory = median(who, "disk", "seconds") * 1000, median(who, "memory", "seconds") * 1000
            print(
                f"{path.stem:<22}{who:<10}{disk:>9.2f}{memory:>11.2f}{disk / memory:>8.2f}"
                f"{price(who, 'disk'):>13.2f}{price(who, 'memory'):>15.2f}"
            )


if __name__ == "__main__":
    if sys.argv[1] == "--rasterio":
        rasterio_once(*sys.argv[2:])
    else:
        main(*sys.argv[1:])

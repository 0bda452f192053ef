#!/usr/bin/env python3
"""Times rasterio's MemoryFile on the files that the Rust benchmarks read.

    cargo run --release -p memtiff-benches --bin bench-files -- target/bench-files
    python benches/rasterio_memoryfile.py target/bench-files

Needs rasterio, which `.ci/venv` installs. Prints medians in milliseconds: opening, reading all with one thread
and with two, and one window of 512 x 512 pixels with one thread; and MB/s of decoded data for reading all.
"""
import statistics
import sys
import time
from pathlib import Path

from rasterio.io import MemoryFile
from rasterio.windows import Window

RUNS = 10
WINDOW = Window(700, 700, 512, 512)


def median(action):
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main(folder):
    print(f"{'file':<24}{'open':>9}{'all, 1':>9}{'all, 2':>9}{'window':>9}{'MB/s, 1':>9}")
    for path in sorted(Path(folder).glob("*.tif")):
        data = path.read_bytes()

        def opened(**options):
            with MemoryFile(data) as memory, memory.open(**options) as dataset:
                return dataset.count

        def read(threads, window=None):
            with MemoryFile(data) as memory, memory.open(NUM_THREADS=threads) as dataset:
                return dataset.read(window=window).nbytes

        size = read(1)
        times = [median(opened), median(lambda: read(1)), median(lambda: read(2)), median(lambda: read(1, WINDOW))]
        speed = size / 1e6 / (times[1] / 1000)
        print(f"{path.stem:<24}" + "".join(f"{t:>9.2f}" for t in times) + f"{speed:>9.0f}")


if __name__ == "__main__":
    main(sys.argv[1])

"""What is fetched of a file on a server: by memtiff and by GDAL (/vsicurl), for the same windows, from the same server on
loopback. Pixels must be the same, and memtiff must not fetch more.

    ranges.py PROGRAM        (the example `ranges`)
"""

import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.windows import Window

SIZE = 4096


class Ranges(BaseHTTPRequestHandler):
    """Serves ranges of the files of a folder, and counts what it sent."""

    protocol_version = "HTTP/1.1"
    folder = None
    sent = []

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def answer(self, body):
        path = self.folder / self.path.lstrip("/")
        if not path.is_file():
            self.sent.append(0)
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        size = path.stat().st_size
        asked = self.headers.get("Range")
        start, end = 0, size
        if asked:
            first, last = asked.removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last) + 1, size) if last else size
        self.send_response(206 if asked else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.end_headers()
        self.sent.append(end - start if body else 0)
        if body:
            with path.open("rb") as file:
                file.seek(start)
                self.wfile.write(file.read(end - start))


def make(folder):
    """Three bands of smooth noise, as GDAL's COG driver and as its GTiff driver writes them."""
    rng = np.random.default_rng(1)
    ground = np.cumsum(rng.normal(0, 3, (3, SIZE, SIZE)), axis=2) + rng.normal(0, 2, (3, SIZE, SIZE))
    pixels = np.clip(ground + 2000, 0, 65535).astype("uint16")
    profile = {"count": 3, "width": SIZE, "height": SIZE, "dtype": "uint16", "crs": "EPSG:32633"}
    profile["transform"] = rasterio.Affine(10, 0, 500000, 0, -10, 5000000)
    tiled = {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate", "predictor": 2}
    with rasterio.open(folder / "tiled.tif", "w", driver="GTiff", **tiled, **profile) as dataset:
        dataset.write(pixels)
    rasterio.shutil.copy(folder / "tiled.tif", folder / "cog.tif", driver="COG", compress="deflate", predictor=2)


def gdal(url, window, **options):
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", **options), rasterio.open(url) as dataset:
        return dataset.read(window=window)


def main():
    program = sys.argv[1]
    worse = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        make(folder)
        Ranges.folder = folder
        server = ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        print("| file | bytes | window | memtiff: requests, bytes | GDAL: requests, bytes |\n| --- | --- | --- | --- | --- |")
        windows = {
            "one tile": Window(512, 1024, 512, 512),
            "a corner of four tiles": Window(500, 1000, 100, 100),
            "2048 x 2048": Window(0, 0, 2048, 2048),
        }
        for name in ("cog.tif", "tiled.tif"):
            for label, window in windows.items():
                Ranges.sent.clear()
                numbers = [str(n) for n in (window.col_off, window.row_off, window.width, window.height)]
                ours = subprocess.run([program, host, name, *numbers], check=True, stdout=subprocess.PIPE).stdout
                mine = (len(Ranges.sent), sum(Ranges.sent))
                Ranges.sent.clear()
                # A file of its own for each window, so that nothing is in GDAL's cache.
                twin = f"{label.replace(' ', '_')}_{name}"
                (folder / twin).hardlink_to(folder / name)
                theirs = gdal(f"/vsicurl/http://{host}/{twin}", window)
                other = (len(Ranges.sent), sum(Ranges.sent))
                if ours != theirs.tobytes():
                    sys.exit(f"{name}, {label}: other pixels")
                worse += mine[1] > other[1] or mine[0] > other[0]
                size = (folder / name).stat().st_size
                print(f"| {name} | {size:,} | {label} | {mine[0]}, {mine[1]:,} | {other[0]}, {other[1]:,} |")
    if worse:
        sys.exit(f"{worse} windows cost more than they cost GDAL")


main()

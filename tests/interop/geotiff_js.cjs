// Reads files with geotiff.js, for a judge of what memtiff writes. Each line of standard input is the number of a
// directory and the path of a file; the answer is a line of JSON, `{"dtype": ..., "shape": [...], "bytes": N}` or `{"error": ...}`, and the N bytes of the pixels,
// in this machine's order, band by band.
//
//     NODE_PATH=FOLDER/node_modules node geotiff_js.cjs

const fs = require("node:fs");
const readline = require("node:readline");
const { fromArrayBuffer, registerTag } = require("geotiff");

// Where blocks are: fetched with the directory. Fetched later, they are taken for little-endian (geotiff.js, issue 535).
const WHERE = { StripOffsets: 273, StripByteCounts: 279, TileOffsets: 324, TileByteCounts: 325 };
for (const [name, tag] of Object.entries(WHERE)) {
  registerTag(tag, name, undefined, true, true);
}

async function answer(line) {
  const [page, path] = line.split(/ (.*)/);
  const file = fs.readFileSync(path);
  const tiff = await fromArrayBuffer(file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength));
  const image = await tiff.getImage(Number(page));
  const ycbcr = image.fileDirectory.getValue("PhotometricInterpretation") === 6;
  const bands = ycbcr ? await image.readRGB() : await image.readRasters();
  const bytes = Buffer.concat(bands.map((band) => Buffer.from(band.buffer, band.byteOffset, band.byteLength)));
  const dtype = bands[0].constructor.name.replace(/(Clamped)?Array/, "").toLowerCase();
  return [{ dtype, shape: [bands.length, bands.height, bands.width], bytes: bytes.length }, bytes];
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [head, bytes] = await answer(line).catch((error) => [{ error: `${error.message ?? error}` }, ""]);
    process.stdout.write(`${JSON.stringify(head)}\n`);
    process.stdout.write(bytes);
  }
}

main();

// What is published of the packages that programs load: one file for each door, and what they share in another. Opening a hundred
// files costs a program as much again as the code in them does. Tests and tools use the modules as the compiler wrote them.
/// <reference types="node" />
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

for (const name of ["core", "rpc"]) await bundle(new URL(`packages/${name}/`, import.meta.url));

/**
 * Reads the compiler's output in `dist`, and writes what `publishConfig` says is published into `lib`.
 *
 * @param {URL} home of the package
 */
async function bundle(home) {
  const { publishConfig } = /** @type {{ publishConfig: { exports: Record<string, { default?: string }> } }} */ (
    JSON.parse(await readFile(new URL("package.json", home), "utf8"))
  );
  const doors = Object.values(publishConfig.exports).flatMap((door) => door.default ?? []);
  const bundled = await rolldown({
    cwd: fileURLToPath(home),
    input: doors.map((door) => door.replace("./lib/", "./dist/")),
    platform: "node",
    // What it depends on is installed beside it.
    external: /^[^./]/,
    plugins: [{ name: "maps of the compiler", load: loadWithMap }],
    checks: { pluginTimings: false },
  });
  const { output } = await bundled.generate({
    dir: "lib",
    sourcemap: true,
    comments: false,
    chunkFileNames: "shared.js",
  });
  await bundled.close();
  await writeAll(new URL("lib/", home), new Map(output.map((file) => [file.fileName, textOf(file)])));
}

/** @param {import("rolldown").OutputChunk | import("rolldown").OutputAsset} file */
function textOf(file) {
  return file.type === "chunk" ? file.code : String(file.source);
}

/**
 * So that stack traces lead to the source.
 *
 * @param {string} file
 */
async function loadWithMap(file) {
  return { code: await readFile(file, "utf8"), map: await readFile(`${file}.map`, "utf8") };
}

/**
 * What is there already is left alone, and nothing is ever half there: somebody may be packing it.
 *
 * @param {URL} folder
 * @param {ReadonlyMap<string, string>} files
 */
async function writeAll(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (!files.has(name)) await rm(new URL(name, folder), { force: true });
  for (const [name, text] of files) {
    const file = new URL(name, folder);
    if ((await readFile(file, "utf8").catch(() => undefined)) === text) continue;
    const unfinished = new URL(`../dist/${name}.${process.pid}`, folder);
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  }
}

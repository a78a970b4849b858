// Loads a module of the tests, which is TypeScript, in a plain process: bundled with those that it imports, which takes half of the
// time of a module runner, and proofs start many processes. No code is made of strings, so that the process can run with
// --disallow-code-generation-from-strings.
/// <reference types="node" />
import { mkdir, rename, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const tests = new URL("../", import.meta.url);
/** Where packages are found as from the tests. */
const folder = new URL("node_modules/.loaded/", tests);

/**
 * @param {URL} url
 * @returns {Promise<unknown>} what the module exports
 */
export async function loadTypescript(url) {
  return import(await bundleTypescript(url));
}

/**
 * @param {URL} url
 * @returns {Promise<string>} where the bundle is, for `import`
 */
export async function bundleTypescript(url) {
  const file = fileURLToPath(url);
  const bundled = await rolldown({
    input: file,
    platform: "node",
    external: /^[^./]/,
    plugins: [
      { name: "modules know where they are", transform: tellPlace },
      { name: "what others load too stays one", resolveId: leaveOutside },
    ],
    checks: { pluginTimings: false },
  });
  const { output } = await bundled.generate({ codeSplitting: false });
  await bundled.close();
  const name = relative(fileURLToPath(tests), file).replaceAll(/\W/g, "-");
  const place = new URL(`${name}.mjs`, folder);
  const own = new URL(`${name}.${process.pid}`, folder);
  await mkdir(folder, { recursive: true });
  await writeFile(own, output[0].code);
  // Whole, whoever else loads it now.
  await rename(own, place);
  return place.href;
}

/**
 * A module of a package is loaded by others, too: a copy of it would have classes of its own. And this one stays where it is.
 *
 * @param {string} source
 * @param {string | undefined} importer
 */
function leaveOutside(source, importer) {
  if (importer === undefined || !/^\.{1,2}\/.*(\/dist\/|\/load-typescript\.mjs$)/.test(source)) return undefined;
  return { id: new URL(source, pathToFileURL(importer)).href, external: true };
}

/**
 * @param {string} code
 * @param {string} id
 */
function tellPlace(code, id) {
  return code.includes("import.meta.url")
    ? code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href))
    : undefined;
}

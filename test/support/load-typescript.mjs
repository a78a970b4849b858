// Loads a module of the tests, which is TypeScript, in a plain process: as vite's `runnerImport` does, but without making code
// of strings, so that the process can run with --disallow-code-generation-from-strings.
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";
import { createRunnableDevEnvironment, createServerModuleRunner, resolveConfig } from "vite";

/** @type {import("vite/module-runner").ModuleEvaluator} */
const evaluator = {
  async runInlinedModule(context, code, { file }) {
    /** The lexer of vite, which finds imports and resolves them, evaluates their names: where it must not, nobody has. */
    const __vite_ssr_import__ = (/** @type {string} */ name, /** @type {unknown} */ metadata) =>
      context.__vite_ssr_import__(
        name.startsWith(".") ? fileURLToPath(new URL(name, context.__vite_ssr_import_meta__.url)) : name,
        metadata,
      );
    const names = { ...context, __vite_ssr_import__ };
    // The head stands on the first line of the code, so that the numbers of its lines are right.
    const source = `(async (${Object.keys(names).join(",")}) => {"use strict";${code}\n})`;
    /** @type {(...values: unknown[]) => Promise<void>} */
    const body = runInThisContext(source, { filename: file });
    await body(...Object.values(names));
    Object.seal(context.__vite_ssr_exports__);
  },
  runExternalModule: (file) => import(file),
};

/**
 * @param {URL} url
 * @returns {Promise<unknown>} what the module exports
 */
export async function loadTypescript(url) {
  const resolve = { external: /** @type {const} */ (true), mainFields: [], conditions: ["node"] };
  const environments = {
    inline: { consumer: /** @type {const} */ ("server"), dev: { moduleRunnerTransform: true }, resolve },
  };
  const config = await resolveConfig({ configFile: false, envDir: false, logLevel: "error", environments }, "serve");
  const environment = createRunnableDevEnvironment("inline", config, {
    hot: false,
    runnerOptions: { hmr: { logger: false } },
    runner: (of, options) => createServerModuleRunner(of, { ...options, evaluator }),
  });
  await environment.init();
  // Left open, for what the module imports later: it keeps no process alive.
  return environment.runner.import(fileURLToPath(url));
}

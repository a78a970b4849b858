import { defineConfig } from "vitest/config";

// `pnpm test:nodes --no-eval`: flags for whoever runs tests or is started by one. Not for vitest's own process: its lexer
// evaluates the names of imports.
const flags = process.env["TAUTLINE_TEST_FLAGS"] ?? "";

const noEvalFlag = "--disallow-code-generation-from-strings";
/** Ask ajv for its opinion, which makes code of schemas. */
const evaluating = ["codegen/test/references.test.ts"];

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "codegen/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "test/bench/**", ...(flags.includes(noEvalFlag) ? evaluating : [])],
    // A hang is a failure, never a retry: every test settles or names what it waits for.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers only slow each other down.
    maxWorkers: 2,
    ...(flags === "" ? {} : { execArgv: flags.split(" "), env: { NODE_OPTIONS: flags } }),
  },
});

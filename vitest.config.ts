import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "codegen/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "test/bench/**"],
    // A hang is a failure, never a retry: every test settles or names what it waits for.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers only slow each other down.
    maxWorkers: 2,
  },
});

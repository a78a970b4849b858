import { afterEach, expect, test, vi } from "vitest";
import { silentLogger } from "../dist/logger.js";

afterEach(() => vi.restoreAllMocks());

/** What a server says that is started twice on this version. */
async function warnings(version: string): Promise<object[]> {
  vi.resetModules();
  const { warnOfOldRuntime } = await import("../dist/runtime.js");
  vi.spyOn(process, "versions", "get").mockReturnValue({ ...process.versions, node: version });
  const told: object[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void told.push(fields) };
  warnOfOldRuntime(logger);
  warnOfOldRuntime(logger);
  return told;
}

test("a Node.js without security fixes is warned of, once", async () => {
  expect(await warnings("20.20.2")).toEqual([{ node: "20.20.2" }]);
});

test.each(["22.23.1", "24.0.0", "26.1.0"])("Node.js %s is not", async (version) => {
  expect(await warnings(version)).toEqual([]);
});

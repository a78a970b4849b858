import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.restoreAllMocks());

async function warnings(version: string): Promise<string[]> {
  vi.resetModules();
  const { warnOfOldRuntime } = await import("../dist/runtime.js");
  vi.spyOn(process, "versions", "get").mockReturnValue({ ...process.versions, node: version });
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  warnOfOldRuntime();
  warnOfOldRuntime();
  return emitted.mock.calls.map(([message]) => String(message));
}

test("a Node.js without security fixes is warned of, once", async () => {
  expect(await warnings("20.20.2")).toEqual([expect.stringContaining("Node.js 20.20.2 gets no security fixes")]);
});

test.each(["22.23.1", "24.0.0", "26.1.0"])("Node.js %s is not", async (version) => {
  expect(await warnings(version)).toEqual([]);
});

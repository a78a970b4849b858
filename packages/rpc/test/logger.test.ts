import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defaultLogger, guarded, silentLogger, type Logger } from "../dist/logger.js";

const written = vi.fn<(text: string) => boolean>();

beforeEach(() => {
  written.mockReset().mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written(String(text)));
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5, 678), toFake: ["Date"] });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function lines(): string[] {
  return written.mock.calls.map(([text]) => text);
}

it("writes one line for each event: time, level, sentence and fields", () => {
  defaultLogger.info({ address: "127.0.0.1:7443", services: ["Orders"], calls: 3 }, "serving");
  defaultLogger.warn({ peer: "[::1]:51034" }, "call refused");
  expect(lines()).toEqual([
    '2026-01-02T03:04:05.678Z info  serving address=127.0.0.1:7443 services=["Orders"] calls=3\n',
    "2026-01-02T03:04:05.678Z warn  call refused peer=[::1]:51034\n",
  ]);
});

it("writes nothing below info, and nothing at all where it is silent", () => {
  defaultLogger.debug({ a: 1 }, "detail");
  for (const level of ["debug", "info", "warn", "error"] as const) silentLogger[level]({ a: 1 }, "anything");
  expect(lines()).toEqual([]);
});

it("writes an error's message among the fields, and its stack indented below the line", () => {
  const err = new Error("it broke");
  err.stack = "Error: it broke\n    at place (file.ts:1:2)";
  defaultLogger.error({ id: "4f", err }, "handler threw");
  expect(lines()).toEqual([
    '2026-01-02T03:04:05.678Z error handler threw id=4f err="it broke"\n    Error: it broke\n        at place (file.ts:1:2)\n',
  ]);
});

it("leaves out what is undefined, and quotes text that could be taken for something else", () => {
  defaultLogger.info({ none: undefined, empty: "", spaced: "a b", forged: "x\nerror forged" }, "fields");
  expect(lines()).toEqual(['2026-01-02T03:04:05.678Z info  fields empty="" spaced="a b" forged="x\\nerror forged"\n']);
});

it("keeps a sentence in which a peer had a say on its line", () => {
  defaultLogger.warn({}, "connection ended: bye\r\n2026-01-02 error forged\u2028\u001b[31m");
  expect(lines()).toEqual(["2026-01-02T03:04:05.678Z warn  connection ended: bye 2026-01-02 error forged [31m\n"]);
});

it("writes no character that a terminal would obey, wherever it stands", () => {
  const evil = "\u0000\u001b[31m\u007f\u0085\u009b2J\u2028\u2029\u202e\u2066";
  const err = new Error(evil);
  err.stack = `Error: ${evil}\r\n    at place (file.ts:1:2)`;
  defaultLogger.error({ path: evil, tags: [evil], err }, `call of ${evil}`);
  const [line = ""] = lines();
  expect(line).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029\u202e\u2066]/u);
  expect(line).toContain(String.raw`path="\u0000\u001b[31m\u007f\u0085\u009b2J\u2028\u2029\u202e\u2066"`);
  expect(line.split("\n")).toHaveLength(4);
});

it("writes what JSON has no form for, rather than throw", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  defaultLogger.info({ big: 5n, cycle, run: () => 1, date: new Date(0) }, "odd");
  expect(lines()).toEqual([
    '2026-01-02T03:04:05.678Z info  odd big=5n cycle=<ref *1> { self: [Circular *1] } run=[Function: run] date="1970-01-01T00:00:00.000Z"\n',
  ]);
});

it("writes an error that hides its stack, or its message, by what there is", () => {
  const refuse = (): never => {
    throw new Error("do not look");
  };
  for (const key of ["stack", "message"])
    defaultLogger.error({ id: key, err: Object.defineProperty(new Error("it broke"), key, { get: refuse }) }, "threw");
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  defaultLogger.error({ id: "proxy", err: proxy }, "threw");
  const heads = lines().map((text) => text.slice(0, text.indexOf(" at ")).split("\n")[0]);
  expect(heads).toEqual([
    '2026-01-02T03:04:05.678Z error threw id=stack err="it broke"',
    expect.stringMatching(/error threw id=message err="/) as string,
    "2026-01-02T03:04:05.678Z error threw id=proxy err=<Revoked Proxy>",
  ]);
});

const failing: Logger = {
  debug: () => expect.fail("disk full"),
  info: () => expect.fail("disk full"),
  warn: () => expect.fail("disk full"),
  error: () => expect.fail("disk full"),
};

it("has what another logger throws at written to standard error, with the reason", () => {
  const logger = guarded(failing);
  logger.debug({ a: 1 }, "detail");
  logger.error({ id: "4f" }, "handler threw");
  expect(lines()).toEqual(['2026-01-02T03:04:05.678Z error handler threw id=4f loggerThrew="disk full"\n']);
});

it("has what another logger rejects written to standard error, too", async () => {
  const rejecting = (): Promise<void> => Promise.reject(new Error("no network"));
  const later = { debug: rejecting, info: rejecting, warn: rejecting, error: rejecting };
  guarded(later).warn({ a: 1 }, "call refused");
  await Promise.resolve();
  expect(lines()).toEqual(['2026-01-02T03:04:05.678Z warn  call refused a=1 loggerThrew="no network"\n']);
});

it("is refused where it lacks a method, before anything is to be told", () => {
  const { debug, ...rest } = failing;
  expect(debug).toBeDefined();
  expect(() => guarded(rest as Logger)).toThrow("the option logger has no method debug");
});

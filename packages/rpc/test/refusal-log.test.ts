import { beforeEach, expect, it } from "vitest";
import { silentLogger } from "../dist/logger.js";
import { RefusalLog } from "../dist/refusal-log.js";

let at = 0;
let lines: { fields: object; message: string }[] = [];
let log: RefusalLog;

beforeEach(() => {
  at = 1e12;
  lines = [];
  const logger = { ...silentLogger, warn: (fields: object, message: string) => void lines.push({ fields, message }) };
  log = new RefusalLog(logger, () => at);
});

it("tells a cause once for each peer, whatever port it comes from, and another cause beside it", () => {
  for (let port = 1_000; port < 1_100; port++) {
    log.warn("denied", `10.0.0.1:${port}`, { reason: "denied" }, "connection denied");
    log.warn("denied", `[::1]:${port}`, { reason: "denied" }, "connection denied");
  }
  log.warn("flow-control", "10.0.0.1:1", {}, "connection ended");
  expect(lines).toEqual([
    { fields: { peer: "10.0.0.1:1000", reason: "denied" }, message: "connection denied" },
    { fields: { peer: "[::1]:1000", reason: "denied" }, message: "connection denied" },
    { fields: { peer: "10.0.0.1:1", leftOut: 198 }, message: "connection ended" },
  ]);
});

it("tells it again after 10 s, and how many were left out", () => {
  for (let count = 0; count < 10_000; count++, at++) log.warn("denied", "peer", {}, "denied");
  expect(lines).toHaveLength(1);
  log.warn("denied", "peer", {}, "denied");
  expect(lines[1]).toEqual({ fields: { peer: "peer", leftOut: 9_999 }, message: "denied" });
  at += 10_000;
  log.warn("denied", "peer", {}, "denied");
  expect(lines[2]).toEqual({ fields: { peer: "peer" }, message: "denied" });
});

it("writes a hundred lines in 10 s and no more, however many peers there are", () => {
  for (let peer = 0; peer < 5_000; peer++) log.warn("denied", `10.0.${peer >> 8}.${peer & 255}:1`, {}, "denied");
  expect(lines).toHaveLength(100);
  at += 10_000;
  log.warn("denied", "10.0.0.1:1", {}, "denied");
  expect(lines[100]?.fields).toEqual({ peer: "10.0.0.1:1", leftOut: 4_900 });
});

import { setTimeout as wait } from "node:timers/promises";
import { TransportError, type TransportErrorCode } from "@tautline/core";
import { describe, expect, it } from "vitest";
import { codeNumber, codeOf, codes } from "../dist/code.js";
import { DeclaredError, RpcError } from "../dist/rpc-error.js";

describe("codes", () => {
  it("are gRPC's, number by number", () => {
    expect(codes.map((code) => `${codeNumber(code)} ${code}`).join(", ")).toBe(
      "1 cancelled, 2 unknown, 3 invalid-argument, 4 deadline-exceeded, 5 not-found, 6 already-exists, 7 permission-denied, " +
        "8 resource-exhausted, 9 failed-precondition, 10 aborted, 11 out-of-range, 12 unimplemented, 13 internal, " +
        "14 unavailable, 15 data-loss, 16 unauthenticated",
    );
    for (const code of codes) expect(codeOf(codeNumber(code))).toBe(code);
  });

  it("that this version does not know are unknown", () => {
    for (const number of [17, 18, 255]) expect(codeOf(number)).toBe("unknown");
  });
});

describe("RpcError.from", () => {
  it("leaves an RpcError as it is", () => {
    const error = new RpcError("not-found", "no such order", { executed: "yes" });
    expect(RpcError.from(error, "no")).toBe(error);
  });

  it.each<[TransportErrorCode, string]>([
    ["connect-failed", "unavailable"],
    ["timeout", "unavailable"],
    ["aborted", "cancelled"],
    ["handshake-failed", "unavailable"],
    ["peer-untrusted", "unauthenticated"],
    ["refused-by-peer", "unauthenticated"],
    ["alpn-mismatch", "failed-precondition"],
    ["frame-too-large", "resource-exhausted"],
    ["bad-preamble", "failed-precondition"],
    ["truncated", "unavailable"],
    ["reset", "unavailable"],
    ["closed", "unavailable"],
    ["bad-option", "invalid-argument"],
  ])("makes the transport's %s to %s, and keeps message and cause", (code, expected) => {
    const cause = new TransportError(code, "what happened");
    expect(RpcError.from(cause, "no")).toMatchObject({
      code: expected,
      message: "what happened",
      executed: "no",
      cause,
    });
  });

  it("makes an abort cancelled, be it the web's or Node's own", async () => {
    const signal = AbortSignal.abort();
    const fromNode: unknown = await wait(1000, undefined, { signal }).catch((error: unknown) => error);
    for (const abort of [signal.reason, fromNode]) {
      expect(RpcError.from(abort)).toMatchObject({ code: "cancelled", executed: "maybe", cause: abort });
    }
  });

  it("makes everything else internal, with the original as its cause", () => {
    const error = new TypeError("x is not a function");
    expect(RpcError.from(error)).toMatchObject({
      code: "internal",
      message: error.message,
      executed: "maybe",
      cause: error,
    });
    expect(RpcError.from("text")).toMatchObject({ code: "internal", message: "text", cause: "text" });
    expect(RpcError.from(undefined)).toMatchObject({ code: "internal", message: "undefined" });
  });
});

describe("errors", () => {
  it("may have been executed unless somebody knows better, and have no cause that nobody gave", () => {
    const error = new RpcError("unavailable", "gone");
    expect(error).toMatchObject({ name: "RpcError", executed: "maybe", details: undefined, retryAfterMs: undefined });
    expect("cause" in error).toBe(false);
  });

  it("that a contract declares are failed preconditions of a handler that ran, named after their interface", () => {
    class OutOfStockError extends DeclaredError {}
    const error = new OutOfStockError("OutOfStock", { details: { left: 0 } });
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({
      name: "OutOfStockError",
      message: "OutOfStock",
      code: "failed-precondition",
      executed: "yes",
      details: { left: 0 },
    });
    expect(new OutOfStockError("OutOfStock", { message: "none left" }).message).toBe("none left");
  });
});

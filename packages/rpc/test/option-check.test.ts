import { connect, RpcError, serve } from "@tautline/rpc";
import { expect, test } from "vitest";

test.each([
  ["connectTimeoutMs", Number.NaN],
  ["connectTimeoutMs", Infinity],
  ["timeoutMs", -1],
  ["maxWaitingCalls", 0.5],
])("a channel refuses %s: %d by name", (name, value) => {
  expect(() => connect("tautline://localhost", { [name]: value })).toThrowError(
    new RegExp(`^${name} is ${value}: it must be`),
  );
});

test("a server refuses a timeout that is no time", async () => {
  const options = { insecure: true, host: "127.0.0.1", port: 0, services: [], handshakeTimeoutMs: Number.NaN } as const;
  await expect(serve(options)).rejects.toThrowError(/^handshakeTimeoutMs is NaN: it must be/);
});

test.each([
  ["http://x", {}, "must begin with tautline://"],
  ["tautline://", {}, "must have a host"],
  ["tautline://host/path", {}, "nothing behind the port"],
  ["tcp://host:1", {}, "insecure: true"],
  ["unix:/run/x.sock", {}, "insecure: true"],
  ["tautline://host", { insecure: true as const }, "always TLS"],
  ["nonsense", {}, "must be like tautline://host:7443"],
])("the target %s is refused with what to write instead", (target, options, why) => {
  expect(() => connect(target, options)).toThrowError(RpcError);
  expect(() => connect(target, options)).toThrowError(why);
});

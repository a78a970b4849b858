import type { Peer, PeerCertificate } from "@tautline/core";
import { afterEach, expect, test, vi } from "vitest";
import { AccessRules, CallerAccess, type AccessOptions } from "../dist/access.js";
import { describeAccess, mayCall } from "../dist/access-table.js";
import { silentLogger } from "../dist/logger.js";
import { bindMethodTables } from "../dist/method-table.js";
import type { MethodBinding, MethodSettings } from "../dist/service.js";
import { Bench, withBench } from "./support/lab-bench.js";
import { labService } from "./support/lab.rpc.js";

afterEach(() => vi.useRealTimers());

const lab = labService.handle(new Bench());

/** The binding of `echo`, as @Allow would leave it. */
function echoFor(settings: MethodSettings = {}): MethodBinding {
  const binding = lab.handlers.get("Lab/echo");
  if (binding === undefined) throw new Error("the contract has echo");
  return { ...binding, settings };
}

const [tables] = bindMethodTables([lab]).handlers.values();

function peerOf(certificate: Partial<PeerCertificate> | undefined): Peer {
  const whole = { dnsNames: [], spiffeId: undefined, ...certificate } as unknown;
  const tls = { certificate: certificate === undefined ? undefined : (whole as PeerCertificate) };
  return { kind: "tls", address: "192.0.2.1:5", tls: tls as Peer["tls"] };
}

const support = peerOf({ spiffeId: "spiffe://shop/support/ada" });
const web = peerOf({ dnsNames: ["web.internal"] });
const nobody = peerOf(undefined);

function access(options: AccessOptions, peer: Peer, bindings: MethodBinding[] = []): CallerAccess {
  return new CallerAccess(new AccessRules(options, bindings, silentLogger), peer);
}

const roles = { support: ["spiffe://shop/support/*"], front: ["dns:web.internal"] };

test("a role is whoever one of its identities names", () => {
  const binding = echoFor({ allow: ["role:support", "spiffe://shop/root"] });
  const callers = [support, web, nobody, peerOf({ spiffeId: "spiffe://shop/root" })];
  expect(callers.map((peer) => access({ roles }, peer, [binding]).mayCall(binding))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test("a role that nobody defines, or that names no identity, is refused at the start", () => {
  const binding = echoFor({ allow: ["role:suport"] });
  expect(() => access({ roles }, support, [binding])).toThrow("Lab/echo is allowed to role:suport");
  for (const rule of ["shop/support", "role:front", "*", ""]) {
    expect(() => access({ roles: { odd: [rule] } }, support)).toThrow('an identity begins with "spiffe://" or "dns:"');
  }
});

test("the hook and @Allow have to agree", () => {
  const listed = echoFor({ allow: ["role:support"] });
  for (const [answer, expected] of [
    [true, true],
    [undefined, true],
    [false, false],
  ] as const) {
    expect(access({ roles, authorize: () => answer }, support, [listed]).mayCall(listed)).toBe(expected);
  }
  expect(access({ roles, authorize: () => true }, web, [listed]).mayCall(listed)).toBe(false);
});

test("by default what is not marked is open, and with defaultDeny it is closed unless the hook opens it", () => {
  const unmarked = echoFor();
  expect(access({}, nobody).mayCall(unmarked)).toBe(true);
  expect(access({ defaultDeny: true }, support).mayCall(unmarked)).toBe(false);
  expect(access({ defaultDeny: true, authorize: () => undefined }, support).mayCall(unmarked)).toBe(false);
  expect(access({ defaultDeny: true, authorize: () => true }, support).mayCall(unmarked)).toBe(true);
});

test("tautline/methods is the hook's to decide, and with defaultDeny open to verified callers only", () => {
  if (tables === undefined) throw new Error("every server has it");
  const authorize = vi.fn(() => false);
  expect(access({ authorize }, support).mayCall(tables)).toBe(false);
  expect(authorize).toHaveBeenCalledWith(
    expect.objectContaining({ spiffeId: "spiffe://shop/support/ada" }),
    expect.objectContaining({ path: "tautline/methods" }),
  );
  expect(access({ defaultDeny: true }, support).mayCall(tables)).toBe(true);
  expect(access({ defaultDeny: true }, nobody).mayCall(tables)).toBe(false);
});

test("a plain answer is asked for once, one with a time again after it, one for 0 ms at each call", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const asked = (forMs?: number): (() => number) => {
    const authorize = vi.fn(() => (forMs === undefined ? true : { allowed: true, forMs }));
    const caller = access({ authorize }, support);
    const binding = echoFor();
    return () => {
      expect(caller.mayCall(binding)).toBe(true);
      return authorize.mock.calls.length;
    };
  };
  const [plain, timed, always] = [asked(), asked(100), asked(0)];
  expect([plain(), plain(), timed(), timed(), always(), always()]).toEqual([1, 1, 1, 1, 1, 2]);
  vi.advanceTimersByTime(99);
  expect(timed()).toBe(1);
  vi.advanceTimersByTime(1);
  expect([plain(), timed(), always()]).toEqual([1, 2, 3]);
});

test("a hook that throws, or answers what is no answer, refuses and is asked again", () => {
  const error = vi.fn();
  const answers: unknown[] = [Promise.resolve(true), "yes", 1, null, { allowed: "yes", forMs: 5 }];
  const authorize = (): boolean => {
    if (answers.length === 0) throw new Error("the policy is gone");
    return answers.shift() as boolean;
  };
  const binding = echoFor();
  const caller = new CallerAccess(new AccessRules({ authorize }, [], { ...silentLogger, error }), support);
  for (const _ of [...answers]) {
    expect(caller.mayCall(binding)).toBe(false);
    caller.forget();
  }
  expect(caller.mayCall(binding)).toBe(false);
  expect(caller.isAdmitted).toBe(false);
  expect(error).toHaveBeenCalledTimes(6);
});

test("a server whose hook refuses a connection denies it", () =>
  withBench(
    async (bench, lab, channel) => {
      await expect(lab.blob(new Uint8Array(3))).rejects.toMatchObject({
        code: "permission-denied",
        message: expect.stringContaining("denied: this server does not let you in"),
      });
      expect(channel.session).toBeUndefined();
      expect(bench.seen).toEqual([]);
    },
    { server: { authorize: (_identity, method) => method !== undefined } },
  ));

test("reauthorize ends the connections that the hook refuses now", async () => {
  let open = true;
  await withBench(
    async (bench, lab, _channel, server) => {
      const waiting = expect(lab.wait("long")).rejects.toMatchObject({ code: "permission-denied" });
      await bench.until(() => bench.waiting.has("long"));
      server.reauthorize();
      expect(server.connections).toBe(1);
      open = false;
      server.reauthorize();
      await waiting;
    },
    { server: { authorize: () => open } },
  );
});

test("reauthorize has the hook asked anew about a method at its next call", async () => {
  let refused = "";
  await withBench(
    async (_bench, lab, _channel, server) => {
      expect(await lab.blob(new Uint8Array(3))).toHaveLength(3);
      refused = "blob";
      expect(await lab.blob(new Uint8Array(3))).toHaveLength(3);
      server.reauthorize();
      await expect(lab.blob(new Uint8Array(3))).rejects.toMatchObject({ code: "permission-denied" });
      expect(server.connections).toBe(1);
    },
    { server: { authorize: (_identity, method) => method?.name !== refused } },
  );
});

test("a method that the hook refuses fails with permission-denied, and no other does", () =>
  withBench(
    async (bench, lab) => {
      await expect(lab.wait("long")).rejects.toMatchObject({ code: "permission-denied", executed: "no" });
      expect(await lab.blob(new Uint8Array(3))).toHaveLength(3);
      expect(bench.waiting.size).toBe(0);
    },
    { server: { authorize: (_identity, method) => method?.name !== "wait" } },
  ));

test("the table tells every method, with roles as those who have them", () => {
  const handlers = new Map([
    ["Lab/echo", echoFor({ allow: ["role:support", "dns:batch.internal"] })],
    ["Lab/wait", echoFor({ allow: [] })],
    ["Lab/blob", echoFor()],
  ]);
  const service = { ...lab, handlers };
  expect(describeAccess([service], { roles })).toEqual([
    {
      path: "Lab/echo",
      who: "listed",
      callers: [
        { identity: "spiffe://shop/support/*", role: "support" },
        { identity: "dns:batch.internal", role: undefined },
      ],
    },
    { path: "Lab/wait", who: "listed", callers: [] },
    { path: "Lab/blob", who: "admitted", callers: [] },
  ]);
  expect(describeAccess([service], { roles, defaultDeny: true }).at(-1)?.who).toBe("nobody");
  const mayBeCalledBy = (identity: string, options: AccessOptions): boolean[] =>
    describeAccess([service], options).map((row) => mayCall(row, identity));
  expect(mayBeCalledBy("spiffe://shop/support/ada", { roles })).toEqual([true, false, true]);
  expect(mayBeCalledBy("dns:Batch.internal", { roles, defaultDeny: true })).toEqual([true, false, false]);
  expect(mayBeCalledBy("spiffe://shop/other", { roles })).toEqual([false, false, true]);
});

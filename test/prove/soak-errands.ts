// What the clients of a soak do: calls of every shape, and each way in which one may end. An errand fails where a call does not
// end as it must.
import { setTimeout as after } from "node:timers/promises";
import { connect, RpcError, type Code } from "@tautline/rpc";
import type { TlsFiles } from "../support/certificates.js";
import type { Parcel } from "../support/contract/probe.js";
import { OverdrawnError, ProbeClient } from "../support/contract/probe.rpc.js";
import type { Random } from "../fuzz/random.js";
import { Attacker } from "./attacker.js";

/** With what errands are run. */
export interface Kit {
  readonly target: string;
  readonly tls: TlsFiles;
  readonly probe: ProbeClient;
  readonly random: Random;
  /** To be told of a call that the server did not begin, since its deadline was too short for that moment. */
  readonly shed: () => void;
}

export interface Errand {
  readonly name: string;
  /** How often, against the others. */
  readonly share: number;
  run(kit: Kit): Promise<void>;
}

/** An account of the soak's server whose handler throws what no contract names. */
export const brokenAccount = "broken";

const large = Buffer.alloc(512 * 1024, 7);
const tooLarge = Buffer.alloc(5 * 1024 * 1024);

export const errands: readonly Errand[] = [
  {
    name: "unary",
    share: 30,
    async run({ probe }) {
      check((await probe.withdraw("a", 30)) === 70, "what is left");
    },
  },
  {
    name: "large messages",
    share: 3,
    async run({ probe }) {
      check((await probe.forward(parcelOf(large))).content.length === large.length, "the parcel");
    },
  },
  {
    name: "too large a message",
    share: 1,
    run: ({ probe }) => fails(probe.forward(parcelOf(tooLarge)), "resource-exhausted"),
  },
  {
    name: "stream of the server",
    share: 8,
    async run({ probe, random }) {
      const count = random.int(40);
      let seen = 0;
      for await (const block of probe.blocks(count, 1000)) seen += block.length;
      check(seen === count * 1000, "the blocks");
    },
  },
  {
    name: "stream that is left",
    share: 4,
    async run({ probe, random }) {
      let rest = random.int(20);
      for await (const _ of probe.blocks(1000, 10_000)) if (rest-- === 0) break;
    },
  },
  {
    name: "stream of the client",
    share: 8,
    async run({ probe, random }) {
      const count = random.int(30);
      check((await probe.tally("t", blocks(count, 2000))).bytes === count * 2000, "the tally");
    },
  },
  {
    name: "stream both ways",
    share: 8,
    async run({ probe }) {
      const said = await shoutedBack(probe);
      // A server that drains ends it in order, as its handler has it: on the next connection it is whole.
      const isWhole = said === "ABC" || ("ABC".startsWith(said) && (await shoutedBack(probe)) === "ABC");
      check(isWhole, "what was shouted");
    },
  },
  { name: "one-way", share: 10, run: ({ probe }) => probe.note("a note") },
  {
    name: "deadline that passes",
    share: 6,
    run: ({ probe, random, shed }) => overruns(probe.wait({ timeoutMs: 1 + random.int(40) }), shed),
  },
  {
    name: "deadline over a stream",
    share: 3,
    run: ({ probe, random, shed }) =>
      overruns(probe.hold(blocks(100, 10_000), { timeoutMs: 5 + random.int(40) }), shed),
  },
  {
    name: "cancel",
    share: 6,
    async run({ probe, random }) {
      const abort = new AbortController();
      const waiting = fails(probe.wait({ signal: abort.signal }), "cancelled");
      await after(random.int(20));
      abort.abort();
      await waiting;
    },
  },
  {
    name: "declared error",
    share: 6,
    run: ({ probe }) =>
      probe.withdraw("a", 130).then(
        () => check(false, "an error"),
        (error: unknown) => check(error instanceof OverdrawnError && error.missing === 30, "the declared error"),
      ),
  },
  { name: "handler that fails", share: 4, run: ({ probe }) => fails(probe.withdraw(brokenAccount, 1), "internal") },
  {
    name: "connect, call, close",
    share: 3,
    async run({ target, tls }) {
      const channel = connect(target, { tls });
      check((await new ProbeClient(channel).withdraw("a", 1)) === 99, "what is left");
      await channel.close();
    },
  },
  {
    name: "close with calls open",
    share: 1,
    async run({ target, tls }) {
      const channel = connect(target, { tls });
      const probe = new ProbeClient(channel);
      const open = [fails(probe.wait(), "cancelled"), fails(probe.hold(blocks(100, 10_000)), "cancelled")];
      await probe.withdraw("a", 1);
      await channel.close();
      await Promise.all(open);
    },
  },
  {
    name: "leave without a word",
    share: 1,
    async run({ target, tls }) {
      const site = { port: Number(new URL(target).port), certificates: { client: tls } };
      // A reload that narrows trust drops whoever is in the handshake, who is to come again: he was leaving anyway.
      const attacker = await Attacker.connect(site).catch(() => undefined);
      attacker?.leave();
      await attacker?.closed;
    },
  },
];

async function shoutedBack(probe: ProbeClient): Promise<string> {
  let said = "";
  for await (const line of probe.shout(words("a", "b", "c"))) said += line;
  return said;
}

function parcelOf(content: Uint8Array): Parcel {
  return { id: 1, label: "l", weight: 1.5, tags: ["t"], sent: new Date(0), content };
}

async function* blocks(count: number, bytes: number): AsyncIterable<Uint8Array> {
  for (let block = 0; block < count; block++) yield new Uint8Array(bytes);
}

async function* words(...all: readonly string[]): AsyncIterable<string> {
  yield* all;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`${what}: not as it must be`);
}

async function fails(call: Promise<unknown>, code: Code): Promise<void> {
  const end = await endOf(call);
  if (end.code !== code) throw new Error(`ended with ${end.said} and not with ${code}`);
}

/** A call that takes longer than it may. A server that sees it coming refuses it, and has done nothing then. */
async function overruns(call: Promise<unknown>, shed: () => void): Promise<void> {
  const end = await endOf(call);
  if (end.code === "unavailable" && end.executed === "no") shed();
  else if (end.code !== "deadline-exceeded") throw new Error(`ended with ${end.said}, within its deadline`);
}

interface End extends Partial<Pick<RpcError, "code" | "executed">> {
  readonly said: string;
}

async function endOf(call: Promise<unknown>): Promise<End> {
  try {
    await call;
    return { said: "ok" };
  } catch (error) {
    if (!(error instanceof RpcError)) return { said: String(error) };
    const { code, executed, message } = error;
    return { code, executed, said: `${code} (executed ${executed}: ${message})` };
  }
}

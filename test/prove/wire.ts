// Two hosts of our own on one machine, and the wire between them, which delays, loses, reorders and is cut. Needs root.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Mailbox } from "../support/mailbox.js";
import { MachineLacks } from "./proof.js";

const run = promisify(execFile);

/** What the wire does to packets; nothing, where nothing is said. */
export interface Weather {
  readonly delayMs?: number;
  /** Of packets, 0 to 1. */
  readonly loss?: number;
  readonly reorder?: number;
  /** 0 is without bound. */
  readonly bytesPerSecond?: number;
  /** From the client's host (a) to the server's (b), back, or both; "": neither. */
  readonly cut?: "" | "ab" | "ba" | "both";
}

const fair: Weather = { delayMs: 0, loss: 0, reorder: 0, bytesPerSecond: 0, cut: "" };

export const addresses = { a: "10.77.0.1", b: "10.77.0.2" } as const;

/** Network namespaces `a` and `b`, and their wire. */
export class Wire {
  readonly namespaces: { readonly a: string; readonly b: string };
  readonly #relay: ChildProcess;
  readonly #answers = new Mailbox<string>();

  private constructor(namespaces: Wire["namespaces"], relay: ChildProcess) {
    this.namespaces = namespaces;
    this.#relay = relay;
  }

  /** @throws MachineLacks */
  static async lay(): Promise<Wire> {
    await checkMachine();
    const [a, b] = [`tautline-${process.pid}-a`, `tautline-${process.pid}-b`];
    const [deviceA, deviceB] = [deviceOf("a"), deviceOf("b")];
    const script = fileURLToPath(new URL("wire.py", import.meta.url));
    const relay = spawn("python3", [script, deviceA, deviceB], { stdio: ["pipe", "pipe", "inherit"] });
    const wire = new Wire({ a, b }, relay);
    createInterface({ input: relay.stdout }).on("line", (line) => wire.#answers.put(line));
    relay.once("exit", () => wire.#answers.end(new Error("the wire broke: python3 has ended")));
    await wire.#answers.take();
    for (const [namespace, device, address] of [
      [a, deviceA, addresses.a],
      [b, deviceB, addresses.b],
    ] as const) {
      await run("ip", ["netns", "add", namespace]);
      await run("ip", ["link", "set", device, "netns", namespace]);
      await run("ip", ["-n", namespace, "addr", "add", `${address}/24`, "dev", device]);
      await run("ip", ["-n", namespace, "link", "set", "lo", "up"]);
      await run("ip", ["-n", namespace, "link", "set", device, "up"]);
    }
    return wire;
  }

  async set(weather: Weather): Promise<void> {
    this.#relay.stdin?.write(`${JSON.stringify({ ...fair, ...weather })}\n`);
    await this.#answers.take();
  }

  /** Of the client's host. */
  async link(state: "up" | "down"): Promise<void> {
    await run("ip", ["-n", this.namespaces.a, "link", "set", deviceOf("a"), state]);
  }

  async remove(): Promise<void> {
    this.#relay.stdin?.end();
    if (this.#relay.exitCode === null) await once(this.#relay, "exit");
    for (const namespace of Object.values(this.namespaces)) await run("ip", ["netns", "del", namespace]);
  }
}

/** At most 15 letters. */
function deviceOf(end: "a" | "b"): string {
  return `tl${process.pid}${end}`;
}

async function checkMachine(): Promise<void> {
  const lacks: string[] = [];
  if (process.getuid?.() !== 0) lacks.push("root, for network namespaces");
  if (!existsSync("/dev/net/tun")) lacks.push("/dev/net/tun");
  for (const [command, argument, from] of [
    ["ip", "-V", "iproute2"],
    ["python3", "-V", "python3"],
  ] as const) {
    await run(command, [argument]).catch(() => lacks.push(`${command} (Debian: ${from})`));
  }
  if (lacks.length > 0) throw new MachineLacks(`this proof makes hosts of its own, and needs ${lacks.join(", ")}`);
}

// A client of a soak, in a process of its own: errands of every kind at a bounded rate over channels that last, and one stream
// that goes on all the time. It rests when it is asked to, so that what is left then is what was not given back.
import { setTimeout as after } from "node:timers/promises";
import { connect, RpcError, type Channel } from "@tautline/rpc";
import { Random } from "../fuzz/random.js";
import { ProbeClient } from "../support/contract/probe.rpc.js";
import { Mailbox } from "../support/mailbox.js";
import { answerQuestions } from "./questions.js";
import { sampleSelf } from "./self-sample.js";
import { errands, type Errand, type Kit } from "./soak-errands.js";

/** What came of errands since the process began. */
export interface Doings {
  readonly done: Readonly<Record<string, number>>;
  /** How many did not end as they must; and the first of them. */
  readonly failed: number;
  readonly firstFailure: string | undefined;
  /** Of those that ended as they must, how many the server refused for their short deadline. */
  readonly shed: number;
  /** Of errands that ended as they must, what the one that took longest took, in ms, and its name. */
  readonly longestMs: number;
  readonly longest: string;
  /** Streams without an end that the server did not end in order. */
  readonly cutTalks: number;
}

export interface ClientOptions {
  readonly target: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly seed: number;
  /** Each does one errand after the other. */
  readonly lanes: number;
  /** Between two errands of a lane, on average. */
  readonly pauseMs: number;
  /** Their names. Default: all. */
  readonly errands?: readonly string[];
}

const channelCount = 2;

export async function main([json = "{}"]: readonly string[]): Promise<void> {
  const options = JSON.parse(json) as ClientOptions;
  const channels = Array.from({ length: channelCount }, () => connect(options.target, { tls: options.tls }));
  const talks = channels.map((channel) => new LongTalk(channel));
  const lanes = new Lanes(channels, options);
  await Promise.all(channels.map((channel) => channel.ready()));
  await answerQuestions(
    {
      rest: async () => {
        await lanes.rest();
        await Promise.all(talks.map((talk) => talk.say()));
      },
      go: () => lanes.go(),
      sample: sampleSelf,
      doings: (): Doings => ({ ...lanes.doings, cutTalks: talks.reduce((sum, { cuts }) => sum + cuts, 0) }),
      reload: async () => {
        await Promise.all(talks.map((talk) => talk.end()));
        for (const channel of channels) await channel.reloadTls(undefined, { drain: true });
        for (const talk of talks) talk.begin();
      },
      finish: async () => {
        await lanes.rest();
        await Promise.all(talks.map((talk) => talk.end()));
        await Promise.all(channels.map((channel) => channel.close()));
      },
    },
    "ready",
  );
}

/** Does errands until it is told to rest. */
class Lanes {
  readonly #done: Record<string, number> = {};
  #failed = 0;
  #firstFailure: string | undefined;
  #shed = 0;
  #longestMs = 0;
  #longest = "";
  #resting = false;
  #wake = (): void => {};
  #awake = Promise.resolve();
  readonly #busy = new Set<Promise<void>>();
  readonly #draw: readonly Errand[];
  readonly #pauseMs: number;

  constructor(channels: readonly Channel[], { target, tls, seed, lanes, pauseMs, errands: names }: ClientOptions) {
    const wanted = errands.filter(({ name }) => names?.includes(name) ?? true);
    this.#pauseMs = pauseMs;
    this.#draw = wanted.flatMap((errand) => Array<Errand>(errand.share).fill(errand));
    for (let lane = 0; lane < lanes; lane++) {
      const channel = channels[lane % channels.length];
      if (channel === undefined) throw new Error("a lane without a channel");
      const random = new Random(seed * 1000 + lane);
      const shed = (): void => void this.#shed++;
      void this.#run({ target, tls, probe: new ProbeClient(channel), random, shed });
    }
  }

  get doings(): Omit<Doings, "cutTalks"> {
    return {
      done: this.#done,
      failed: this.#failed,
      firstFailure: this.#firstFailure,
      shed: this.#shed,
      longestMs: this.#longestMs,
      longest: this.#longest,
    };
  }

  async rest(): Promise<void> {
    if (!this.#resting) this.#awake = new Promise((resolve) => (this.#wake = resolve));
    this.#resting = true;
    await Promise.all(this.#busy);
  }

  go(): void {
    this.#resting = false;
    this.#wake();
  }

  async #run(kit: Kit): Promise<never> {
    for (;;) {
      await after(kit.random.int(2 * this.#pauseMs), undefined, { ref: false });
      if (this.#resting) await this.#awake;
      const errand = kit.random.pick(this.#draw);
      const doing = this.#do(errand, kit);
      this.#busy.add(doing);
      await doing;
      this.#busy.delete(doing);
    }
  }

  async #do({ name, run }: Errand, kit: Kit): Promise<void> {
    const startedAt = performance.now();
    try {
      await run(kit);
      const tookMs = performance.now() - startedAt;
      if (tookMs > this.#longestMs) [this.#longestMs, this.#longest] = [tookMs, name];
      this.#done[name] = (this.#done[name] ?? 0) + 1;
    } catch (error) {
      this.#failed++;
      this.#firstFailure ??= `${name}: ${String(error)}`;
    }
  }
}

/** A stream both ways that goes on for as long as its connection, and then over the next. */
class LongTalk {
  cuts = 0;
  readonly #probe: ProbeClient;
  #lines = new Mailbox<string>();
  #echoes = new Mailbox<string>();
  #over: Promise<void> = Promise.resolve();
  #ending = false;

  constructor(channel: Channel) {
    this.#probe = new ProbeClient(channel);
    this.begin();
  }

  begin(): void {
    this.#ending = false;
    this.#lines = new Mailbox();
    this.#echoes = new Mailbox();
    this.#over = this.#talk(this.#lines, this.#echoes);
  }

  /** One line there and back, over the next connection where this one ends meanwhile. */
  async say(): Promise<void> {
    this.#lines.put("line");
    await this.#echoes.take().catch(() => this.say());
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#lines.end(new Error("nothing more to say"));
    await this.#over;
  }

  async #talk(lines: Mailbox<string>, echoes: Mailbox<string>): Promise<void> {
    try {
      for await (const echo of this.#probe.shout(spoken(lines))) echoes.put(echo);
    } catch (error) {
      // A server that goes may end it; whoever calls next finds another.
      if (!(error instanceof RpcError) || error.code !== "unavailable") throw error;
      this.cuts++;
    }
    if (!this.#ending) this.begin();
    const over = new Error("this talk is over");
    lines.end(over);
    echoes.end(over);
  }
}

async function* spoken(lines: Mailbox<string>): AsyncIterable<string> {
  for (;;) {
    const line = await lines.take().catch(() => undefined);
    if (line === undefined) return;
    yield line;
  }
}

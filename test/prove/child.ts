// A process of a proof: one of the modules beside this one, asked by messages and answering by messages.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { bundleTypescript } from "../support/load-typescript.mjs";
import { Mailbox } from "../support/mailbox.js";

/** How its process is started. */
export interface ChildOptions {
  /** Of the network. Default: ours. */
  readonly namespace?: string;
  /** Of Node.js, beside `--expose-gc`. */
  readonly flags?: readonly string[];
  /** Beside what our environment holds. */
  readonly environment?: Readonly<Record<string, string>>;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #answers = new Mailbox<unknown>();
  readonly #gone: Promise<void>;

  private constructor(module: string, child: ChildProcess) {
    this.#process = child;
    child.on("message", (answer) => this.#answers.put(answer));
    this.#gone = once(child, "exit").then(([code, signal]) => {
      this.#answers.end(new Error(`the process of ${module} ended with ${code ?? signal}`));
    });
  }

  /** Starts a module; resolves with what it says first. */
  static async start<Ready>(
    module: string,
    argv: readonly string[],
    { namespace, flags = [], environment }: ChildOptions = {},
  ): Promise<[Child, Ready]> {
    const runner = fileURLToPath(new URL("process.mjs", import.meta.url));
    const execArgv = ["--expose-gc", ...flags];
    const how =
      namespace === undefined
        ? { execArgv }
        : { execPath: "ip", execArgv: ["netns", "exec", namespace, process.execPath, ...execArgv] };
    const env = { ...process.env, ...environment };
    const child = new Child(module, fork(runner, [await bundleOf(module), ...argv], { ...how, env }));
    return [child, (await child.#answers.take()) as Ready];
  }

  /** SIGSTOP, SIGCONT; or SIGKILL, after which nothing more can be asked. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#gone;
  }

  /** One question at a time. Rejects where the process has ended. */
  async ask<Answer>(question: string): Promise<Answer> {
    if (this.#process.connected) this.#process.send(question);
    return (await this.#answers.take()) as Answer;
  }

  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.send("stop");
    await this.#gone;
  }
}

const bundles = new Map<string, Promise<string>>();

/** Made once, however many processes run it. */
function bundleOf(module: string): Promise<string> {
  const made = bundles.get(module) ?? bundleTypescript(new URL(`${module}.ts`, import.meta.url));
  bundles.set(module, made);
  return made;
}

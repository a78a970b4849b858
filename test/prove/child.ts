// A process of a proof: one of the modules beside this one, asked by messages and answering by messages.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
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

  private constructor(child: ChildProcess) {
    this.#process = child;
    child.on("message", (answer) => this.#answers.put(answer));
    this.#gone = once(child, "exit").then(([code, signal]) => {
      this.#answers.end(new Error(`the process of ${child.spawnargs.at(2)} ended with ${code ?? signal}`));
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
    const child = new Child(fork(runner, [module, ...argv], { ...how, env }));
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

/** In the child: answers questions until it is told to stop. */
export async function answerQuestions(answers: Readonly<Record<string, () => unknown>>, ready: unknown): Promise<void> {
  const questions = new Mailbox<string>();
  process.on("message", (question) => questions.put(question as string));
  process.send?.(ready);
  for (let question = await questions.take(); question !== "stop"; question = await questions.take()) {
    process.send?.((await answers[question]?.()) ?? null);
  }
  process.disconnect();
}

// One process under measurement, and the conversation with it. Knows no system: a command line, and lines of JSON.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import type { Usage } from "./protocol.js";

/** How to start a process: the program, its arguments, and what its environment has beside ours. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Lines of standard error that a failure shows. */
const keptLines = 20;
/** How long a process may take to end. */
const patienceMs = 5000;

export class MeasuredProcess<Hello> {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #errors: string[] = [];
  /** What it said first. */
  readonly hello: Hello;

  /** Resolves when the process is ready. @throws Error with its last words where it is not within `timeoutMs` */
  static async start<Hello>(line: CommandLine, timeoutMs = 30_000): Promise<MeasuredProcess<Hello>> {
    const child = spawn(line.command, line.args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...line.env },
    });
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on("line", (text) => {
      errors.push(text);
      if (errors.length > keptLines) errors.shift();
    });
    const output: Interface = createInterface({ input: child.stdout });
    const lines = output[Symbol.asyncIterator]();
    child.on("error", (error) => {
      errors.push(error.message);
      output.close();
    });
    // A process that has gone is noticed by the end of its output.
    child.stdin.on("error", () => {});
    const hello = await answerOf<Hello>(child, lines, errors, timeoutMs);
    return new MeasuredProcess(child, lines, errors, hello);
  }

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, errors: string[], hello: Hello) {
    this.#child = child;
    this.#lines = lines;
    this.#errors = errors;
    this.hello = hello;
  }

  /** One command, one answer. @throws Error where the command failed, or the process ended or was silent for too long */
  async ask<Answer>(words: readonly (string | number)[], timeoutMs = 30_000): Promise<Answer> {
    this.#child.stdin?.write(`${words.join(" ")}\n`);
    return answerOf(this.#child, this.#lines, this.#errors, timeoutMs);
  }

  /** With `settled`, after its garbage is collected. */
  usage(settled = false): Promise<Usage> {
    return this.ask(["usage", settled ? "settled" : "now"]);
  }

  /** Lets it end, which it does when its input does; a profile is written then. Kills it where it does not. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    await ended;
    clearTimeout(timer);
  }
}

async function answerOf<Answer>(
  child: ChildProcess,
  lines: AsyncIterator<string>,
  errors: readonly string[],
  timeoutMs: number,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<"silent">((resolve) => {
    timer = setTimeout(() => resolve("silent"), timeoutMs);
  });
  const line = await Promise.race([lines.next(), silence]);
  clearTimeout(timer);
  if (line === "silent") {
    child.kill("SIGKILL");
    throw new Error(`no answer within ${timeoutMs} ms\n${errors.join("\n")}`);
  }
  if (line.done === true) throw new Error(`the process ended\n${errors.join("\n")}`);
  const answer = JSON.parse(line.value) as Answer | { readonly error: string };
  if (typeof answer === "object" && answer !== null && "error" in answer) throw new Error(answer.error);
  return answer;
}

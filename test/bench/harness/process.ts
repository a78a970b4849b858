// One process under measurement, and the conversation with it. Knows no system: a command line, and lines of JSON.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
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

/** A process that runs, and both ends of what is said with it. */
interface Conversation {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  /** The last lines of its standard error. */
  readonly errors: string[];
  /** Resolves when it has ended and all that it said has come. */
  readonly closed: Promise<void>;
}

export class MeasuredProcess<Hello> {
  readonly #with: Conversation;
  /** What it said first. */
  readonly hello: Hello;

  /** Resolves when the process is ready. @throws Error with its last words where it is not within `timeoutMs` */
  static async start<Hello>(line: CommandLine, timeoutMs = 30_000): Promise<MeasuredProcess<Hello>> {
    const conversation = begin(line);
    try {
      return new MeasuredProcess(conversation, await answerOf<Hello>(conversation, timeoutMs));
    } catch (error) {
      conversation.child.kill("SIGKILL");
      throw error;
    }
  }

  private constructor(conversation: Conversation, hello: Hello) {
    this.#with = conversation;
    this.hello = hello;
  }

  /** One command, one answer. @throws Error where the command failed, or the process ended or was silent for too long */
  async ask<Answer>(words: readonly (string | number)[], timeoutMs = 30_000): Promise<Answer> {
    this.#with.child.stdin?.write(`${words.join(" ")}\n`);
    return answerOf(this.#with, timeoutMs);
  }

  /** With `settled`, after its garbage is collected. */
  usage(settled = false): Promise<Usage> {
    return this.ask(["usage", settled ? "settled" : "now"]);
  }

  /** Lets it end, which it does when its input does; a profile is written then. Kills it where it does not. */
  async stop(): Promise<void> {
    const { child, closed } = this.#with;
    child.stdin?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await closed;
    clearTimeout(timer);
  }
}

function begin(line: CommandLine): Conversation {
  const child = spawn(line.command, line.args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...line.env },
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (text) => {
    errors.push(text);
    if (errors.length > keptLines) errors.shift();
  });
  child.on("error", (error) => errors.push(error.message));
  // A process that has gone is noticed by the end of its output.
  child.stdin.on("error", () => {});
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), errors, closed };
}

async function answerOf<Answer>({ child, lines, errors, closed }: Conversation, timeoutMs: number): Promise<Answer> {
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
  if (line.done === true) {
    await closed;
    throw new Error(`the process ended\n${errors.join("\n")}`);
  }
  const answer = JSON.parse(line.value) as Answer | { readonly error: string };
  if (typeof answer === "object" && answer !== null && "error" in answer) throw new Error(answer.error);
  return answer;
}

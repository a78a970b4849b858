// The loop of a process under measurement: a line of words in, a line of JSON out. Ends when its input does, so that no
// process outlives the instrument.
import { createInterface } from "node:readline";

/** Answers to a command's words; a rejection is answered as `error`. */
export type Command = (words: readonly string[]) => unknown;

/** One command at a time, in order. */
export async function obey(commands: ReadonlyMap<string, Command>): Promise<never> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [name = "", ...words] = line.split(" ");
    say(await answer(commands.get(name), name, words));
  }
  process.exit(0);
}

export function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function answer(command: Command | undefined, name: string, words: readonly string[]): Promise<unknown> {
  try {
    if (command === undefined) throw new Error(`there is no command ${name}`);
    return await command(words);
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

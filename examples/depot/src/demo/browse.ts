// Looks around in the depot: lists, searches, watches a folder while it changes, follows a file that grows.
import { readdir } from "node:fs/promises";
import type { Change } from "../depot.js";
import type { Stage } from "./stage.js";

const encoder = new TextEncoder();
/** Streams have no deadline of their own: a demo that waits for ever would tell nothing. */
const patience = { timeoutMs: 30_000 };

export async function browse(stage: Stage): Promise<void> {
  await stage.journal.step("list", () => list(stage));
  await stage.journal.step("search", () => search(stage));
  await stage.journal.step("watch", () => watch(stage));
  await stage.journal.step("tail", () => tail(stage));
}

async function list({ depot, tree, journal }: Stage): Promise<void> {
  const seen = (await depot.list("tree")).map(({ path }) => path);
  const expected = (await readdir(tree.folder)).map((name) => `tree/${name}`).toSorted();
  journal.check("a folder lists what was uploaded", seen.join("\n") === expected.join("\n"), `${seen.length} entries`);
}

async function search({ depot, journal }: Stage): Promise<void> {
  const needle = ["a needle", "in a haystack"].join(" ");
  await depot.append("notes/first.txt", encoder.encode(`nothing\nhere is ${needle}\n`));
  await depot.append("notes/second.txt", encoder.encode(`${needle}, again`));
  const found: string[] = [];
  for await (const { path, line } of depot.search({ text: needle, folder: "" }, patience))
    found.push(`${path}:${line}`);
  journal.check("a search finds each line", found.join() === "notes/first.txt:2,notes/second.txt:1", found.join(", "));

  const some: string[] = [];
  for await (const { path } of depot.search({ text: "export", folder: "tree" }, patience))
    if (some.push(path) === 10) break;
  journal.check("a search ends when the loop is left", some.length === 10, `left after ${some.length} matches`);
}

/** Each change is answered with the next one, so that nothing has to wait for anything. */
async function watch({ depot, journal }: Stage): Promise<void> {
  const path = "news/today.txt";
  const answers: { readonly [Kind in Change["kind"]]?: () => Promise<unknown> } = {
    watching: () => depot.upload(path, once(encoder.encode("morning\n"))),
    stored: () => depot.append(path, encoder.encode("noon\n")),
    grown: () => depot.touch(path),
    touched: () => depot.remove(path),
  };
  const seen: string[] = [];
  for await (const { kind } of depot.watch("news", patience)) {
    seen.push(kind);
    const answer = answers[kind];
    if (answer === undefined) break;
    await answer();
  }
  const expected = "watching, stored, grown, touched, removed";
  journal.check("a watcher sees each change in order", seen.join(", ") === expected, seen.join(", "));
}

async function tail({ depot, journal }: Stage): Promise<void> {
  const path = "logs/growing.log";
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`);
  const rest = lines.values();
  const grow = async (): Promise<void> => {
    const { value } = rest.next();
    if (value !== undefined) await depot.append(path, encoder.encode(value));
  };
  await grow();
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of depot.tail(path, patience)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= lines.join("").length) break;
    await grow();
  }
  journal.check("a tail follows a growing file", text === lines.join(""), `${text.split("\n").length - 1} lines`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

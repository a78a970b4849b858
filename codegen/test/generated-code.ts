// Loads generated code and sends values through it, encoded and decoded as on the wire.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ts } from "ts-morph";
import { afterAll, expect } from "vitest";
import { decodePayload, encodePayload, type Form } from "../../packages/rpc/dist/form.js";
import type { Method, PayloadType, Service } from "../../packages/rpc/dist/service.js";
import { generate } from "../dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "tautline-codegen-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Loads the service that a fixture's generated file exports, with its imports led to the built runtime. */
export async function load(fixture: string, service: string): Promise<ReadonlyMap<string, Method>> {
  return loadFile(fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url)), service);
}

/** The same for a contract that is in no file. */
export async function loadText(name: string, text: string, service: string): Promise<ReadonlyMap<string, Method>> {
  const source = join(folder, `${name}.ts`);
  writeFileSync(source, text);
  return loadFile(source, service);
}

async function loadFile(source: string, service: string): Promise<ReadonlyMap<string, Method>> {
  const { outputs, diagnostics } = generate([source]);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const runtime = new URL("../../packages/rpc/dist/generated.js", import.meta.url).href;
  const { outputText } = ts.transpileModule(outputs[0]?.text ?? "", {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  const path = join(folder, `${basename(source, ".ts")}.rpc.mjs`);
  writeFileSync(path, outputText.replace('"@tautline/rpc/generated"', JSON.stringify(runtime)));
  const module = (await import(pathToFileURL(path).href)) as Record<string, Service<never>>;
  return module[service]?.methods ?? new Map<string, Method>();
}

/** A method that the contract has. */
export function method(service: ReadonlyMap<string, Method>, name: string): Method {
  const found = service.get(name);
  if (found === undefined) throw new Error(`no method ${name}`);
  return found;
}

const bounds = { maxDepth: 64, maxValues: 1_000_000 };

/** Arguments as the other end has them, in either form. */
export function sendArguments(of: Method, args: readonly unknown[]): readonly unknown[] {
  return send(of.request, args);
}

/** A result as the other end has it, in either form. */
export function sendResult(of: Method, value: unknown): unknown {
  return of.response === undefined ? undefined : send(of.response, value);
}

/** Both forms carry the same, or refuse it in the same words. */
function send<T>(type: PayloadType<T>, value: T): T {
  const [named, positional] = (["named", "positional"] as const).map((form) =>
    outcomeOf(() => through(type, value, form)),
  );
  expect(positional).toEqual(named);
  return through(type, value, "named");
}

function through<T>(type: PayloadType<T>, value: T, form: Form): T {
  return decodePayload(type, encodePayload(type, value, form), form, bounds);
}

function outcomeOf(work: () => unknown): unknown {
  try {
    return { value: work() };
  } catch (error) {
    return { error: String(error) };
  }
}

// Loads generated code and sends values through it, encoded and decoded as on the wire.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ts } from "ts-morph";
import { afterAll } from "vitest";
import { decodeValue, encodeValue } from "../../packages/rpc/dist/codec.js";
import type { Method, Service } from "../../packages/rpc/dist/service.js";
import { generate } from "../dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "tautline-codegen-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Loads the service that a fixture's generated file exports, with its imports led to the built runtime. */
export async function load(fixture: string, service: string): Promise<ReadonlyMap<string, Method>> {
  const source = fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url));
  const [output] = generate([source]).outputs;
  const runtime = new URL("../../packages/rpc/dist/generated.js", import.meta.url).href;
  const { outputText } = ts.transpileModule(output?.text ?? "", {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  const path = join(folder, `${fixture}.rpc.mjs`);
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
/** What arrives of a lowered value. */
export const overWire = (lowered: unknown): unknown => decodeValue(encodeValue(lowered), bounds);

/** Arguments as the other end has them. */
export function sendArguments(of: Method, args: readonly unknown[]): readonly unknown[] {
  return of.request.lift(overWire(of.request.lower(args)));
}

/** A result as the other end has it. */
export function sendResult(of: Method, value: unknown): unknown {
  return of.response?.lift(overWire(of.response.lower(value)));
}

// The code that is generated from random models, loaded.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformWithOxc } from "vite";
import type { Schema } from "../../packages/rpc/dist/schema.js";
import type { Method, Service } from "../../packages/rpc/dist/service.js";
import { emit } from "../dist/emit.js";
import type { MethodModel, NamedType, ServiceFile } from "../dist/model.js";
import { camel } from "../dist/spelling.js";
import { faultOf } from "../dist/union.js";
import { mapTypes, reachedTypes, type World } from "./models.js";

/** As the reader leaves unions: flat, and of members that can be told apart. */
export function isSendable({ method, types }: World): boolean {
  const { parameters } = method;
  const isOrdered = parameters.every(({ optional }, index) => !optional || parameters[index + 1]?.optional !== false);
  return (
    isOrdered &&
    reachedTypes({ method, types }).every(
      (type) =>
        type.kind !== "union" ||
        (type.members.length > 1 &&
          type.members.every((each) => each.kind !== "union") &&
          faultOf(type.members, types, "") === undefined),
    )
  );
}

/** The worlds as the methods of one contract, their types told apart by a number. */
export function fileOf(all: readonly World[]): ServiceFile {
  const numbered = all.map((world, index) => {
    const rename = (id: string) => `${id}${index}`;
    const { method, types } = mapTypes(world, (type) =>
      type.kind === "named" ? { kind: "named", id: rename(type.id) } : type,
    );
    return {
      method: { ...method, name: `m${index}`, errors: method.errors.map(rename) },
      types: [...types.values()].map((each): NamedType => ({
        ...each,
        id: rename(each.id),
        name: rename(each.name),
        from: { specifier: "./pairs.js", name: rename(each.name) },
      })),
    };
  });
  const position = { file: "contract.ts", line: 1, column: 1 };
  const methods = numbered.map(({ method }) => method);
  return {
    source: "contract.ts",
    contracts: [
      {
        name: "Pairs",
        serviceName: "Pairs",
        from: { specifier: "./pairs.js", name: "Pairs" },
        doc: [],
        methods,
        position,
      },
    ],
    types: numbered.flatMap(({ types }) => types),
  };
}

/** What a generated file exports, by name. */
type Exports = Readonly<Record<string, unknown>> & { readonly pairsService: Service<never> };

async function load(file: ServiceFile, name: string): Promise<Exports> {
  const runtime = new URL("../../packages/rpc/dist/generated.js", import.meta.url).href;
  const { code } = await transformWithOxc(emit(file), `${name}.ts`);
  const folder = mkdtempSync(join(tmpdir(), "tautline-worlds-"));
  try {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(path, code.replace('"@tautline/rpc/generated"', JSON.stringify(runtime)));
    return (await import(pathToFileURL(path).href)) as Exports;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One version of a contract of such methods, with the code generated from it. */
export class Party {
  readonly #exports: Exports;
  readonly #file: ServiceFile;
  readonly types: ReadonlyMap<string, NamedType>;

  private constructor(exports: Exports, file: ServiceFile) {
    this.#exports = exports;
    this.#file = file;
    this.types = new Map(file.types.map((each) => [each.id, each]));
  }

  static async of(worlds: readonly World[], name: string): Promise<Party> {
    const file = fileOf(worlds);
    return new Party(await load(file, name), file);
  }

  method(name: string): { readonly model: MethodModel; readonly method: Method } {
    const model = this.#file.contracts[0]?.methods.find((each) => each.name === name);
    const method = this.#exports.pairsService.methods.get(name);
    if (model === undefined || method === undefined) throw new Error(`no method ${name}`);
    return { model, method };
  }

  /** The validator of a named type. */
  schema(id: string): Schema<unknown> {
    const schema = this.#exports[`${camel(id)}Schema`];
    if (schema === undefined) throw new Error(`no schema of ${id}`);
    return schema as Schema<unknown>;
  }
}

// What an editor makes of generated code: a client's methods are those of the contract, wherever it declares them.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Project, ts } from "ts-morph";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generate } from "../dist/index.js";
import { LanguageServer } from "./language-server.js";

const runtime = (name: string) => fileURLToPath(new URL(`../../packages/rpc/dist/${name}`, import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), "tautline-editor-")));
const at = (name: string) => join(folder, name);

const contract = `
import type { Checked, Keyed } from "./shared.js";
export interface NewOrder { sku: string; note?: string }
export interface Orders extends Checked, Keyed<NewOrder> {
  /** Places one order. */
  place(order: NewOrder): Promise<string>;
  /** @deprecated use \`place\` */
  watch(filter: string): AsyncIterable<number>;
  readonly pair: (left: string, right?: number) => Promise<void>;
  "quoted"(): Promise<void>;
  /** @oneway */
  viewed(sku: string): void;
}
export interface Orders {
  merged(): Promise<void>;
}
`;

const shared = `
export interface Checked {
  /** Whether it lives. */
  ping(): Promise<boolean>;
}
export interface Keyed<Entry> {
  find(key: string): Promise<Entry | null>;
}
`;

const calls = `
import { OrdersClient } from "./orders.rpc.js";
import type { Caller } from "@tautline/rpc";
export async function run(caller: Caller): Promise<void> {
  const orders = new OrdersClient(caller);
  await orders.place({ sku: "a" }, { timeoutMs: 500 });
  for await (const each of orders.watch("a")) void each;
  await orders.pair("a");
  await orders.quoted();
  await orders.viewed("a");
  await orders.merged();
  await orders.ping();
  await orders.find("a");
}
`;

/** Each call, the file that it leads to, and the line there. */
const targets: readonly (readonly [string, string, string])[] = [
  ["place", "orders.ts", "place(order: NewOrder): Promise<string>;"],
  ["watch", "orders.ts", "watch(filter: string): AsyncIterable<number>;"],
  ["pair", "orders.ts", "readonly pair: (left: string, right?: number) => Promise<void>;"],
  ["quoted", "orders.ts", '"quoted"(): Promise<void>;'],
  ["viewed", "orders.ts", "viewed(sku: string): void;"],
  ["merged", "orders.ts", "merged(): Promise<void>;"],
  ["ping", "shared.ts", "ping(): Promise<boolean>;"],
  ["find", "shared.ts", "find(key: string): Promise<Entry | null>;"],
];

const callOf = (name: string) => calls.indexOf(`orders.${name}(`) + "orders.".length;
const config = {
  compilerOptions: {
    target: "es2022",
    module: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    isolatedDeclarations: true,
    declaration: true,
    erasableSyntaxOnly: true,
    noImplicitOverride: true,
    verbatimModuleSyntax: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
    paths: {
      "@tautline/rpc": [runtime("index.d.ts")],
      "@tautline/rpc/generated": [runtime("generated.d.ts")],
    },
  },
};

let project: Project;

beforeAll(() => {
  const files = { "package.json": '{"type":"module"}', "tsconfig.json": JSON.stringify(config) };
  const sources = { "orders.ts": contract, "shared.ts": shared, "calls.ts": calls };
  for (const [name, text] of Object.entries({ ...files, ...sources })) writeFileSync(at(name), text);
  const { outputs, diagnostics } = generate([at("orders.ts")]);
  expect(diagnostics).toEqual([]);
  for (const { path, text } of outputs) writeFileSync(path, text);
  project = new Project({ tsConfigFilePath: at("tsconfig.json") });
});

afterAll(() => rmSync(folder, { recursive: true }));

const service = () => project.getLanguageService().compilerObject;

/** What the compiler says of the project with `source` in it, and with the contract as `orders`. */
function faults(source: string, orders = contract): string[] {
  project.createSourceFile(at("more.ts"), source, { overwrite: true });
  project.getSourceFileOrThrow(at("orders.ts")).replaceWithText(orders);
  return project
    .getSourceFiles()
    .filter((each) => each.getFilePath().startsWith(folder))
    .flatMap((each) => [
      ...service().getSyntacticDiagnostics(each.getFilePath()),
      ...service().getSemanticDiagnostics(each.getFilePath()),
    ])
    .map(({ file, code }) => `${basename(file?.fileName ?? "")} ${code}`);
}

describe("a call on a client leads to the contract", () => {
  it.each(targets)("by the compiler's language service: %s", (name, file, line) => {
    const found = service().getDefinitionAtPosition(at("calls.ts"), callOf(name)) ?? [];
    const places = found.map(({ fileName, textSpan }) => {
      const source = project.getSourceFileOrThrow(fileName);
      const { line: number } = source.getLineAndColumnAtPos(textSpan.start);
      return { path: fileName, line: source.getFullText().split("\n")[number - 1]?.trim() };
    });
    expect(places).toEqual([{ path: at(file), line }]);
  });

  it("by the server of TypeScript 7", async () => {
    const server = await LanguageServer.start(folder);
    try {
      server.open(at("calls.ts"));
      for (const [name, file, line] of targets) {
        expect(await server.definitions(at("calls.ts"), callOf(name))).toEqual([{ path: at(file), line }]);
      }
    } finally {
      server.close();
    }
  });

  it("and is found from there", () => {
    const found = service().findReferences(at("orders.ts"), contract.indexOf("place(")) ?? [];
    const places = found.flatMap(({ references }) =>
      references.map(({ fileName, textSpan }) => `${basename(fileName)} ${textSpan.start}`),
    );
    expect(places).toContain(`calls.ts ${callOf("place")}`);
  });
});

describe("at a call on a client stands", () => {
  const hover = (name: string) => service().getQuickInfoAtPosition(at("calls.ts"), callOf(name));

  it("its own signature, with the call options", () => {
    expect(ts.displayPartsToString(hover("place")?.displayParts)).toContain(
      "place(order: NewOrder, options?: CallOptions): Promise<string>",
    );
    expect(ts.displayPartsToString(hover("viewed")?.displayParts)).toContain(
      "viewed(sku: string, options?: CallOptions): Promise<void>",
    );
  });

  it("the comment of the contract", () => {
    expect(ts.displayPartsToString(hover("place")?.documentation)).toBe("Places one order.");
    expect(ts.displayPartsToString(hover("ping")?.documentation)).toBe("Whether it lives.");
  });

  it("that it is deprecated, where it is", () => {
    const struck = service()
      .getSuggestionDiagnostics(at("calls.ts"))
      .filter((each) => each.reportsDeprecated !== undefined);
    expect(struck.map(({ start, length }) => calls.slice(start, start + length))).toEqual(["watch"]);
  });
});

describe("a client", () => {
  const imports = `
    import type { CallOptions, Caller } from "@tautline/rpc";
    import { OrdersClient } from "./orders.rpc.js";
    import type { NewOrder } from "./orders.js";
  `;

  it("is typed as the contract is", () => {
    const wrong = `${imports}
      export const run = (orders: OrdersClient): Promise<string> => orders.place({ sku: 7 });
      export const open = (): OrdersClient => new OrdersClient("no caller");
    `;
    expect(faults("")).toEqual([]);
    expect(faults(wrong)).toEqual(["more.ts 2322", "more.ts 2769"]);
  });

  it("can be told from other values, and extended with methods, its own among them", () => {
    const source = `${imports}
      export class Audited extends OrdersClient {
        readonly #log: string[];
        constructor(caller: Caller, log: string[]) {
          super(caller);
          this.#log = log;
        }
        override async place(order: NewOrder, options?: CallOptions): Promise<string> {
          this.#log.push(order.sku);
          return super.place(order, options);
        }
        async placeTwice(order: NewOrder): Promise<void> {
          await this.place(order);
          await this.place(order);
        }
      }
      export const open = (caller: Caller): OrdersClient => new Audited(caller, []);
      export const place = (value: unknown): Promise<string> | undefined =>
        value instanceof OrdersClient ? value.place({ sku: "a" }) : undefined;
    `;
    expect(faults(source)).toEqual([]);
  });

  it("may be any object that has the methods", () => {
    const source = `${imports}
      export const fake: Pick<OrdersClient, "place"> = { place: async (order) => order.sku };
      export class Fake implements Pick<OrdersClient, "ping"> {
        async ping(): Promise<boolean> {
          return true;
        }
      }
    `;
    expect(faults(source)).toEqual([]);
  });

  it("is what it was when it was generated, while the contract is ahead of it", () => {
    const grown = contract.replace("merged(): Promise<void>;", "merged(): Promise<void>; more(): Promise<void>;");
    expect(faults("", grown)).toEqual([]);
    expect(faults(`${imports} export const f = (orders: OrdersClient): unknown => orders.more;`, grown)).toEqual([
      "more.ts 2339",
    ]);
    const shrunk = contract.replace("merged(): Promise<void>;", "");
    expect(faults("", shrunk)).toEqual(["calls.ts 2339"]);
  });
});

describe("a client's class", () => {
  it("is one under its own name, for instanceof, for stack traces and for what extends it", async () => {
    const { outputText } = ts.transpileModule(project.getSourceFileOrThrow(at("orders.rpc.ts")).getFullText(), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    });
    const path = at("orders.rpc.mjs");
    writeFileSync(
      path,
      outputText.replace('"@tautline/rpc/generated"', `"${pathToFileURL(runtime("generated.js")).href}"`),
    );
    interface Calls {
      place(order: object): unknown;
    }
    const { OrdersClient } = (await import(pathToFileURL(path).href)) as {
      OrdersClient: new (caller: object) => Calls;
    };
    const stack = () => new Error("here").stack;
    const caller = { unary: () => stack() };
    const orders = new OrdersClient(caller);
    expect(OrdersClient.name).toBe("OrdersClient");
    expect(orders).toBeInstanceOf(OrdersClient);
    expect(orders.place({})).toContain("at OrdersClient.place (");
    class Audited extends OrdersClient {
      override place(order: object): unknown {
        return ["audited", typeof super.place(order)];
      }
    }
    expect(new Audited(caller)).toBeInstanceOf(OrdersClient);
    expect(new Audited(caller).place({})).toEqual(["audited", "string"]);
  });
});

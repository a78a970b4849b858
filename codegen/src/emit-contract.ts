// Writes what one contract becomes: the handlers' interface, the methods' descriptors, the service, and the client.
import type { SerializerEmitter } from "./emit-serializer.js";
import { joined, list, newline, type Layout } from "./layout.js";
import type { Contract, MethodModel, ParameterModel, TypeModel } from "./model.js";
import { Names } from "./names.js";
import { fingerprintOf, fingerprintOfService } from "./schema.js";
import { camel, pascal, quote, spell } from "./spelling.js";
import type { Types } from "./types.js";

/** What the parts of one generated file share. */
export interface FileNames {
  readonly serializer: SerializerEmitter;
  readonly types: Types;
  readonly typeName: (id: string) => string;
  /** What the file calls the contract's own interface. */
  readonly contractName: (contract: Contract) => string;
  /** The class of a declared error, by the id of its interface. */
  readonly errorName: (id: string) => string;
  /** Gives a name of the runtime's, and has it imported. */
  readonly runtime: (name: string) => string;
  readonly names: Names;
}

/** The names that a contract's generated code exports. */
export function exportedNames(contract: Contract): { handlers: string; service: string; client: string } {
  const name = pascal(contract.name);
  return { handlers: `${name}Handlers`, service: `${camel(contract.name)}Service`, client: `${name}Client` };
}

/** The parts in their order in the file. */
export function emitContract(contract: Contract, file: FileNames): Layout[] {
  const { handlers, service, client } = exportedNames(contract);
  const methods = contract.methods.map((method) => ({
    method,
    constant: file.names.take(camel(contract.name) + pascal(method.name)),
    fingerprint: fingerprintOf(method, file.types),
  }));
  const members = methods.map(({ method }) => [...docLines(method.doc), handlerSignature(method, file)]);
  const constants = methods.map(({ constant }) => constant);
  const ofService = fingerprintOfService(methods.map(({ method, fingerprint }) => [method.name, fingerprint]));
  const define = [
    `${file.runtime("defineService")}<${handlers}>(`,
    `${quote(contract.serviceName)}, `,
    list("[", constants, "]"),
    ");",
  ];
  const calls = methods.map(({ method, constant }) => [...docLines(method.doc), clientMethod(method, constant, file)]);
  const caller = file.runtime("Caller");
  const types = file.names.take(`${pascal(contract.name)}Calls`);
  const own = file.contractName(contract);
  const stub = file.names.take(`${pascal(contract.name)}Stub`);
  return [
    [
      ...docLines([`What serves ${contract.name}.`, ...after(contract.doc)]),
      block(`export interface ${handlers} {`, joined(members)),
    ],
    ...methods.map((each) => descriptor(contract, each, ofService, file)),
    [
      ...docLines([`${contract.name} as a value: what a server serves, once it has handlers.`]),
      `export const ${service}: ${file.runtime("Service")}<${handlers}> = `,
      define,
    ],
    [
      ...docLines([`What the calls of ${contract.name} take and give.`]),
      block(`interface ${types} {`, joined(methods.map(({ method }) => callType(method, file)))),
    ],
    [
      `// By the keys of ${own}, so that an editor goes from a call to where the contract declares it.`,
      newline,
      block(`export type ${client} = {`, keysOf(own, types)),
      ";",
    ],
    block(`class ${stub} {`, [
      `readonly #caller: ${caller};`,
      newline,
      newline,
      block(`constructor(caller: ${caller}) {`, "this.#caller = caller;"),
      calls.map((each) => [newline, newline, each]),
    ]),
    [
      ...docLines([`Calls ${contract.name} over a channel.`, ...after(contract.doc)]),
      block(`export const ${client}: {`, [
        `new <Over extends ${caller}>(caller: Over): ${client};`,
        newline,
        // A signature with type parameters is not there for an `extends` without type arguments.
        "/** For `extends`: only what a class declares as methods can be overridden by methods. */",
        newline,
        `new (caller: ${caller}): ${stub};`,
        newline,
        `readonly prototype: ${client};`,
      ]),
      // A class of its own takes the constant's name, for stack traces and debuggers.
      ` = class extends ${stub} {};`,
    ],
  ];
}

/** The members of a mapped type: the contract's keys that the file knows, since either may be older than the other. */
function keysOf(contract: string, types: string): Layout {
  return list("[Key in keyof Pick<", [contract, `keyof ${contract} & keyof ${types}`], `>]: ${types}[Key];`);
}

/** A doc comment and the line break behind it; nothing for no lines. */
export function docLines(doc: readonly string[]): Layout[] {
  const [first] = doc;
  if (first === undefined) return [];
  if (doc.length === 1) return [`/** ${first} */`, newline];
  return ["/**", doc.map((line) => [newline, line === "" ? " *" : ` * ${line}`]), newline, " */", newline];
}

/** `open`, the body indented, and a closing brace. */
export function block(open: string, body: Layout): Layout {
  return [open, { indent: [newline, body] }, newline, "}"];
}

function after(doc: readonly string[]): readonly string[] {
  return doc.length === 0 ? [] : ["", ...doc];
}

/** What parameters are called in generated code, where the contract's name would not do. */
function parameterNames(method: MethodModel): { names: string[]; stream: string; options: string; context: string } {
  const names = new Names([]);
  const parameters = method.parameters.map((each) => names.take(each.name));
  const stream = names.take(method.stream?.name ?? "items");
  return { names: parameters, stream, options: names.take("options"), context: names.take("context") };
}

function handlerSignature(method: MethodModel, file: FileNames): Layout {
  const { names, stream, context } = parameterNames(method);
  const given = method.parameters.map((each, index) => `${names[index]}: ${orUndefined(each, file)}`);
  const streamed =
    method.stream === undefined ? [] : [`${stream}: AsyncIterable<${spell(method.stream.type, file.typeName)}>`];
  const parameters = [...given, ...streamed, `${context}: ${file.runtime("CallContext")}`];
  const result = method.shape === "one-way" ? "void | Promise<void>" : resultOf(method, file);
  return list(`${method.name}(`, parameters, `): ${result};`);
}

/** The parameters and the result of a client's method. */
function clientSignature(method: MethodModel, file: FileNames): { parameters: string[]; result: string } {
  const { names, stream, options } = parameterNames(method);
  const given = method.parameters.map((each, index) =>
    // Before a stream, which cannot be left out, nothing can.
    each.optional && method.stream === undefined
      ? `${names[index]}?: ${spell(each.type, file.typeName)}`
      : `${names[index]}: ${orUndefined(each, file)}`,
  );
  const streamed =
    method.stream === undefined ? [] : [`${stream}: AsyncIterable<${spell(method.stream.type, file.typeName)}>`];
  const parameters = [...given, ...streamed, `${options}?: ${file.runtime("CallOptions")}`];
  return { parameters, result: method.shape === "one-way" ? "Promise<void>" : resultOf(method, file) };
}

/** As a property: what has a method's signature is found at that signature, and this is not where to look. */
function callType(method: MethodModel, file: FileNames): Layout {
  const { parameters, result } = clientSignature(method, file);
  return list(`${method.name}: (`, parameters, `) => ${result};`);
}

function clientMethod(method: MethodModel, constant: string, file: FileNames): Layout {
  const { names, stream, options } = parameterNames(method);
  const { parameters, result } = clientSignature(method, file);
  const passed = [constant, list("[", names, "]"), ...(method.stream === undefined ? [] : [stream]), options];
  const call = list(`return this.#caller.${callOf[method.shape]}(`, passed, ");");
  return [list(`${method.name}(`, parameters, `): ${result} {`), { indent: [newline, call] }, newline, "}"];
}

const callOf = {
  unary: "unary",
  "server-stream": "serverStream",
  "client-stream": "clientStream",
  "bidi-stream": "bidiStream",
  "one-way": "oneWay",
} as const;

function orUndefined(parameter: ParameterModel, file: FileNames): string {
  return spell(parameter.type, file.typeName) + (parameter.optional ? " | undefined" : "");
}

function resultOf(method: MethodModel, file: FileNames): string {
  const item = method.result === undefined ? "void" : spell(method.result, file.typeName);
  return method.shape === "unary" || method.shape === "client-stream" ? `Promise<${item}>` : `AsyncIterable<${item}>`;
}

interface NamedMethod {
  readonly method: MethodModel;
  /** What its descriptor is called. */
  readonly constant: string;
  readonly fingerprint: string;
}

function descriptor(
  contract: Contract,
  { method, constant, fingerprint }: NamedMethod,
  ofService: string,
  file: FileNames,
): Layout {
  const words = pascal(contract.name) + pascal(method.name);
  const item = method.stream;
  const result = method.result;
  // Asked for only where it is used: to ask for a name is to import it.
  const noResult = (): string => (method.shape === "one-way" ? "undefined" : file.runtime("nothing"));
  const isOne = method.shape === "unary" || method.shape === "client-stream";
  const fields: [string, Layout][] = [
    ["service", quote(contract.serviceName)],
    ["name", quote(method.name)],
    ["shape", quote(method.shape)],
    ["parameters", String(method.parameters.length)],
    ["request", argumentsOf(method, words, file)],
    [
      "requestItem",
      item === undefined ? "undefined" : payloadOf(item.type, item.name, words + pascal(item.name), file),
    ],
    [
      "response",
      result === undefined ? noResult() : payloadOf(result, isOne ? "result" : "item", `${words}Result`, file),
    ],
    ["errors", list("[", method.errors.map(file.errorName), "]")],
    ["timeoutMs", String(method.timeoutMs)],
    ["idempotent", String(method.idempotent)],
    ["fingerprint", quote(fingerprint)],
    ["serviceFingerprint", quote(ofService)],
  ];
  const body = joined(fields.map(([name, value]) => [`${name}: `, value, ","]));
  return [block(`const ${constant} = ${file.runtime("defineMethod")}({`, body), ");"];
}

/** How one value travels; `at` is what error messages call it. */
function payloadOf(type: TypeModel, at: string, words: string, file: FileNames): Layout {
  const functions = [file.serializer.of({ type }, "write", words), file.serializer.of({ type }, "read", words)];
  return list(`${file.runtime("payloadOf")}(`, [quote(at), ...functions], ")");
}

function argumentsOf({ parameters }: MethodModel, words: string, file: FileNames): Layout {
  const required = parameters.filter((each) => !each.optional).length;
  const all = parameters.map((each): Layout => {
    const own = words + pascal(each.name);
    const functions = [file.serializer.of(each, "write", own), file.serializer.of(each, "read", own)];
    return list(`${file.runtime("argument")}(`, [quote(each.name), ...functions], ")");
  });
  return list(`${file.runtime("argumentsOf")}(`, [String(required), ...all], ")");
}

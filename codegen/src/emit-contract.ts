// Writes what one contract becomes: the handlers' interface, the methods' descriptors, the service, and the client.
import type { DescriptorEmitter } from "./emit-descriptor.js";
import type { FileScope } from "./file-scope.js";
import { joined, list, newline, type Layout } from "./layout.js";
import type { Contract, MethodModel, ParameterModel } from "./model.js";
import { exportedNames, Names } from "./names.js";
import { block, docLines } from "./pieces.js";
import { fingerprintOf, fingerprintOfService } from "./schema.js";
import { camel, pascal, quote } from "./spelling.js";

/** The parts in their order in the file. */
export function emitContract(contract: Contract, file: FileScope, descriptors: DescriptorEmitter): Layout[] {
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
    ...methods.map((each) => descriptors.of(contract, each, ofService)),
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
  return list("[Key in keyof Pick<", [contract, `keyof (${contract} | ${types})`], `>]: ${types}[Key];`);
}

function after(doc: readonly string[]): readonly string[] {
  return doc.length === 0 ? [] : ["", ...doc];
}

/** What parameters are called in generated code, where the contract's name would not do. */
function parameterNames(method: MethodModel): { names: string[]; stream: string; options: string; context: string } {
  // A class in a module has no parameter of this name; an interface may have one.
  const names = new Names(["await"]);
  const parameters = method.parameters.map((each) => names.take(each.name));
  const stream = names.take(method.stream?.name ?? "items");
  return { names: parameters, stream, options: names.take("options"), context: names.take("context") };
}

function handlerSignature(method: MethodModel, file: FileScope): Layout {
  const { names, stream, context } = parameterNames(method);
  const given = method.parameters.map((each, index) => `${names[index]}: ${orUndefined(each, file)}`);
  const streamed = method.stream === undefined ? [] : [`${stream}: AsyncIterable<${file.spell(method.stream.type)}>`];
  const parameters = [...given, ...streamed, `${context}: ${file.runtime("CallContext")}`];
  const result = method.shape === "one-way" ? "void | Promise<void>" : resultOf(method, file);
  return list(`${method.name}(`, parameters, `): ${result};`);
}

/** The parameters and the result of a client's method. */
function clientSignature(method: MethodModel, file: FileScope): { parameters: string[]; result: string } {
  const { names, stream, options } = parameterNames(method);
  const given = method.parameters.map((each, index) =>
    // Before a stream, which cannot be left out, nothing can.
    each.optional && method.stream === undefined
      ? `${names[index]}?: ${file.spell(each.type)}`
      : `${names[index]}: ${orUndefined(each, file)}`,
  );
  const streamed = method.stream === undefined ? [] : [`${stream}: AsyncIterable<${file.spell(method.stream.type)}>`];
  const parameters = [...given, ...streamed, `${options}?: ${file.runtime("CallOptions")}`];
  return { parameters, result: method.shape === "one-way" ? "Promise<void>" : resultOf(method, file) };
}

/** As a property: what has a method's signature is found at that signature, and this is not where to look. */
function callType(method: MethodModel, file: FileScope): Layout {
  const { parameters, result } = clientSignature(method, file);
  return list(`${method.name}: (`, parameters, `) => ${result};`);
}

function clientMethod(method: MethodModel, constant: string, file: FileScope): Layout {
  const { names, stream, options } = parameterNames(method);
  const { parameters, result } = clientSignature(method, file);
  const passed = [constant, list("[", names, "]"), ...(method.stream === undefined ? [] : [stream]), options];
  const call = list(`return this.#caller.${callOf[method.shape]}(`, passed, ");");
  return block(list(`${method.name}(`, parameters, `): ${result} {`), call);
}

const callOf = {
  unary: "unary",
  "server-stream": "serverStream",
  "client-stream": "clientStream",
  "bidi-stream": "bidiStream",
  "one-way": "oneWay",
} as const;

function orUndefined(parameter: ParameterModel, file: FileScope): string {
  return file.spell(parameter.type) + (parameter.optional ? " | undefined" : "");
}

function resultOf(method: MethodModel, file: FileScope): string {
  const item = method.result === undefined ? "void" : file.spell(method.result);
  return method.shape === "unary" || method.shape === "client-stream" ? `Promise<${item}>` : `AsyncIterable<${item}>`;
}

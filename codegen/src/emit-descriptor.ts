// Writes what the runtime knows of a method: its shape, how its values travel, and its fingerprints.
import type { SerializerEmitter } from "./emit-serializer.js";
import type { FileScope } from "./file-scope.js";
import { joined, list, type Layout } from "./layout.js";
import type { Contract, MethodModel, TypeModel } from "./model.js";
import { block } from "./pieces.js";
import { pascal, quote } from "./spelling.js";

/** A method with what only the whole contract says of it. */
export interface NamedMethod {
  readonly method: MethodModel;
  /** What its descriptor is called. */
  readonly constant: string;
  readonly fingerprint: string;
}

/** Writes the descriptors of one file's methods. */
export class DescriptorEmitter {
  readonly #file: FileScope;
  readonly #serializer: SerializerEmitter;

  constructor(file: FileScope, serializer: SerializerEmitter) {
    this.#file = file;
    this.#serializer = serializer;
  }

  /** `ofService` is the fingerprint of the contract as a whole. */
  of(contract: Contract, { method, constant, fingerprint }: NamedMethod, ofService: string): Layout {
    const words = pascal(contract.name) + pascal(method.name);
    const item = method.stream;
    const result = method.result;
    // Asked for only where it is used: to ask for a name is to import it.
    const noResult = (): string => (method.shape === "one-way" ? "undefined" : this.#file.runtime("nothing"));
    const isOne = method.shape === "unary" || method.shape === "client-stream";
    const fields: [string, Layout][] = [
      ["service", quote(contract.serviceName)],
      ["name", quote(method.name)],
      ["shape", quote(method.shape)],
      ["parameters", String(method.parameters.length)],
      ["request", this.#arguments(method, words)],
      [
        "requestItem",
        item === undefined ? "undefined" : this.#payload(item.type, item.name, words + pascal(item.name)),
      ],
      [
        "response",
        result === undefined ? noResult() : this.#payload(result, isOne ? "result" : "item", `${words}Result`),
      ],
      ["errors", list("[", method.errors.map(this.#file.errorName), "]")],
      ["timeoutMs", String(method.timeoutMs)],
      ["idempotent", String(method.idempotent)],
      ["fingerprint", quote(fingerprint)],
      ["serviceFingerprint", quote(ofService)],
    ];
    const body = joined(fields.map(([name, value]) => [`${name}: `, value, ","]));
    return [block(`const ${constant} = ${this.#file.runtime("defineMethod")}({`, body), ");"];
  }

  /** How one value travels; `at` is what error messages call it. */
  #payload(type: TypeModel, at: string, words: string): Layout {
    return list(`${this.#file.runtime("payloadOf")}(`, [quote(at), ...this.#serializer.pairOf({ type }, words)], ")");
  }

  #arguments({ parameters }: MethodModel, words: string): Layout {
    const required = parameters.filter((each) => !each.optional).length;
    const all = parameters.map((each): Layout => {
      const functions = this.#serializer.pairOf(each, words + pascal(each.name));
      return list(`${this.#file.runtime("argument")}(`, [quote(each.name), ...functions], ")");
    });
    return list(`${this.#file.runtime("argumentsOf")}(`, [String(required), ...all], ")");
  }
}

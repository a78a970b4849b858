// The rules of a contract: which interfaces are contracts, what shape each call has, and what a call may not be.
import { parameterDocs, tagsIn } from "./bounds.js";
import { say, type Diagnostics } from "./diagnostics.js";
import { durationMs, tagsOf, type Tags } from "./doc.js";
import type { Contract, MethodModel, ParameterModel, Shape } from "./model.js";
import { Place, type TypeReader } from "./read-type.js";
import type { SourceInterface, SourceMember, SourceParameter, SourceSignature, SourceType } from "./source.js";
import { isIdentifier, pascal } from "./spelling.js";
import { declaredName } from "./types.js";

/** Names that would hide what every object has, make a client look like a promise, or an interface's method a constructor. */
const refusedNames = new Set([...Object.getOwnPropertyNames(Object.prototype), "prototype", "then", "new"]);

/** Every error's own properties, and those of RpcError: a declared field cannot have these names. */
const errorNames = new Set(
  [
    "name",
    "message",
    "stack",
    "cause",
    "code",
    "executed",
    "details",
    "retryAfterMs",
    "timing",
    "attempts",
    "chain",
  ].concat(Object.getOwnPropertyNames(Object.prototype)),
);

/** Reads the contracts among a file's exported interfaces. `reader` collects the types that they reach. */
export function readContracts(
  interfaces: readonly SourceInterface[],
  reader: TypeReader,
  diagnostics: Diagnostics,
): Contract[] {
  const contracts = interfaces
    .filter((each) => isContract(each, diagnostics))
    .map((each) => new ContractReader(each, reader, diagnostics).read());
  const errors = new Map<string, string>();
  for (const { name, methods } of contracts) {
    for (const method of methods) {
      for (const id of method.errors) {
        const declared = declaredName(id);
        const generated = pascal(declared);
        if ((errors.get(generated) ?? id) !== id)
          diagnostics.report(method.position, say.throwsSame(`${name}.${method.name}`, declared));
        errors.set(generated, id);
      }
    }
  }
  const generated = new Map<string, string>();
  const onWire = new Set<string>();
  for (const { name, serviceName, position } of contracts) {
    const other = generated.get(pascal(name));
    if (other !== undefined) diagnostics.report(position, say.sameExport(name, other));
    if (onWire.has(serviceName)) diagnostics.report(position, say.sameService(name, serviceName));
    generated.set(pascal(name), name);
    onWire.add(serviceName);
  }
  return contracts;
}

function isContract(source: SourceInterface, diagnostics: Diagnostics): boolean {
  // One with type parameters is for others to extend.
  if (source.typeParameters > 0) return false;
  const calls = source.members.filter((each) => each.signatures.length > 0);
  const data = source.members.find((each) => each.signatures.length === 0);
  if (calls.length === 0) return false;
  const results = (kinds: readonly string[]) =>
    calls.some(({ signatures }) => signatures.some(({ result }) => kinds.includes(result.view().kind)));
  if (data === undefined) return results(["promise", "stream", "void"]);
  // Data with a callback in it is no contract: where it is sent, its function is refused.
  if (results(["promise", "stream"])) diagnostics.report(data.position, say.mixed(source.name, data.name));
  return false;
}

class ContractReader {
  readonly #source: SourceInterface;
  readonly #reader: TypeReader;
  readonly #diagnostics: Diagnostics;

  constructor(source: SourceInterface, reader: TypeReader, diagnostics: Diagnostics) {
    this.#source = source;
    this.#reader = reader;
    this.#diagnostics = diagnostics;
  }

  read(): Contract {
    const { name, doc, position, members, nameless } = this.#source;
    const serviceName = tagsOf(doc).service ?? name;
    for (const each of nameless) this.#diagnostics.report(each, say.nameless(name));
    if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(serviceName))
      this.#diagnostics.report(position, say.serviceName(name, serviceName));
    const methods = members.flatMap((each) => this.#method(each) ?? []);
    return { name, serviceName, from: this.#source.from(), doc, methods, position };
  }

  #method(member: SourceMember): MethodModel | undefined {
    const path = `${this.#source.name}.${member.name}`;
    const report = (message: string) => this.#diagnostics.report(member.position, message);
    if (refusedNames.has(member.name)) report(say.methodName(path));
    else if (!isIdentifier(member.name)) report(say.methodNameForm(path));
    if (member.optional) report(say.optionalMethod(path));
    const [signature, ...more] = member.signatures;
    if (signature === undefined) return undefined;
    if (more.length > 0) {
      report(say.overloads(path));
      return undefined;
    }
    if (signature.typeParameters > 0) report(say.genericMethod(path));
    const tags = tagsOf(member.doc);
    const words = this.#source.name + pascal(member.name);
    const told = parameterDocs(member.doc);
    for (const name of told.keys()) {
      if (!signature.parameters.some((each) => each.name === name)) report(say.boundNowhere(path, name));
    }
    const { parameters, stream } = this.#parameters(signature, told, path, words);
    const { shape, result } = this.#result(signature, tags, stream !== undefined, member, path);
    const timeoutMs = tags.timeout === undefined ? undefined : durationMs(tags.timeout);
    if (tags.timeout !== undefined && timeoutMs === undefined) report(say.timeout(path, tags.timeout));
    return {
      name: member.name,
      doc: member.doc,
      shape,
      parameters,
      stream,
      result:
        result === undefined
          ? undefined
          : this.#reader.read(result, new Place(member.position, `${words}Result`, `${path}(): `, "result", "")),
      errors: this.#errors(tags, shape, member, path),
      timeoutMs,
      idempotent: tags.idempotent,
      position: member.position,
    };
  }

  #parameters(
    signature: SourceSignature,
    told: ReadonlyMap<string, readonly string[]>,
    path: string,
    words: string,
  ): Pick<MethodModel, "parameters" | "stream"> {
    const parameters: ParameterModel[] = [];
    let stream: ParameterModel | undefined;
    for (const [index, parameter] of signature.parameters.entries()) {
      const { name, optional, position } = parameter;
      if (!this.#isPlain(parameter, path)) continue;
      const view = parameter.type.view();
      const read = (source: SourceType): ParameterModel => {
        const place = new Place(position, words + pascal(name), `${path}(`, name, ")");
        const type = this.#reader.read(source, place);
        const doc = [...parameter.doc, ...(told.get(name) ?? [])];
        if (view.kind === "stream") {
          if (tagsIn(doc).length > 0) this.#diagnostics.report(position, say.boundStream(path, name));
          return { name, optional, type };
        }
        const bounds = this.#reader.bounds(doc, type, place);
        return { name, optional, type, ...(bounds === undefined ? {} : { bounds }) };
      };
      if (view.kind !== "stream") {
        parameters.push(read(parameter.type));
        continue;
      }
      if (index !== signature.parameters.length - 1) this.#diagnostics.report(position, say.streamPlace(path, name));
      if (optional) this.#diagnostics.report(position, say.streamOptional(path, name));
      stream = read(view.of);
    }
    return { parameters, stream };
  }

  #isPlain({ form, name, position }: SourceParameter, path: string): boolean {
    if (form === "rest") this.#diagnostics.report(position, say.rest(path, name));
    if (form === "pattern") this.#diagnostics.report(position, say.pattern(path));
    if (form === "this") this.#diagnostics.report(position, say.thisParameter(path));
    return form === "plain";
  }

  #result(
    signature: SourceSignature,
    tags: Tags,
    streams: boolean,
    member: SourceMember,
    path: string,
  ): { readonly shape: Shape; readonly result: SourceType | undefined } {
    const report = (message: string) => this.#diagnostics.report(member.position, message);
    const view = signature.result.view();
    if (tags.oneway && view.kind !== "void") report(say.tagWithoutVoid(path));
    switch (view.kind) {
      case "void":
        if (!tags.oneway) report(say.voidWithoutTag(path));
        if (streams) report(say.oneWayStream(path));
        return { shape: "one-way", result: undefined };
      case "stream":
        return { shape: streams ? "bidi-stream" : "server-stream", result: view.of };
      case "promise":
        return {
          shape: streams ? "client-stream" : "unary",
          result: view.of.view().kind === "void" ? undefined : view.of,
        };
      default:
        report(say.synchronous(path, signature.result.text()));
        return { shape: "unary", result: undefined };
    }
  }

  #errors(tags: Tags, shape: Shape, member: SourceMember, path: string): string[] {
    const report = (message: string) => this.#diagnostics.report(member.position, message);
    if (shape === "one-way" && tags.throws.length > 0) report(say.oneWayThrows(path));
    const ids = new Set<string>();
    for (const name of tags.throws) {
      if (name === undefined) {
        report(say.throwsForm(path));
        continue;
      }
      const type = this.#source.resolve(name);
      if (type === undefined) {
        report(say.throwsUnknown(path, name));
        continue;
      }
      const view = type.view();
      const model = this.#reader.read(type, new Place(member.position, name, `${path}() throws `, name, ""));
      if (view.kind !== "object" || model.kind !== "named") {
        report(say.throwsShape(path, name));
        continue;
      }
      if (view.open !== undefined) report(say.throwsOpen(path, name));
      if (type.name?.from === undefined) {
        report(say.notExported(`${path}() throws ${name}`, name));
        continue;
      }
      for (const field of view.properties) {
        if (errorNames.has(field.name))
          this.#diagnostics.report(field.position ?? member.position, say.throwsField(name, field.name));
      }
      ids.add(model.id);
    }
    return [...ids];
  }
}

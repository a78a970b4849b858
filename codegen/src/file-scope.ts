// What the parts of one generated file share: the types, what the file calls them, and what it has to import for that.
import { runtimeImports, runtimeNames, userImports } from "./imports.js";
import type { Layout } from "./layout.js";
import type { Contract, ImportModel, NamedType, ServiceFile, TypeModel } from "./model.js";
import { exportedNames, globals, locals, Names } from "./names.js";
import { pascal, spell, spellInstance } from "./spelling.js";
import { byId, namedType, type Types } from "./types.js";

/** The names of one generated file. */
export class FileScope {
  readonly types: Types;
  /** Hands out those that are free. */
  readonly names: Names;
  /** Ids of the declared errors, each once. */
  readonly errors: readonly string[];
  /** What the file calls what it imports, by {@link importKey}, and types of its own, by their ids. */
  readonly #called = new Map<string, string>();
  readonly #imported = new Map<ImportModel, string>();
  readonly #used = new Set<string>();

  constructor({ contracts, types }: ServiceFile) {
    this.types = byId(types);
    const methods = contracts.flatMap((each) => each.methods);
    this.errors = [...new Set(methods.flatMap((each) => each.errors))];
    const parameters = methods.flatMap(({ parameters, stream }) => (stream ? [...parameters, stream] : parameters));
    this.names = new Names([
      ...globals,
      ...locals,
      ...runtimeNames,
      ...parameters.map(({ name }) => name),
      ...contracts.flatMap((each) => Object.values(exportedNames(each))),
      ...this.errors.map(this.errorName),
    ]);
    for (const { from, name } of contracts) {
      const called = this.names.take(name);
      this.#called.set(importKey(from), called);
      this.#imported.set(from, called);
    }
    for (const type of types) {
      // Instances of one generic type share its import.
      const key = typeKey(type);
      if (!this.#called.has(key)) this.#called.set(key, this.names.take(type.name));
    }
  }

  /** What the file calls a named type, with its arguments: to ask is to import it. */
  readonly typeName = (id: string): string => {
    const type = namedType(id, this.types);
    const called = this.#called.get(typeKey(type)) ?? id;
    if (type.from !== undefined) this.#imported.set(type.from, called);
    return spellInstance(called, type.arguments, this.typeName);
  };

  /** A type as it is written in the file. */
  spell(type: TypeModel): string {
    return spell(type, this.typeName);
  }

  /** The class of a declared error, by the id of its interface. */
  readonly errorName = (id: string): string => `${pascal(namedType(id, this.types).name)}Error`;

  /** What the file calls the contract's own interface. */
  contractName({ from, name }: Contract): string {
    return this.#called.get(importKey(from)) ?? name;
  }

  /** A name of the runtime's: to ask is to import it. */
  runtime(name: string): string {
    this.#used.add(name);
    return name;
  }

  /** For all that was asked for so far. */
  imports(): Layout[] {
    return [...runtimeImports(this.#used), ...userImports(this.#imported)];
  }
}

function typeKey(type: NamedType): string {
  return type.from === undefined ? type.id : importKey(type.from);
}

function importKey({ specifier, name }: ImportModel): string {
  return `${specifier}\n${name}`;
}

// Types as source.ts wants them seen, from what the checker knows. What may be sent is not decided here.
import { binaryOf, refusalOf } from "./built-ins.js";
import { ts } from "./compiler.js";
import { docOf, nameOf, positionOf } from "./declaration.js";
import { compareText } from "./order.js";
import type { SourceImports } from "./source-imports.js";
import type { Refusal, SourceName, SourceProperty, SourceType, SourceView } from "./source.js";
import { templatePattern } from "./template-form.js";

const primitives =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.ESSymbolLike;

/** The types of one program, as one file imports them. */
export class TypeViews {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #imports: SourceImports;
  readonly #known = new Map<ts.Type, SourceType>();

  constructor(program: ts.Program, imports: SourceImports) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#imports = imports;
  }

  /** The same object for the same type, so that names and recursion can be decided by identity. */
  of(type: ts.Type): SourceType {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const made: SourceType = {
      name: this.#nameOf(type),
      text: () => this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation),
      view: () => this.#view(type),
    };
    this.#known.set(type, made);
    return made;
  }

  #nameOf(type: ts.Type): SourceName | undefined {
    const owner = this.#enumOf(type);
    // One of several members is a literal of its own; only the enum as a whole has a name.
    if (owner !== undefined && owner !== type) return undefined;
    const symbol = type.aliasSymbol ?? this.#enumSymbol(type) ?? type.symbol;
    const named = ts.SymbolFlags.Interface | ts.SymbolFlags.Enum | ts.SymbolFlags.TypeAlias;
    if (symbol === undefined || this.#isBuiltIn(symbol) || (symbol.flags & named) === 0) return undefined;
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined) return undefined;
    return {
      // The symbol of a default export is called so.
      name: ts.getNameOfDeclaration(declaration)?.getText() ?? symbol.name,
      arguments: this.#argumentsOf(type).map((each) => this.of(each)),
      from: this.#imports.importOf(symbol, declaration.getSourceFile()),
      isEnum: (symbol.flags & ts.SymbolFlags.Enum) !== 0,
    };
  }

  #argumentsOf(type: ts.Type): readonly ts.Type[] {
    if (type.aliasSymbol !== undefined) return type.aliasTypeArguments ?? [];
    if (((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Reference) === 0) return [];
    const reference = type as ts.TypeReference;
    // Behind the declared ones stands the type of `this`.
    return this.#checker.getTypeArguments(reference).slice(0, reference.target.typeParameters?.length ?? 0);
  }

  /** The checker gives an enum of one member that member's symbol. */
  #enumSymbol(type: ts.Type): ts.Symbol | undefined {
    const member = type.symbol?.declarations?.find((each) => ts.isEnumMember(each));
    return member === undefined ? undefined : this.#checker.getSymbolAtLocation(member.parent.name);
  }

  /** The enum that the literal type of a member belongs to: the same type where the enum has but one. */
  #enumOf(type: ts.Type): ts.Type | undefined {
    if ((type.flags & ts.TypeFlags.EnumLiteral) === 0 || type.isUnion()) return undefined;
    const member = type.symbol.declarations?.find((each) => ts.isEnumMember(each));
    return member === undefined ? undefined : this.#checker.getTypeAtLocation(member.parent);
  }

  #view(type: ts.Type): SourceView {
    const flags = type.flags;
    const is = (flag: ts.TypeFlags) => (flags & flag) !== 0;
    const refused = (why: Refusal): SourceView => ({ kind: "refused", why });
    if (is(ts.TypeFlags.Any)) return refused("any");
    if (is(ts.TypeFlags.Unknown)) return refused("unknown");
    if (is(ts.TypeFlags.Never)) return refused("never");
    if (is(ts.TypeFlags.Void)) return { kind: "void" };
    if (is(ts.TypeFlags.Undefined)) return { kind: "primitive", name: "undefined" };
    if (is(ts.TypeFlags.Null)) return { kind: "primitive", name: "null" };
    if (is(ts.TypeFlags.ESSymbolLike)) return refused("symbol");
    if (is(ts.TypeFlags.BigIntLiteral)) {
      return { kind: "bigint-literal", digits: this.#checker.typeToString(type).replace(/n$/, "") };
    }
    if (is(ts.TypeFlags.TemplateLiteral)) {
      const pattern = templatePattern(type as ts.TemplateLiteralType);
      if (pattern === undefined) return refused("template-literal");
      return { kind: "template", text: this.#checker.typeToString(type), pattern };
    }
    if (is(ts.TypeFlags.StringMapping)) return refused("template-literal");
    if (is(ts.TypeFlags.NonPrimitive)) return refused("object");
    if (is(ts.TypeFlags.Boolean)) return { kind: "primitive", name: "boolean" };
    if (is(ts.TypeFlags.BooleanLiteral)) {
      return { kind: "literal", value: this.#checker.typeToString(type) === "true" };
    }
    if (type.isStringLiteral() || type.isNumberLiteral()) return this.#literal(type);
    if (type.isUnion()) return this.#union(type);
    if (is(ts.TypeFlags.EnumLike)) return refused("computed-enum");
    if (is(ts.TypeFlags.String)) return { kind: "primitive", name: "string" };
    if (is(ts.TypeFlags.Number)) return { kind: "primitive", name: "number" };
    if (is(ts.TypeFlags.BigInt)) return { kind: "primitive", name: "bigint" };
    if (is(ts.TypeFlags.Instantiable)) return refused("generic");
    if (type.isIntersection()) {
      const primitive = type.types.find((each) => (each.flags & primitives) !== 0);
      if (primitive !== undefined) return this.#brand(type, primitive);
    }
    return this.#object(type);
  }

  #literal(type: ts.StringLiteralType | ts.NumberLiteralType): SourceView {
    const owner = this.#enumOf(type);
    if (owner === undefined || owner === type) return { kind: "literal", value: type.value };
    return { kind: "literal", value: type.value, member: { enum: this.of(owner), name: type.symbol.name } };
  }

  #brand(type: ts.IntersectionType, primitive: ts.Type): SourceView {
    const marks = type.types.filter((each) => each !== primitive);
    // `string & {}` says no more than string, and keeps editors from forgetting the literals beside it.
    if (marks.every((each) => this.#checker.getPropertiesOfType(each).length === 0)) return this.of(primitive).view();
    if (this.#nameOf(type) === undefined) return { kind: "refused", why: "nameless-brand" };
    return { kind: "brand", of: this.of(primitive) };
  }

  #union(type: ts.UnionType): SourceView {
    const nullish = type.types.filter((each) => (each.flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)) !== 0);
    if (nullish.length === 0) return { kind: "union", members: type.types.map((each) => this.of(each)) };
    // Without null and undefined the checker remembers an alias that it had flattened.
    const rest = this.#checker.getNonNullableType(type);
    const others = (rest.flags & ts.TypeFlags.Never) !== 0 ? [] : [rest];
    return { kind: "union", members: [...others, ...nullish].map((each) => this.of(each)) };
  }

  #object(type: ts.Type): SourceView {
    const checker = this.#checker;
    if (checker.isTupleType(type)) {
      return this.#tuple(type as ts.TupleTypeReference);
    }
    const symbol = type.symbol;
    if (symbol !== undefined && this.#isBuiltIn(symbol)) {
      const known = this.#builtIn(type, symbol);
      if (known !== undefined) return known;
    }
    if (type.getCallSignatures().length > 0 || type.getConstructSignatures().length > 0)
      return { kind: "refused", why: "function" };
    if (symbol !== undefined && (symbol.flags & ts.SymbolFlags.Class) !== 0) return { kind: "refused", why: "class" };
    const properties = checker.getPropertiesOfType(type);
    const indexes = checker.getIndexInfosOfType(type);
    const [index] = indexes;
    const keys = ts.TypeFlags.String | ts.TypeFlags.Number | ts.TypeFlags.TemplateLiteral;
    if (indexes.length > 1 || (index !== undefined && (index.keyType.flags & keys) === 0))
      return { kind: "refused", why: "index-key" };
    const open = index === undefined ? undefined : { key: this.of(index.keyType), value: this.of(index.type) };
    if (open !== undefined && properties.length === 0) return { kind: "record", ...open };
    if (properties.length === 0 && this.#nameOf(type) === undefined) return { kind: "refused", why: "object" };
    if (properties.some((property) => nameOf(property) === undefined)) return { kind: "refused", why: "symbol-key" };
    const read = properties.map((property) => this.#property(property));
    // The checker lists what a mapped type makes in the order of a union, which varies from run to run.
    const mapped = ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) !== 0;
    return { kind: "object", properties: mapped ? read.sort((a, b) => compareText(a.name, b.name)) : read, open };
  }

  #tuple(type: ts.TupleTypeReference): SourceView {
    const { elementFlags, readonly } = type.target;
    const types = this.#checker.getTypeArguments(type);
    const at = elementFlags.findIndex((flag) => (flag & ts.ElementFlags.Variable) !== 0);
    // Elements behind a rest are counted from the end, which a value that grew by one would shift.
    if (at >= 0 && at < types.length - 1) return { kind: "refused", why: "tuple-form" };
    const [rest] = at < 0 ? [] : types.slice(at);
    return {
      kind: "tuple",
      elements: types
        .slice(0, at < 0 ? undefined : at)
        .map((each, index) => this.of(elementFlags[index] === ts.ElementFlags.Optional ? this.defined(each) : each)),
      required: elementFlags.filter((flag) => flag === ts.ElementFlags.Required).length,
      rest: rest === undefined ? undefined : this.of(rest),
      readonly,
    };
  }

  /** Undefined where the language's own type is an ordinary object to us: what Pick or Partial make. */
  #builtIn(type: ts.Type, symbol: ts.Symbol): SourceView | undefined {
    const name = symbol.name;
    const args = this.#checker.getTypeArguments(type as ts.TypeReference);
    const [first, second] = args.map((each) => this.of(each));
    if (first !== undefined) {
      if (name === "Array" || name === "ReadonlyArray")
        return { kind: "array", element: first, readonly: name !== "Array" };
      if (name === "Set" || name === "ReadonlySet") return { kind: "set", element: first, readonly: name !== "Set" };
      if (name === "Promise") return { kind: "promise", of: first };
      if (name === "AsyncIterable") return { kind: "stream", of: first };
      if ((name === "Map" || name === "ReadonlyMap") && second !== undefined) {
        return { kind: "map", key: first, value: second, readonly: name !== "Map" };
      }
      if (name === "Uint8Array") {
        const plain = ["ArrayBufferLike", "ArrayBuffer | SharedArrayBuffer"].includes(first.text());
        return plain ? { kind: "primitive", name: "bytes" } : { kind: "refused", why: "buffer-argument" };
      }
      const binary = binaryOf(name);
      if (binary !== undefined) {
        const plain = ["ArrayBufferLike", "ArrayBuffer | SharedArrayBuffer"].includes(first.text());
        return plain ? { kind: "binary", name: binary } : { kind: "refused", why: "buffer-argument" };
      }
    }
    if (name === "ArrayBuffer") return { kind: "binary", name };
    if (name === "Date") return { kind: "primitive", name: "date" };
    const isMade = (symbol.flags & (ts.SymbolFlags.TypeLiteral | ts.SymbolFlags.ObjectLiteral)) !== 0;
    return isMade ? undefined : { kind: "refused", why: refusalOf(name) };
  }

  #property(symbol: ts.Symbol): SourceProperty {
    const full = this.#checker.getTypeOfSymbol(symbol);
    const optional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
    // What `?` adds is another undefined than the one that is written; only the latter allows the key with nothing in it.
    const written = this.#checker.getUndefinedType();
    const undefinable = full === written || (full.isUnion() && full.types.includes(written));
    const [declaration] = symbol.declarations ?? [];
    const modifiers = declaration === undefined ? 0 : ts.getCombinedModifierFlags(declaration);
    return {
      name: nameOf(symbol) ?? symbol.name,
      doc: (symbol.declarations ?? []).flatMap((each) => docOf(each)),
      optional,
      undefinable: undefinable && full !== written,
      // A mapped type may have added readonly where no declaration says so.
      readonly: (modifiers & ts.ModifierFlags.Readonly) !== 0 || (symbol.flags & ts.SymbolFlags.Transient) !== 0,
      type: this.of(full === written ? full : this.defined(full)),
      position:
        declaration === undefined || this.#program.isSourceFileDefaultLibrary(declaration.getSourceFile())
          ? undefined
          : positionOf(declaration),
    };
  }

  /** A type without undefined. Without null and undefined together the checker remembers an alias, so that goes first. */
  defined(type: ts.Type): ts.Type {
    if (!type.isUnion()) return type;
    const kept = type.types.filter((each) => (each.flags & ts.TypeFlags.Undefined) === 0);
    if (kept.length === type.types.length) return type;
    if (kept.every((each) => (each.flags & ts.TypeFlags.Null) === 0)) return this.#checker.getNonNullableType(type);
    return this.#checker.getNullableType(this.#checker.getNonNullableType(type), ts.TypeFlags.Null);
  }

  #isBuiltIn(symbol: ts.Symbol): boolean {
    return symbol.declarations?.some((each) => this.#program.isSourceFileDefaultLibrary(each.getSourceFile())) ?? false;
  }
}

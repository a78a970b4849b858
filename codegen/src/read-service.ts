// Answers the questions of source.ts about one file, from the program that it is in. What may be sent, and how a contract
// is shaped, is not decided here.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { binaryOf, refusalOf } from "./built-ins.js";
import { ts } from "./compiler.js";
import { linesOf } from "./doc.js";
import { extensionOf, neighbourExtension, relativeSpecifier } from "./import-style.js";
import type { ImportModel, Position } from "./model.js";
import type {
  Refusal,
  SourceInterface,
  SourceMember,
  SourceName,
  SourceParameter,
  SourceProperty,
  SourceSignature,
  SourceType,
  SourceView,
} from "./source.js";

/** One file as it was read: its exported interfaces, in the order of the source. */
export interface SourceUnit {
  readonly start: Position;
  readonly interfaces: readonly SourceInterface[];
  /** What no parser understands: nothing that was read beside it can be relied on. */
  readonly faults: readonly { readonly position: Position; readonly message: string }[];
  /**
   * Every path that the reading stands on, sorted: a file that was read, or one that was looked for and is missing. With
   * a slash at its end, how a folder's sources import. The rest of the world may change without changing what was read. Complete
   * once all that is wanted was asked for.
   */
  inputs(): readonly string[];
}

/** Reads `file`, one of the program's. */
export function readUnit(program: ts.Program, file: ts.SourceFile): SourceUnit {
  return new SourceReader(program, file).unit();
}

/** Whether a node is the module's name in an import, an export or an import type. */
function isSpecifier(node: ts.Node): boolean {
  if (!ts.isStringLiteral(node)) return false;
  const { parent } = node;
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true;
  return ts.isExternalModuleReference(parent) || (ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent));
}

/** `source` and every source that it imports, over all steps. */
function reachedFrom(source: ts.SourceFile, checker: ts.TypeChecker): ReadonlySet<ts.SourceFile> {
  const reached = new Set([source]);
  const visit = (node: ts.Node): void => {
    const module = isSpecifier(node) ? checker.getSymbolAtLocation(node)?.declarations : undefined;
    for (const each of module ?? []) if (ts.isSourceFile(each)) reached.add(each);
    ts.forEachChild(node, visit);
  };
  // A set that grows while it is walked is walked to its end.
  for (const each of reached) if (!each.isDeclarationFile) visit(each);
  return reached;
}

const primitives =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.ESSymbolLike;

class SourceReader {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #file: ts.SourceFile;
  readonly #types = new Map<ts.Type, SourceType>();
  #extension: string | undefined;
  #askedNeighbours = false;

  constructor(program: ts.Program, file: ts.SourceFile) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#file = file;
  }

  unit(): SourceUnit {
    const exported = new Map(this.#exportsOf(this.#file).map((symbol) => [this.#target(symbol), symbol.name]));
    const interfaces = this.#file.statements
      .filter((statement) => ts.isInterfaceDeclaration(statement))
      .flatMap((declaration) => {
        const symbol = this.#checker.getSymbolAtLocation(declaration.name);
        // A merged interface has several declarations: the first speaks for all.
        const first = symbol?.declarations?.find((each) => ts.isInterfaceDeclaration(each)) === declaration;
        const name = symbol && exported.get(symbol);
        return name !== undefined && first ? [this.#interface(declaration, name)] : [];
      });
    const reached = [...reachedFrom(this.#file, this.#checker)];
    const faults = reached.flatMap((source) =>
      this.#program.getSyntacticDiagnostics(source).map(({ start, messageText }) => ({
        position: this.#placeOf(source, start),
        message: ts.flattenDiagnosticMessageText(messageText, " "),
      })),
    );
    const inputs = () => [
      ...reached.map((each) => each.fileName),
      ...(this.#askedNeighbours ? [`${dirname(this.#file.fileName)}/`] : []),
    ];
    return { start: this.#position(this.#file.statements[0] ?? this.#file), interfaces, faults, inputs };
  }

  #interface(declaration: ts.InterfaceDeclaration, exported: string): SourceInterface {
    const type = this.#checker.getTypeAtLocation(declaration);
    return {
      name: declaration.name.text,
      typeParameters: declaration.typeParameters?.length ?? 0,
      doc: docOf(declaration),
      position: this.#position(declaration.name),
      from: () => this.#exportOf(this.#file, exported),
      members: this.#checker.getPropertiesOfType(type).map((symbol) => this.#member(symbol, declaration)),
      resolve: (name) => this.#resolve(name, declaration),
    };
  }

  #member(symbol: ts.Symbol, within: ts.InterfaceDeclaration): SourceMember {
    const declaration = symbol.declarations?.[0] ?? within;
    const name = ts.getNameOfDeclaration(declaration);
    const type = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(symbol));
    return {
      name: nameOf(symbol) ?? name?.getText() ?? symbol.name,
      doc: docOf(declaration),
      position: this.#position(name ?? declaration),
      optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
      signatures: type.getCallSignatures().map((signature) => this.#signature(signature, within)),
    };
  }

  #signature(signature: ts.Signature, within: ts.Node): SourceSignature {
    // A `this` parameter is no parameter to the checker, so it is looked for in the declaration.
    const declared = signature.declaration?.parameters.filter((each) => ts.isParameter(each)) ?? [];
    const own = declared.find((each) => ts.isIdentifier(each.name) && each.name.text === "this");
    const parameters = signature.parameters.map((symbol) => this.#parameter(symbol, within));
    const self = own === undefined ? [] : [{ ...this.#plain(own, within), form: "this" as const }];
    return {
      typeParameters: signature.typeParameters?.length ?? 0,
      parameters: [...self, ...parameters],
      result: this.type(signature.getReturnType()),
    };
  }

  #parameter(symbol: ts.Symbol, within: ts.Node): SourceParameter {
    const declaration = symbol.valueDeclaration;
    if (declaration === undefined || !ts.isParameter(declaration)) {
      const type = this.type(this.#checker.getTypeOfSymbolAtLocation(symbol, within));
      return { name: symbol.name, doc: [], form: "plain", optional: false, type, position: this.#position(within) };
    }
    if (declaration.dotDotDotToken !== undefined) return { ...this.#plain(declaration, within, symbol), form: "rest" };
    if (!ts.isIdentifier(declaration.name)) return { ...this.#plain(declaration, within, symbol), form: "pattern" };
    return this.#plain(declaration, within, symbol);
  }

  #plain(declaration: ts.ParameterDeclaration, within: ts.Node, symbol?: ts.Symbol): SourceParameter {
    const optional = declaration.questionToken !== undefined;
    const full =
      symbol === undefined
        ? this.#checker.getTypeAtLocation(declaration)
        : this.#checker.getTypeOfSymbolAtLocation(symbol, within);
    const type = this.type(optional ? this.#defined(full) : full);
    return {
      name: declaration.name.getText(),
      doc: docOf(declaration),
      form: "plain",
      optional,
      type,
      position: this.#position(declaration.name),
    };
  }

  #resolve(name: string, within: ts.Node): SourceType | undefined {
    const found = this.#checker
      .getSymbolsInScope(within, ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Alias)
      .find((symbol) => symbol.name === name);
    if (found === undefined) return undefined;
    // What a module exports has a stand-in among its locals.
    const type = this.#checker.getDeclaredTypeOfSymbol(this.#target(this.#checker.getExportSymbolOfSymbol(found)));
    return (type.flags & ts.TypeFlags.Any) === 0 ? this.type(type) : undefined;
  }

  /** The same object for the same type, so that names and recursion can be decided by identity. */
  type(type: ts.Type): SourceType {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const made: SourceType = {
      name: this.#nameOf(type),
      text: () => this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation),
      view: () => this.#view(type),
    };
    this.#types.set(type, made);
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
      arguments: this.#argumentsOf(type).map((each) => this.type(each)),
      from: this.#importOf(symbol, declaration.getSourceFile()),
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
    if (is(ts.TypeFlags.TemplateLiteral)) return this.#template(type as ts.TemplateLiteralType);
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
    return { kind: "literal", value: type.value, member: { enum: this.type(owner), name: type.symbol.name } };
  }

  #template(type: ts.TemplateLiteralType): SourceView {
    const forms = type.types.map((each) => templateForms.get(each.flags));
    const texts = type.types.filter((each) => each.flags === ts.TypeFlags.String).length;
    // What two open holes cost grows with the square of the text, and with each further one by a power more; numbers side
    // by side are as open.
    const sideBySide = type.texts.slice(1, -1).some((each) => each === "");
    if (texts > 2 || (sideBySide && forms.length > 2) || forms.some((each) => each === undefined))
      return { kind: "refused", why: "template-literal" };
    const bound = forms.length > 1 ? `(?=[^]{0,${maxOpenTemplate}}$)` : "";
    const parts = type.texts.map((text, index) => escaped(text) + (forms[index] ?? ""));
    return { kind: "template", text: this.#checker.typeToString(type), pattern: `^${bound}${parts.join("")}$` };
  }

  #brand(type: ts.IntersectionType, primitive: ts.Type): SourceView {
    const marks = type.types.filter((each) => each !== primitive);
    // `string & {}` says no more than string, and keeps editors from forgetting the literals beside it.
    if (marks.every((each) => this.#checker.getPropertiesOfType(each).length === 0)) return this.type(primitive).view();
    if (this.#nameOf(type) === undefined) return { kind: "refused", why: "nameless-brand" };
    return { kind: "brand", of: this.type(primitive) };
  }

  #union(type: ts.UnionType): SourceView {
    const nullish = type.types.filter((each) => (each.flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)) !== 0);
    if (nullish.length === 0) return { kind: "union", members: type.types.map((each) => this.type(each)) };
    // Without null and undefined the checker remembers an alias that it had flattened.
    const rest = this.#checker.getNonNullableType(type);
    const others = (rest.flags & ts.TypeFlags.Never) !== 0 ? [] : [rest];
    return { kind: "union", members: [...others, ...nullish].map((each) => this.type(each)) };
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
    const open = index === undefined ? undefined : { key: this.type(index.keyType), value: this.type(index.type) };
    if (open !== undefined && properties.length === 0) return { kind: "record", ...open };
    if (properties.length === 0 && this.#nameOf(type) === undefined) return { kind: "refused", why: "object" };
    if (properties.some((property) => nameOf(property) === undefined)) return { kind: "refused", why: "symbol-key" };
    const read = properties.map((property) => this.#property(property));
    // The checker lists what a mapped type makes in the order of a union, which varies from run to run.
    const mapped = ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) !== 0;
    return { kind: "object", properties: mapped ? read.sort((a, b) => (a.name < b.name ? -1 : 1)) : read, open };
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
        .map((each, index) => this.type(elementFlags[index] === ts.ElementFlags.Optional ? this.#defined(each) : each)),
      required: elementFlags.filter((flag) => flag === ts.ElementFlags.Required).length,
      rest: rest === undefined ? undefined : this.type(rest),
      readonly,
    };
  }

  /** Undefined where the language's own type is an ordinary object to us: what Pick or Partial make. */
  #builtIn(type: ts.Type, symbol: ts.Symbol): SourceView | undefined {
    const name = symbol.name;
    const args = this.#checker.getTypeArguments(type as ts.TypeReference);
    const [first, second] = args.map((each) => this.type(each));
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
      type: this.type(full === written ? full : this.#defined(full)),
      position:
        declaration === undefined || this.#program.isSourceFileDefaultLibrary(declaration.getSourceFile())
          ? undefined
          : this.#position(declaration),
    };
  }

  /** A type without undefined. Without null and undefined together the checker remembers an alias, so that goes first. */
  #defined(type: ts.Type): ts.Type {
    if (!type.isUnion()) return type;
    const kept = type.types.filter((each) => (each.flags & ts.TypeFlags.Undefined) === 0);
    if (kept.length === type.types.length) return type;
    if (kept.every((each) => (each.flags & ts.TypeFlags.Null) === 0)) return this.#checker.getNonNullableType(type);
    return this.#checker.getNullableType(this.#checker.getNonNullableType(type), ts.TypeFlags.Null);
  }

  #importOf(symbol: ts.Symbol, declared: ts.SourceFile): ImportModel | undefined {
    const exportName = (file: ts.SourceFile) =>
      this.#exportsOf(file).find((each) => this.#target(each) === symbol)?.name;
    if (declared !== this.#file) {
      for (const statement of this.#file.statements) {
        if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
        const module = this.#checker.getSymbolAtLocation(statement.moduleSpecifier);
        const found = module && this.#checker.getExportsOfModule(module).find((each) => this.#target(each) === symbol);
        if (found !== undefined) return { specifier: statement.moduleSpecifier.text, name: found.name };
      }
      if (this.#program.isSourceFileFromExternalLibrary(declared) || declared.isDeclarationFile) return undefined;
    }
    const name = exportName(declared);
    if (name === undefined) return undefined;
    return this.#exportOf(declared, name);
  }

  #exportOf(file: ts.SourceFile, name: string): ImportModel {
    return { specifier: relativeSpecifier(this.#file.fileName, file.fileName, this.#style()), name };
  }

  #exportsOf(file: ts.SourceFile): readonly ts.Symbol[] {
    const module = this.#checker.getSymbolAtLocation(file);
    return module === undefined ? [] : this.#checker.getExportsOfModule(module);
  }

  #target(symbol: ts.Symbol): ts.Symbol {
    return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol);
  }

  /** How relative imports end here: as in this file, else in its neighbours, else as the compiler's options want it. */
  #style(): string {
    this.#extension ??= extensionOf(this.#file.text) ?? this.#neighbourStyle() ?? this.#configuredStyle();
    return this.#extension;
  }

  #neighbourStyle(): string | undefined {
    const folder = dirname(this.#file.fileName);
    this.#askedNeighbours = true;
    return neighbourExtension(readdirSync(folder), (name) => readFileSync(resolve(folder, name), "utf8"));
  }

  #configuredStyle(): string {
    const { allowImportingTsExtensions, moduleResolution, module } = this.#program.getCompilerOptions();
    if (allowImportingTsExtensions === true) return ".ts";
    const bundled = moduleResolution === ts.ModuleResolutionKind.Bundler || module === ts.ModuleKind.Preserve;
    return bundled ? "" : ".js";
  }

  #isBuiltIn(symbol: ts.Symbol): boolean {
    return symbol.declarations?.some((each) => this.#program.isSourceFileDefaultLibrary(each.getSourceFile())) ?? false;
  }

  #position(node: ts.Node): Position {
    const source = node.getSourceFile();
    return this.#placeOf(source, node.getStart(source));
  }

  #placeOf(source: ts.SourceFile, offset: number): Position {
    const { line, character } = source.getLineAndCharacterOfPosition(offset);
    const path = relative(process.cwd(), source.fileName).split(sep).join("/");
    return { file: path === "" ? basename(source.fileName) : path, line: line + 1, column: character + 1 };
  }
}

/** How long text may be where a template has several holes, in characters. */
const maxOpenTemplate = 4096;

/** What may stand in a hole of a template literal type, as a regular expression that reads each text in one way. */
const templateForms: ReadonlyMap<ts.TypeFlags, string> = new Map([
  [ts.TypeFlags.String, "[^]*"],
  [ts.TypeFlags.Number, String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`],
  [ts.TypeFlags.BigInt, String.raw`-?\d+`],
]);

function escaped(text: string): string {
  return text
    .replace(/[$()*+./?[\\\]^{|}]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
}

/** Undefined for a name that is a symbol of the program (`[Symbol.iterator]`). */
function nameOf(symbol: ts.Symbol): string | undefined {
  const name = ts.unescapeLeadingUnderscores(symbol.escapedName);
  return name.startsWith("__@") || name.startsWith("__#") ? undefined : name;
}

/** The doc comment before a declaration, on its line or above: the checker alone overlooks the former after a brace. */
function docOf(node: ts.Node): readonly string[] {
  const source = node.getSourceFile();
  const start = node.getStart(source);
  const beside = (ts.getTrailingCommentRanges(source.text, node.pos) ?? []).filter(
    ({ end }) => !source.text.slice(end, start).includes("\n"),
  );
  const ranges = [...beside, ...(ts.getLeadingCommentRanges(source.text, node.pos) ?? [])];
  const comment = ranges.map(({ pos, end }) => source.text.slice(pos, end)).findLast((text) => text.startsWith("/**"));
  return comment === undefined ? [] : linesOf(comment);
}

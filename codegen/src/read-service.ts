// Answers the questions of source.ts about one file, from the program that it is in. What may be sent, and how a contract
// is shaped, is not decided here.
import { dirname } from "node:path";
import { ts } from "./compiler.js";
import { docOf, nameOf, placeIn, positionOf } from "./declaration.js";
import type { Position } from "./model.js";
import { SourceImports } from "./source-imports.js";
import type { SourceInterface, SourceMember, SourceParameter, SourceSignature, SourceType } from "./source.js";
import { TypeViews } from "./type-views.js";

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

class SourceReader {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #file: ts.SourceFile;
  readonly #imports: SourceImports;
  readonly #types: TypeViews;

  constructor(program: ts.Program, file: ts.SourceFile) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#file = file;
    this.#imports = new SourceImports(program, file);
    this.#types = new TypeViews(program, this.#imports);
  }

  unit(): SourceUnit {
    const exported = new Map(
      this.#imports.exportsOf(this.#file).map((symbol) => [this.#imports.target(symbol), symbol.name]),
    );
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
        position: placeIn(source, start),
        message: ts.flattenDiagnosticMessageText(messageText, " "),
      })),
    );
    const inputs = () => [
      ...reached.map((each) => each.fileName),
      ...(this.#imports.askedNeighbours ? [`${dirname(this.#file.fileName)}/`] : []),
    ];
    return { start: positionOf(this.#file.statements[0] ?? this.#file), interfaces, faults, inputs };
  }

  #interface(declaration: ts.InterfaceDeclaration, exported: string): SourceInterface {
    const type = this.#checker.getTypeAtLocation(declaration);
    const nameless = [
      ...type.getCallSignatures(),
      ...type.getConstructSignatures(),
      ...this.#checker.getIndexInfosOfType(type),
    ];
    return {
      name: declaration.name.text,
      typeParameters: declaration.typeParameters?.length ?? 0,
      doc: docOf(declaration),
      position: positionOf(declaration.name),
      from: () => this.#imports.exportOf(this.#file, exported),
      members: this.#checker.getPropertiesOfType(type).map((symbol) => this.#member(symbol, declaration)),
      nameless: nameless.map((each) => positionOf(each.declaration ?? declaration.name)),
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
      position: positionOf(name ?? declaration),
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
      result: this.#types.of(signature.getReturnType()),
    };
  }

  #parameter(symbol: ts.Symbol, within: ts.Node): SourceParameter {
    const declaration = symbol.valueDeclaration;
    if (declaration === undefined || !ts.isParameter(declaration)) {
      const type = this.#types.of(this.#checker.getTypeOfSymbolAtLocation(symbol, within));
      return { name: symbol.name, doc: [], form: "plain", optional: false, type, position: positionOf(within) };
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
    const type = this.#types.of(optional ? this.#types.defined(full) : full);
    return {
      name: declaration.name.getText(),
      doc: docOf(declaration),
      form: "plain",
      optional,
      type,
      position: positionOf(declaration.name),
    };
  }

  #resolve(name: string, within: ts.Node): SourceType | undefined {
    const found = this.#checker
      .getSymbolsInScope(within, ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Alias)
      .find((symbol) => symbol.name === name);
    if (found === undefined) return undefined;
    // What a module exports has a stand-in among its locals.
    const type = this.#checker.getDeclaredTypeOfSymbol(
      this.#imports.target(this.#checker.getExportSymbolOfSymbol(found)),
    );
    return (type.flags & ts.TypeFlags.Any) === 0 ? this.#types.of(type) : undefined;
  }
}

// How the file that is generated beside a source imports what the source names: as the source itself does, wherever it does.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ts } from "./compiler.js";
import { extensionOf, neighbourExtension, relativeSpecifier } from "./import-style.js";
import type { ImportModel } from "./model.js";

/** The imports of one file. */
export class SourceImports {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #file: ts.SourceFile;
  #extension: string | undefined;
  #askedNeighbours = false;

  constructor(program: ts.Program, file: ts.SourceFile) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
    this.#file = file;
  }

  /** Whether the other sources of its folder were asked how they import. */
  get askedNeighbours(): boolean {
    return this.#askedNeighbours;
  }

  /** Undefined where the generated file has no way to import what `declared` declares. */
  importOf(symbol: ts.Symbol, declared: ts.SourceFile): ImportModel | undefined {
    const among = (exported: readonly ts.Symbol[]) => exported.find((each) => this.target(each) === symbol)?.name;
    if (declared !== this.#file) {
      for (const statement of this.#file.statements) {
        if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
        const module = this.#checker.getSymbolAtLocation(statement.moduleSpecifier);
        const found = module && among(this.#checker.getExportsOfModule(module));
        if (found !== undefined) return { specifier: statement.moduleSpecifier.text, name: found };
      }
      if (this.#program.isSourceFileFromExternalLibrary(declared) || declared.isDeclarationFile) return undefined;
    }
    const name = among(this.exportsOf(declared));
    return name === undefined ? undefined : this.exportOf(declared, name);
  }

  /** What `file` exports as `name`. */
  exportOf(file: ts.SourceFile, name: string): ImportModel {
    return { specifier: relativeSpecifier(this.#file.fileName, file.fileName, this.#style()), name };
  }

  /** What a module exports; nothing where it is a script. */
  exportsOf(file: ts.SourceFile): readonly ts.Symbol[] {
    const module = this.#checker.getSymbolAtLocation(file);
    return module === undefined ? [] : this.#checker.getExportsOfModule(module);
  }

  /** What a symbol stands for, through whatever names it goes. */
  target(symbol: ts.Symbol): ts.Symbol {
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
}

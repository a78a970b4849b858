// The door of the package: a contract's source in, diagnostics and generated text out.

/** What went wrong with a contract. `line` and `column` count from 1. */
export interface Diagnostic { readonly file: string; readonly line: number; readonly column: number; readonly message: string }

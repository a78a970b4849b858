// What the emitter of a function's body asks of the one that names functions: whatever writes or reads the parts of a value.
import type { Layout } from "./layout.js";
import type { Part, TypeModel } from "./model.js";

/** Of one direction: all write, or all read. */
export interface Parts {
  /** The function for a part, with its bounds where there are any. `words` name it, where nothing else does. */
  of(part: Part, words: string): string;
  /** The call for a value of a type, which is not null or undefined beside another: a statement, or an expression. */
  call(type: TypeModel, args: readonly Layout[], words: string): Layout;
}

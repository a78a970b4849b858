// The one order of names, wherever something is written in order: as code units compare, since a locale would differ from
// machine to machine.

/** Less than 0 where `a` comes first. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Entries by their keys. */
export function inOrder<Value>(entries: readonly (readonly [string, Value])[]): (readonly [string, Value])[] {
  return [...entries].sort(([a], [b]) => compareText(a, b));
}

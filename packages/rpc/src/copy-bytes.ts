// Copies and compares few bytes, eight and four at a time: what a loop asks in each of its rounds costs as much as two bytes, and
// the view that the runtime would take for it as much as a hundred. Knows no frames.

/** Writes `length` bytes of `bytes`, from `from` on, to `target` at `at`. There must be room. */
export function copyBytes(target: Uint8Array, at: number, bytes: Uint8Array, from: number, length: number): void {
  let index = 0;
  for (; index + 8 <= length; index += 8) {
    const to = at + index;
    const source = from + index;
    target[to] = bytes[source] as number;
    target[to + 1] = bytes[source + 1] as number;
    target[to + 2] = bytes[source + 2] as number;
    target[to + 3] = bytes[source + 3] as number;
    target[to + 4] = bytes[source + 4] as number;
    target[to + 5] = bytes[source + 5] as number;
    target[to + 6] = bytes[source + 6] as number;
    target[to + 7] = bytes[source + 7] as number;
  }
  for (; index < length; index++) target[at + index] = bytes[from + index] as number;
}

/** Whether `own` is what `bytes` has from `start` on, in as many bytes. */
export function isSameBytes(own: Uint8Array, bytes: Uint8Array, start: number): boolean {
  const { length } = own;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    const at = start + index;
    if (
      own[index] !== bytes[at] ||
      own[index + 1] !== bytes[at + 1] ||
      own[index + 2] !== bytes[at + 2] ||
      own[index + 3] !== bytes[at + 3]
    ) {
      return false;
    }
  }
  for (; index < length; index++) if (own[index] !== bytes[start + index]) return false;
  return true;
}

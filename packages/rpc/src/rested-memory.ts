// Memory of large messages that nobody looks at any more, for the next ones to lie in: fresh memory costs four times what
// copying into it does. The pieces are the whole process's, so that connections at rest hold none.

/** Small messages share pieces of this size, in bytes, one behind another; only a larger piece is one message's alone. */
export const slabBytes = 16_384;

const mostRested = 32;
const mostRestedBytes = 8 * 1024 * 1024;
const largestRestedBytes = 2 * 1024 * 1024;
/** A piece that nobody took for so long is given back, in ms; at the latest after twice that. */
const longestRestMs = 5000;

/** The one that came last goes first: what is not needed stays at the bottom. */
const rested: Buffer[] = [];
let restedBytes = 0;
/** How few there were since the last look: so many of them nobody needed. */
let fewest = 0;
let isWatched = false;

/**
 * A piece of at least `least` bytes, with old bytes in it, or nothing.
 *
 * @param most no more than four times what the message takes: who keeps a small one must not keep a large one's memory
 */
export function takeRested(least: number, most: number): Buffer | undefined {
  const index = rested.findLastIndex(({ length }) => length >= least && length <= most);
  if (index < 0) return undefined;
  const [piece] = rested.splice(index, 1);
  restedBytes -= piece?.length ?? 0;
  fewest = Math.min(fewest, index);
  return piece;
}

/** Whether {@link rest} may be told of this memory: what is smaller is shared. */
export function mayRest({ length }: Uint8Array): boolean {
  return length > slabBytes;
}

/** Nobody looks at the message in `piece` any more: its memory is for others, its bytes will change. */
export function rest(piece: Buffer): void {
  if (!mayRest(piece) || piece.length > largestRestedBytes) return;
  rested.push(piece);
  restedBytes += piece.length;
  while (rested.length > mostRested || restedBytes > mostRestedBytes) giveBack();
  if (!isWatched) watch();
}

/** The piece that rests longest. */
function giveBack(): void {
  restedBytes -= rested.shift()?.length ?? 0;
  fewest = Math.max(0, fewest - 1);
}

function watch(): void {
  isWatched = true;
  setTimeout(() => {
    while (fewest > 0) giveBack();
    fewest = rested.length;
    if (rested.length > 0) watch();
    else isWatched = false;
  }, longestRestMs).unref();
}

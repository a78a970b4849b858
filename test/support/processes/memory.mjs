// What a process holds, told to its parent every 100 ms. Needs --expose-gc: what is garbage already does not count.

/** @param {() => object} counts */
export function reportMemory(counts) {
  setInterval(() => {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ ...counts(), rss, live: heapUsed + external });
  }, 100);
}

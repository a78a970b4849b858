// A process that imports the modules it is told, and tells what that took as one line of JSON.
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

globalThis.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
const cpuBefore = cpuMs();
const started = performance.now();
for (const module of process.argv.slice(2)) await import(module);
const importMs = performance.now() - started;
const importCpuMs = cpuMs() - cpuBefore;
globalThis.gc?.();
const importHeapMib = (process.memoryUsage().heapUsed - heapBefore) / 2 ** 20;
console.log(JSON.stringify({ importMs, importCpuMs, importHeapMib }));

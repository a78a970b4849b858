// A process that loads one generated file and calls what is in it, over a server inside of it: what the number of methods costs.
// Arguments: the module, how many methods it has, how many seconds to call. Tells its figures as one line of JSON.
import { serve, type Channel } from "@tautline/rpc";
import "@tautline/rpc/generated";
import { answerOf, contractOf, requestOf } from "./methods-contract.js";

const [module = "", methods = "", seconds = ""] = process.argv.slice(2);

type Call = (request: object) => Promise<object>;
type Client = new (channel: Channel) => Readonly<Record<string, Call>>;
type Generated = Readonly<Record<string, unknown>>;
interface Binder {
  handle(implementation: object): Parameters<typeof serve>[0]["services"][number];
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const { services } = contractOf(Number(methods));
const before = heapBytes();
const started = performance.now();
const startedCpuUs = cpuUs();
const generated = (await import(module)) as Generated;
const importMs = performance.now() - started;
const importCpuMs = (cpuUs() - startedCpuUs) / 1000;
const heapKib = (heapBytes() - before) / 1024;

const bindings = Array.from(services, ([service, names]) => {
  const handlers = Object.fromEntries(
    names.map((name) => [name, () => Promise.resolve(answerOf(Number(name.slice("method".length))))]),
  );
  const binder = generated[service.charAt(0).toLowerCase() + service.slice(1) + "Service"] as Binder;
  return binder.handle(handlers);
});
const server = await serve({ port: 0, host: "localhost", insecure: true, services: bindings, logger: false });
const channel = server.connect();
await channel.ready();
const calls: Call[] = Array.from(services, ([service, names]) => {
  const client = new (generated[`${service}Client`] as Client)(channel);
  return names.map(
    (name): Call =>
      async (request) =>
        (client[name] as Call).call(client, request),
  );
}).flat();

const callAt = async (index: number): Promise<unknown> => calls[index]?.(requestOf(index));
const firstStarted = performance.now();
await callAt(0);
const firstCallMs = performance.now() - firstStarted;

/** How often each method is called before that counts: until then most of its code is interpreted. */
const warmCalls = 100;

/** CPU of one call, both ends: of the methods in turn, or of one alone. */
async function cpuOfCall(over: number): Promise<number> {
  const callWhile = async (goesOn: (made: number) => boolean): Promise<number> => {
    let made = 0;
    const one = async (caller: number): Promise<void> => {
      for (let turn = caller; goesOn(made); turn += 64, made++) await callAt(turn % over);
    };
    await Promise.all(Array.from({ length: 64 }, (_, caller) => one(caller)));
    return made;
  };
  const forSeconds = (count: number): (() => boolean) => {
    const until = performance.now() + count * 1000;
    return () => performance.now() < until;
  };
  await callWhile(forSeconds(Number(seconds) / 2));
  await callWhile((made) => made < warmCalls * over);
  const start = cpuUs();
  const made = await callWhile(forSeconds(Number(seconds)));
  return (cpuUs() - start) / made;
}

const cpuUsOfOne = await cpuOfCall(1);
const cpuUsInTurn = await cpuOfCall(calls.length);
const calledHeapKib = (heapBytes() - before) / 1024;
const figures = { importMs, importCpuMs, heapKib, calledHeapKib, firstCallMs, cpuUsOfOne, cpuUsInTurn };
console.log(JSON.stringify(figures));
process.exit(0);

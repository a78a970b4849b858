import { expect, it } from "vitest";
import { encodeHello, noServices } from "../dist/envelope.js";
import { readHello } from "../dist/hello-cache.js";
import { defaultLimits } from "../dist/limits.js";

const helloOf = (agent: string): Uint8Array => encodeHello({ settings: defaultLimits, agent, services: noServices });

it("is one object for all who say the same", () => {
  const first = readHello(helloOf("one"));
  expect(first.agent).toBe("one");
  expect(readHello(helloOf("one"))).toBe(first);
  expect(readHello(helloOf("two")).agent).toBe("two");
});

it("keeps no more than 16 of them, those that came last", () => {
  const all = Array.from({ length: 17 }, (_, index) => readHello(helloOf(`peer ${index}`)));
  expect(readHello(helloOf("peer 16"))).toBe(all[16]);
  expect(readHello(helloOf("peer 1"))).toBe(all[1]);
  expect(readHello(helloOf("peer 0"))).not.toBe(all[0]);
});

it("keeps none of more than 4 KiB", () => {
  const services = new Map(Array.from({ length: 200 }, (_, index) => [`a.service.of.ours.${index}`, "0".repeat(16)]));
  const long = encodeHello({ settings: defaultLimits, agent: "", services });
  expect(long.length).toBeGreaterThan(4096);
  expect(readHello(long).services).toEqual(services);
  expect(readHello(long)).not.toBe(readHello(long));
});

it("refuses what cannot be read each time", () => {
  for (let time = 0; time < 2; time++) expect(() => readHello(Uint8Array.of(0xc1))).toThrow("HELLO's settings");
});

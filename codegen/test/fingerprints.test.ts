// Fingerprints against the vectors of PROTOCOL.md, Appendix A, which a program made that knows that page alone.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadText, method } from "./generated-code.js";

interface Vector {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly fingerprint: string;
}

const file = new URL("../../test/vectors/fingerprints.json", import.meta.url);
const { contract, service, methods } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly contract: readonly string[];
  readonly service: string;
  readonly methods: readonly Vector[];
};
const generated = await loadText("fingerprints", contract.join("\n"), "vectorsService");

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

it.each(methods)("$name has the fingerprint of its schemas", ({ name, request, response, fingerprint }) => {
  expect(digest(request) + digest(response)).toBe(fingerprint);
  expect(method(generated, name).fingerprint).toBe(fingerprint);
});

it("the service has the fingerprint of all its methods", () => {
  const told = Object.fromEntries(
    [...generated.values()].map(({ name, serviceFingerprint }) => [name, serviceFingerprint]),
  );
  expect(told).toEqual(Object.fromEntries(methods.map(({ name }) => [name, service])));
});

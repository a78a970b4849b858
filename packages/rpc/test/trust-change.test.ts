import type { OwnCertificate, Peer } from "@tautline/core";
import { expect, test } from "vitest";
import { isNarrowed, standingOf, type NarrowedTrust } from "../dist/trust-change.js";

const named = (subject: string, serialNumber = "01", publicKey256 = subject): OwnCertificate => ({
  option: "tls.ca",
  subject,
  serialNumber,
  fingerprint256: `${subject}${serialNumber}`,
  publicKey256,
  validFrom: new Date(0),
  validTo: new Date(1),
});

function change(authorities: OwnCertificate[], removed: OwnCertificate[]): NarrowedTrust {
  return { kind: "reloaded", previous: undefined, current: undefined, trust: "narrowed", authorities, removed };
}

const issuedBy = (issuer: string | undefined): Peer => ({
  kind: "tls",
  address: "192.0.2.1:5",
  tls: (issuer === undefined ? { certificate: undefined } : { certificate: { issuer } }) as Peer["tls"],
});

test("a peer stands as its issuer does, and one of an intermediate is unclear", () => {
  const now = change([named("CN=kept")], [named("CN=gone")]);
  const standings = ["CN=kept", "CN=gone", "CN=intermediate", undefined].map((issuer) =>
    standingOf(issuedBy(issuer), now),
  );
  expect(standings).toEqual(["kept", "removed", "unclear", "kept"]);
});

test("an authority that was renewed with its key is still trusted", () => {
  const renewed = change([named("CN=root", "02")], [named("CN=root", "01")]);
  expect(standingOf(issuedBy("CN=root"), renewed)).toBe("kept");
});

test("a peer is unclear where an authority is gone and one of its name with another key is trusted", () => {
  const [old, made] = [named("CN=root", "01", "a"), named("CN=root", "02", "b")];
  expect(standingOf(issuedBy("CN=root"), change([made], [old]))).toBe("unclear");
  expect(standingOf(issuedBy("CN=root"), change([made, named("CN=root", "03", "a")], [old]))).toBe("kept");
});

test("revocation lists alone end no connection", () => {
  expect(standingOf(issuedBy("CN=intermediate"), change([named("CN=root")], []))).toBe("kept");
  expect(isNarrowed(change([], []))).toBe(true);
  expect(isNarrowed({ ...change([], []), trust: "widened" })).toBe(false);
  expect(isNarrowed({ kind: "reload-failed", error: new Error() })).toBe(false);
});

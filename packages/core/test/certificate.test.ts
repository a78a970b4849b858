import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { parseAlternativeNames, readCertificate } from "../dist/certificate.js";
import { makeAuthority } from "./support/certificates.js";
import { authority } from "./support/tls.js";

const none = { dnsNames: [], ipAddresses: [], uris: [], emails: [] };

test("names are told apart by type and keep their order", () => {
  expect(
    parseAlternativeNames("DNS:a.example, IP Address:192.0.2.1, URI:spiffe://x/y, email:a@b.example, DNS:c"),
  ).toEqual({
    dnsNames: ["a.example", "c"],
    ipAddresses: ["192.0.2.1"],
    uris: ["spiffe://x/y"],
    emails: ["a@b.example"],
  });
  expect(parseAlternativeNames(undefined)).toEqual(none);
});

test("a name that contains what looks like another entry stays one name", () => {
  const tricky = "http://evil.example/, DNS:orders.internal";
  expect(parseAlternativeNames(`URI:${JSON.stringify(tricky)}, DNS:evil.example`)).toEqual({
    ...none,
    uris: [tricky],
    dnsNames: ["evil.example"],
  });
  expect(parseAlternativeNames('DNS:"a\\", DNS:b"')).toEqual({ ...none, dnsNames: ['a", DNS:b'] });
});

test("names of other types are left out", () => {
  expect(parseAlternativeNames('othername:<unsupported>, DirName:"CN=x, DNS:evil", DNS:a')).toEqual({
    ...none,
    dnsNames: ["a"],
  });
  expect(parseAlternativeNames("constructor:x, DNS:a")).toEqual({ ...none, dnsNames: ["a"] });
});

test("a text that cannot be split for certain is refused whole", () => {
  for (const text of ['DNS:"open', 'DNS:a"b', "DNS:a,b", "DNS", 'DNS:"a"b, DNS:c', 'DNS:"\\q"']) {
    expect(() => parseAlternativeNames(text)).toThrowError(expect.objectContaining({ code: "peer-untrusted" }));
  }
});

test("a SPIFFE id is one well-formed URI name and no other", async () => {
  const idOf = async (...uris: string[]) => {
    const { cert } = await authority.issue({ uris });
    return readCertificate(new X509Certificate(cert)).spiffeId;
  };
  expect(await idOf("spiffe://shop.example/checkout/7")).toBe("spiffe://shop.example/checkout/7");
  expect(await idOf("spiffe://shop.example/a", "spiffe://shop.example/b")).toBeUndefined();
  expect(await idOf("spiffe://shop.example/a", "https://shop.example/")).toBeUndefined();
  for (const uri of [
    "https://shop.example/a",
    "spiffe://shop.example",
    "spiffe://shop.example/",
    "spiffe://shop.example/a//b",
    "spiffe://shop.example/a/../b",
    "spiffe://SHOP.example/a",
    "spiffe://shop.example:1/a",
    "spiffe://user@shop.example/a",
    "spiffe://shop.example/a?b",
    "spiffe://shop.example/a#b",
    "spiffe://shop.example/a, URI:spiffe://shop.example/b",
  ]) {
    expect(await idOf(uri), uri).toBeUndefined();
  }
});

test("an authority's certificate has no SPIFFE id", async () => {
  const uri = "spiffe://shop.example/authority";
  const { uris, spiffeId } = readCertificate(new X509Certificate((await makeAuthority("CA", [uri])).cert));
  expect({ uris, spiffeId }).toEqual({ uris: [uri], spiffeId: undefined });
});

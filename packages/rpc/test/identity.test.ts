import type { Peer, PeerCertificate } from "@tautline/core";
import { expect, it } from "vitest";
import { isAllowed } from "../dist/identity.js";

function peerWith(certificate: Partial<PeerCertificate> | undefined): Peer {
  const whole: PeerCertificate = {
    subject: "CN=spiffe://shop/checkout",
    issuer: "CN=ca",
    dnsNames: [],
    ipAddresses: [],
    uris: [],
    emails: [],
    spiffeId: undefined,
    fingerprint256: "00",
    serialNumber: "01",
    validFrom: new Date(0),
    validTo: new Date(1),
    ...certificate,
  };
  const tls = {
    protocol: "TLSv1.3",
    cipher: "TLS_AES_128_GCM_SHA256",
    alpn: "tautline/1",
    handshakeMs: 1,
    servername: undefined,
    resumed: false,
    certificate: certificate === undefined ? undefined : whole,
  };
  return { kind: "tls", address: "127.0.0.1:1", tls };
}

const checkout = peerWith({ spiffeId: "spiffe://shop/checkout", uris: ["spiffe://shop/checkout"] });

it.each([
  [["spiffe://shop/checkout"], true],
  [["spiffe://shop/orders", "spiffe://shop/checkout"], true],
  [["spiffe://shop/*"], true],
  [["spiffe://shop/check"], false],
  [["spiffe://shop/checkout/*"], false],
  [["spiffe://shop/checkou*"], false],
  [["spiffe://sho/*"], false],
  [["spiffe://SHOP/checkout"], false],
  [["dns:spiffe://shop/checkout"], false],
  [[], false],
])("the rules %j name spiffe://shop/checkout: %s", (rules, allowed) => {
  expect(isAllowed(checkout, rules)).toBe(allowed);
});

it.each([
  [["dns:orders.internal"], true],
  [["dns:ORDERS.internal"], true],
  [["dns:other.internal", "dns:api.internal"], true],
  [["dns:internal"], false],
  [["dns:*.internal"], false],
  [["orders.internal"], false],
  [["*"], false],
  [["/*"], false],
])("the rules %j name a certificate for Orders.internal and api.internal: %s", (rules, allowed) => {
  expect(isAllowed(peerWith({ dnsNames: ["Orders.internal", "api.internal"] }), rules)).toBe(allowed);
});

it("takes a name from nowhere but the certificate's verified names", () => {
  expect(isAllowed(peerWith({}), ["spiffe://shop/checkout", "CN=spiffe://shop/checkout", "dns:"])).toBe(false);
  expect(
    isAllowed(peerWith({ uris: ["spiffe://shop/a", "spiffe://shop/b"] }), ["spiffe://shop/a", "spiffe://shop/*"]),
  ).toBe(false);
});

it("knows nobody without a certificate, or without TLS", () => {
  const rules = ["spiffe://shop/*", "dns:orders.internal", "/*"];
  expect(isAllowed(peerWith(undefined), rules)).toBe(false);
  expect(isAllowed({ kind: "unix", address: "/run/socket", tls: undefined }, rules)).toBe(false);
});

import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { TransportError } from "../dist/errors.js";
import { revocationList } from "../dist/revocation-list.js";
import { makeAuthority } from "./support/certificates.js";

afterEach(() => vi.useRealTimers());

/** By `openssl ca -gencrl`: version 1, and dates as UTCTime. */
const version1 = `-----BEGIN X509 CRL-----
MIG8MGQwCgYIKoZIzj0EAwIwODELMAkGA1UEBhMCQ0gxFTATBgNVBAoMDEdvbGRl
biBMaXN0czESMBAGA1UEAwwJYXV0aG9yaXR5Fw0yNjAxMDIwMzA0MDVaFw00OTEy
MzEyMzU5NTlaMAoGCCqGSM49BAMCA0gAMEUCICOXfJME4d6eIdySeI9i+BSbJXmE
X2xoJgcCiZDBCtSTAiEA/zUkysGvUbV3NvAi65AZyYN+eSISB50YoNI5B/D9SPk=
-----END X509 CRL-----`;

/** Version 2, and the second date as GeneralizedTime. */
const version2 = `-----BEGIN X509 CRL-----
MIHQMHkCAQEwCgYIKoZIzj0EAwIwODELMAkGA1UEBhMCQ0gxFTATBgNVBAoMDEdv
bGRlbiBMaXN0czESMBAGA1UEAwwJYXV0aG9yaXR5Fw05OTEyMzEyMzU5NThaGA8y
MTIwMDUwNjA3MDgwOVqgDjAMMAoGA1UdFAQDAgEBMAoGCCqGSM49BAMCA0cAMEQC
IHat/7oJc4KhufKWlJ0diKOEGgZeGHjPVL073qjh7Z0OAiBN//L6pQHhbXuGwtDZ
qYAbfd0z2dUAWdVR5GDYtbhcXg==
-----END X509 CRL-----`;

test("the dates and the fingerprint of a list are those that openssl shows", () => {
  expect(revocationList(version1, "a.crl", 1)).toEqual({
    from: "a.crl",
    position: 1,
    fingerprint256: "9C:66:41:D9:7C:34:DF:C8:81:52:56:64:48:25:98:DE:62:52:B7:D9:D6:1F:71:BF:00:49:B5:DF:53:35:CF:13",
    validFrom: new Date("2026-01-02T03:04:05Z"),
    validTo: new Date("2049-12-31T23:59:59Z"),
  });
  expect(revocationList(version2, "b.crl", 2)).toEqual({
    from: "b.crl",
    position: 2,
    fingerprint256: "08:98:EC:C7:89:C2:19:77:7A:07:33:80:0D:37:E2:79:E1:F6:12:E5:D3:27:12:A6:7B:CC:44:E5:56:B3:65:70",
    validFrom: new Date("1999-12-31T23:59:58Z"),
    validTo: new Date("2120-05-06T07:08:09Z"),
  });
});

test("a list that says no end has none", async () => {
  const authority = await makeAuthority();
  const pem = await authority.revoke([], { validTo: undefined });
  expect(revocationList(pem, "a.crl", 1).validTo).toBeUndefined();
});

test("a list holds until its end, and is refused behind it", () => {
  const end = Date.parse("2049-12-31T23:59:59Z");
  vi.useFakeTimers({ toFake: ["Date"], now: end });
  revocationList(version1, "a.crl", 1);
  vi.setSystemTime(end + 1);
  expect(() => revocationList(version1, "a.crl", 3)).toThrowError(
    expect.objectContaining({
      code: "bad-option",
      message: expect.stringMatching(/tls\.crl.*a\.crl.*number 3.*out of date since 2049-12-31T23:59:59/),
    }),
  );
});

test("a list that is cut off anywhere is refused, and so are bytes that are none", () => {
  const whole = Buffer.from(version2.replaceAll(/-----[^-]*-----/g, ""), "base64");
  const pem = (der: Uint8Array): string =>
    `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString("base64")}\n-----END X509 CRL-----`;
  const unreadable = expect.objectContaining({
    code: "bad-option",
    message: expect.stringContaining("cannot be read"),
  });
  for (let length = 0; length < whole.length; length++) {
    expect(() => revocationList(pem(whole.subarray(0, length)), "a.crl", 1)).toThrowError(unreadable);
  }
  const bytesOf = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(bytesOf, fc.nat(whole.length), (bytes, at) => {
      const damaged = Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at + bytes.length)]);
      for (const der of [bytes, damaged]) {
        try {
          revocationList(pem(der), "a.crl", 1);
        } catch (error) {
          expect(error).toBeInstanceOf(TransportError);
        }
      }
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { lengthPrefixed } from "../dist/index.js";
import { cut, decodeAll, encodeAll } from "./support/frames.js";

const framing = lengthPrefixed({ maxFrameBytes: 1 << 20, firstFrame: { magic: Buffer.from("TAUT"), maxBytes: 100 } });
const refusal = (message: string) =>
  expect.objectContaining({ code: "bad-preamble", message: expect.stringContaining(message) });

test("a first frame with its magic passes however it is cut, and later frames need none", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 10 }), (places) => {
      const payloads = [Buffer.from("TAUT and more"), Buffer.alloc(1000, 1), Buffer.from("x")];
      expect(decodeAll(framing.decoder(), cut(encodeAll(framing, payloads), places))).toEqual(payloads);
    }),
  );
});

test("a first frame longer than its own limit is refused by its header", () => {
  expect(() => decodeAll(framing.decoder(), [Buffer.from("00000065", "hex")])).toThrowError(refusal("0x00000065"));
});

// Holds PROTOCOL.md §3.2.
test("a wrong magic is refused at its first wrong byte", () => {
  const bytes = Buffer.from("0000000a" + Buffer.from("TAXT").toString("hex"), "hex");
  const decoder = framing.decoder();
  decodeAll(decoder, [bytes.subarray(0, 6)]);
  expect(() => decodeAll(decoder, [bytes.subarray(6, 7)])).toThrowError(refusal("TAUT"));
});

test("a first frame too short for the magic is refused", () => {
  expect(() => decodeAll(framing.decoder(), [Buffer.from("00000003", "hex")])).toThrowError(refusal("4 to 100 bytes"));
});

test("the message shows what other protocols begin with", () => {
  const begins = (text: string) => () => decodeAll(framing.decoder(), [Buffer.from(text, "latin1")]);
  expect(begins("GET / HTTP/1.1\r\nHost: x\r\n")).toThrowError(refusal("an HTTP request"));
  expect(begins("HTTP/1.1 400 Bad Request\r\n")).toThrowError(refusal("an HTTP response"));
  expect(begins("\x16\x03\x01\x02\x00\x01\x00")).toThrowError(refusal("a TLS record"));
  expect(begins("SSH-2.0-OpenSSH_9.9\r\n")).toThrowError(refusal("an SSH server"));
});

test("the message never repeats more than 16 bytes, nor a control character", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 5, maxLength: 64 }), (bytes) => {
      bytes[0] = 0xff;
      try {
        decodeAll(framing.decoder(), [bytes]);
        expect.unreachable();
      } catch (error) {
        const message = error instanceof Error ? error.message : "";
        expect(message).toMatch(/^[\x20-\x7e]+$/);
        expect(message).toContain(`0x${Buffer.from(bytes.subarray(0, 16)).toString("hex")},`);
      }
    }),
  );
});

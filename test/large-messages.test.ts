// Large messages at once, some of them given up half-way: their memory is used again, and nobody's bytes become another's.
import { connect } from "@tautline/rpc";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import type { Parcel } from "./support/contract/probe.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { startProbeServer, type Carrier } from "./support/server.js";

let certificates: Certificates;
beforeAll(async () => void (certificates = await makeCertificates()));
afterAll(() => certificates.remove());

function parcel(id: number, bytes: number): Parcel {
  const content = Buffer.alloc(bytes, `parcel ${id};`);
  return { id, label: `${id}`, weight: 0, tags: [], sent: new Date(0), content };
}

const sizes = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 400_000 }), isGivenUp: fc.boolean() }), {
  minLength: 8,
  maxLength: 40,
});

test.each<Carrier>(["tls", "tcp"])("each comes back as it was, over %s", async (carrier) => {
  const { server, port } = await startProbeServer(carrier, certificates);
  const channel =
    carrier === "tls"
      ? connect(`tautline://localhost:${port}`, { tls: certificates.client })
      : connect(`tcp://127.0.0.1:${port}`, { insecure: true });
  const client = new ProbeClient(channel);
  const forward = async (id: number, bytes: number, isGivenUp: boolean): Promise<void> => {
    const sent = parcel(id, bytes);
    const giveUp = new AbortController();
    const call = client.forward(sent, { signal: giveUp.signal });
    if (isGivenUp) setImmediate(() => giveUp.abort());
    try {
      const got = await call;
      expect(Buffer.compare(got.content, sent.content)).toBe(0);
    } catch (error) {
      if (!isGivenUp) throw error;
      expect(error).toMatchObject({ code: "cancelled" });
    }
  };
  await fc.assert(
    fc.asyncProperty(sizes, async (all) => {
      await Promise.all(all.map(({ bytes, isGivenUp }, id) => forward(id, bytes, isGivenUp)));
    }),
    { numRuns: 25 },
  );
  await channel.close();
  await server.close();
});

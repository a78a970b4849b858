import { expect, test, vi } from "vitest";
import { sampleOf, withBench } from "./support/lab-bench.js";

// 2³¹ calls would take a day: the protocol's last id comes sooner here.
vi.mock("../dist/frame.js", async (original) => ({ ...(await original<object>()), maxStreamId: 199 }));

// Holds PROTOCOL.md §6.1.1.
test("when the stream ids are used up, calls go on over another connection and none fails", () =>
  withBench(async (bench, lab, _channel, server) => {
    const long = lab.wait("long");
    await bench.until(() => bench.waiting.has("long"));
    let most = 0;
    for (let round = 0; round < 10; round++) {
      const ids = Array.from({ length: 30 }, (_, id) => id);
      const samples = await Promise.all(ids.map((id) => lab.echo(sampleOf({ id }))));
      expect(samples.map(({ id }) => id)).toEqual(ids);
      most = Math.max(most, server.connections);
    }
    // The first connection lives on for its one open call.
    expect(most).toBeGreaterThan(1);
    bench.waiting.get("long")?.answer("over the first connection");
    expect(await long).toBe("over the first connection");
  }));

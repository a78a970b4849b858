// What a server says of the Node.js that it runs on: once in a process, and this file is one.
import { serve } from "@tautline/rpc";
import { expect, onTestFinished, test, vi } from "vitest";
import { makeCertificates } from "./support/certificates.js";

test("a server that starts on a Node.js without security fixes says so, and the next one does not", async () => {
  vi.spyOn(process, "versions", "get").mockReturnValue({ ...process.versions, node: "20.20.2" });
  onTestFinished(() => void vi.restoreAllMocks());
  const certificates = await makeCertificates();
  onTestFinished(() => certificates.remove());
  const told: object[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void told.push(fields) };
  for (let start = 0; start < 2; start++) {
    const server = await serve({ port: 0, host: "127.0.0.1", tls: certificates.server, services: [], logger });
    await server.close();
  }
  expect(told).toEqual([{ node: "20.20.2" }]);
});

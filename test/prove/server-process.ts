// The server under attack: a default server of Probe over TLS, in a process of its own.
import { serve, silentLogger } from "@tautline/rpc";
import { Desk } from "../fuzz/fuzzed-server.js";
import { probeService } from "../support/contract/probe.rpc.js";
import { answersOfAttacked } from "./attacked-process.js";
import { answerQuestions } from "./questions.js";

export async function main([ca = "", cert = "", key = ""]: readonly string[]): Promise<void> {
  const services = [probeService.handle(new Desk())];
  const server = await serve({ services, tls: { ca, cert, key }, host: "127.0.0.1", port: 0, logger: silentLogger });
  const answers = answersOfAttacked(() => server);
  await answerQuestions(answers, { port: server.address.port });
  await server.close();
}

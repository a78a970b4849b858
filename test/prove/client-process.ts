// A client that keeps the rules, in a process of its own.
import { connect } from "@tautline/rpc";
import { answerQuestions } from "./questions.js";
import { SteadyCalls } from "./steady-calls.js";

export async function main([target = "", ca = "", cert = "", key = ""]: readonly string[]): Promise<void> {
  const channel = connect(target, { tls: { ca, cert, key } });
  const calls = new SteadyCalls(channel);
  await channel.ready();
  await answerQuestions({ report: () => calls.report() }, "ready");
  await calls.stop();
  await channel.close();
}

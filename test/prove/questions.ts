// The other end of a Child, in its process. It has no part in how processes are made.
import { Mailbox } from "../support/mailbox.js";

/** Answers questions until it is told to stop. */
export async function answerQuestions(answers: Readonly<Record<string, () => unknown>>, ready: unknown): Promise<void> {
  const questions = new Mailbox<string>();
  process.on("message", (question) => questions.put(question as string));
  process.send?.(ready);
  for (let question = await questions.take(); question !== "stop"; question = await questions.take()) {
    process.send?.((await answers[question]?.()) ?? null);
  }
  process.disconnect();
}

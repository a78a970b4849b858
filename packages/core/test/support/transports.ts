// Small verbs over transports and listeners.
import type { Listener, Transport } from "../../dist/index.js";

/** The next connection of a listener. */
export async function accept<Item>(listener: Listener<Item>): Promise<Transport<Item>> {
  const { value, done } = await listener[Symbol.asyncIterator]().next();
  if (done === true) throw new Error("the listener has ended");
  return value;
}

/** All items until the end, as text, and how it ended. */
export async function readAll(transport: Transport<Uint8Array>): Promise<{ texts: string[]; error: unknown }> {
  const texts: string[] = [];
  try {
    for await (const items of transport) for (const item of items) texts.push(Buffer.from(item).toString());
    return { texts, error: undefined };
  } catch (error) {
    return { texts, error };
  }
}

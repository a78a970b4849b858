// Asks a server for the methods of its version of a service. The answer is a stranger's: bounded, and checked before
// anybody looks at it. PROTOCOL.md §16.
import { ClientCall, type CallOwner, type CallRequest } from "./client-call.js";
import { now } from "./clock.js";
import type { CallTable } from "./call-table.js";
import { methodsMethod } from "./method-table.js";
import { SingleReply } from "./reply.js";
import { RpcError } from "./rpc-error.js";
import type { Session } from "./session.js";

/** Maps serve meanwhile: nobody waits for it. */
const timeoutMs = 10_000;
/** How many methods of one service are listened to. */
const maxMethods = 1024;
/** The map itself, its keys and their values. */
const bounds = { maxDepth: 1, maxValues: 1 + 2 * maxMethods };

/**
 * The fingerprints of a service's methods as the server has them, 32 hex digits by name. The call is none of the
 * application's: interceptors do not see it, and nobody's process lives for it.
 *
 * @throws RpcError where the server does not answer within 10 s, or with something else than at most 1,024 of them
 */
export async function queryMethods(
  session: Session,
  service: string,
  open: CallTable<ClientCall>,
): Promise<ReadonlyMap<string, string>> {
  const reply = new SingleReply(bounds);
  const owner: CallOwner = {
    again: (call) => call.fail(new RpcError("unavailable", "the connection was lost", { executed: "no" })),
    opened() {},
    settled: (call) => void open.delete(call),
    whyWaiting: () => "waiting for the connection",
  };
  const startedAt = now();
  const request: CallRequest = {
    method: methodsMethod,
    items: undefined,
    metadata: undefined,
    startedAt,
    deadline: startedAt + timeoutMs,
    options: { failFast: true },
    ambient: undefined,
  };
  const call = new ClientCall(request, reply, owner);
  call.encode([service], "named");
  open.add(call);
  call.start(session, "named");
  call.isNew = false;
  return fingerprintsOf(await reply.promise);
}

function fingerprintsOf(answer: unknown): ReadonlyMap<string, string> {
  const fingerprints = new Map<string, string>();
  for (const [name, fingerprint] of Object.entries(answer as Readonly<Record<string, Uint8Array>>)) {
    if (fingerprint.length !== 16) {
      const message = `${methodsMethod.path} answered with a fingerprint of ${fingerprint.length} bytes: they have 16`;
      throw new RpcError("internal", message, { executed: "yes" });
    }
    fingerprints.set(name, Buffer.from(fingerprint).toString("hex"));
  }
  return fingerprints;
}

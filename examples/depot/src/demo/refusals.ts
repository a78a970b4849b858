// What has to fail, and how: late, cancelled, wrong, not allowed.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DeclaredError, RpcError } from "@tautline/rpc";
import { connectDepot } from "../client/connection.js";
import { incomingName } from "../depot-path.js";
import { DepotClient, ForbiddenPathError, NoSuchFileError } from "../depot.rpc.js";
import { failureOf } from "./journal.js";
import type { Stage } from "./stage.js";

export async function meetRefusals(stage: Stage): Promise<void> {
  await stage.journal.step("deadline", () => deadline(stage));
  await stage.journal.step("cancelled upload", () => cancelledUpload(stage));
  await stage.journal.step("declared errors", () => declaredErrors(stage));
  await stage.journal.step("wrong identity", () => wrongIdentity(stage));
  await stage.journal.step("no certificate", () => noCertificate(stage));
}

async function deadline({ depot, journal }: Stage): Promise<void> {
  const failure = await failureOf(depot.arrival("never.txt", { timeoutMs: 150 }));
  journal.check("a call past its deadline fails", codeOf(failure) === "deadline-exceeded", spell(failure));
}

async function cancelledUpload({ depot, journal, root }: Stage): Promise<void> {
  const path = "partial/never.bin";
  const cancellation = new AbortController();
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let chunks = 0; ; chunks++) {
      if (chunks === 32) cancellation.abort();
      yield new Uint8Array(64 * 1024);
    }
  }
  let failure: unknown;
  let news: string = "";
  // The server tells when it has cleaned up: the caller of a cancelled call does not wait for that.
  for await (const { kind } of depot.watch("partial", { timeoutMs: 30_000 })) {
    news = kind;
    if (kind !== "watching") break;
    failure = await failureOf(depot.upload(path, endless(), { signal: cancellation.signal }));
  }
  journal.check("a cancelled upload fails as cancelled", codeOf(failure) === "cancelled", spell(failure));
  journal.check("the server abandons it", news === "abandoned", news);
  const gone = await failureOf(depot.stat(path));
  const left = [
    ...(await readdir(join(root, incomingName))),
    ...(await readdir(root)).filter((name) => name === "partial"),
  ];
  journal.check(
    "no partial file is left",
    gone instanceof NoSuchFileError && left.length === 0,
    `${left.length} files`,
  );
}

async function declaredErrors({ depot, journal }: Stage): Promise<void> {
  const missing = await failureOf(depot.stat("tree/no-such-file"));
  const path = missing instanceof NoSuchFileError ? missing.path : undefined;
  journal.check("a declared error is caught by instanceof", path === "tree/no-such-file", spell(missing));
  for (const outside of ["../../etc/passwd", "/etc/passwd", `tree/../../${incomingName}`, incomingName]) {
    const failure = await failureOf(depot.stat(outside));
    journal.check(`the path ${outside} is refused`, failure instanceof ForbiddenPathError, spell(failure));
  }
}

async function wrongIdentity({ port, certificates, journal }: Stage): Promise<void> {
  await using channel = connectDepot({ port, certificates, identity: "reader", interceptors: [journal.countCalls] });
  const depot = new DepotClient(channel);
  const listed = await depot.list("");
  journal.check("a reader may read", listed.length > 0, `${listed.length} entries`);
  const failure = await failureOf(depot.remove("welcome.txt"));
  journal.check("a reader may not change anything", codeOf(failure) === "permission-denied", spell(failure));
}

async function noCertificate({ port, certificates, journal }: Stage): Promise<void> {
  await using channel = connectDepot({ port, certificates, identity: undefined, interceptors: [journal.countCalls] });
  const failure = await failureOf(new DepotClient(channel).list(""));
  journal.check("a client without a certificate is refused", codeOf(failure) === "unauthenticated", spell(failure));
}

function codeOf(failure: unknown): string | undefined {
  return failure instanceof RpcError ? failure.code : undefined;
}

function spell(failure: unknown): string {
  if (failure === undefined) return "it did not fail";
  if (!(failure instanceof Error)) return "it threw something else";
  const isPlain = failure instanceof RpcError && !(failure instanceof DeclaredError);
  return `${isPlain ? failure.code : failure.name}: ${failure.message}`;
}

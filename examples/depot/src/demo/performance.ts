// The demo from beginning to end: what is prepared, what is done in which order, and what is looked at afterwards.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateClients, makeDevelopmentCertificates } from "tautline";
import { connectDepot } from "../client/connection.js";
import { incomingName } from "../depot-path.js";
import { DepotClient } from "../depot.rpc.js";
import { browse } from "./browse.js";
import { moveTree } from "./bulk.js";
import { formatBytes, formatCount } from "./figures.js";
import { Journal } from "./journal.js";
import { meetRefusals } from "./refusals.js";
import type { Report } from "./report.js";
import type { Screen } from "./screen.js";
import { type ServerProcess, startServer } from "./server-process.js";
import type { Stage } from "./stage.js";
import { assembleTree, type Tree, type TreeSize } from "./tree.js";

const certificates = place("../../.certs");
const contract = place("../../src/depot.ts");
const packages = place("../../../../node_modules/.pnpm");

/** Runs all of it in `workspace`, an empty folder that the caller removes. Never rejects: a failure is in the report. */
export async function perform(workspace: string, size: TreeSize, screen: Screen): Promise<Report> {
  const journal = new Journal(screen);
  let tree: Tree | undefined;
  let connection: Report["connection"];
  let serverLog: readonly string[] = [];
  try {
    await makeCertificates(screen);
    await checkGenerated(journal);
    tree = await assembleTree(packages, join(workspace, "tree"), size);
    screen.note("tree", `${spellTree(tree)} from node_modules`);
    journal.check("the tree is as large as asked", isAsLarge(tree, size), spellTree(tree));

    const root = join(workspace, "root");
    const server = await startServer(root, certificates);
    const { port } = server;
    serverLog = server.log;
    screen.note("server", `tautline://localhost:${port}, a process of its own, mutual TLS`);
    try {
      await using channel = connectDepot({
        port,
        certificates,
        identity: "keeper",
        interceptors: [journal.countCalls],
      });
      await channel.ready();
      const { session } = channel;
      connection = tlsOf(session);
      const depot = new DepotClient(channel);
      const downloads = join(workspace, "downloads");
      const stage = { depot, port, certificates, tree, root, downloads, journal, screen };
      // A call without a deadline would wait for another server for ever.
      await Promise.race([playAll(stage), endTooEarly(server)]);
      const stayed = session !== undefined && channel.session === session;
      journal.check("one connection carried all of it", stayed, connection?.protocol ?? "");
    } finally {
      server.stop();
      const exitCode = await server.ended;
      journal.check("the server finishes and ends", exitCode === 0, `exit code ${exitCode}`);
    }
    const unfinished = await readdir(join(root, incomingName));
    journal.check("no unfinished upload is on its disk", unfinished.length === 0, `${unfinished.length} files`);
  } catch (error) {
    journal.check("the demo comes to its end", false, error instanceof Error ? (error.stack ?? "") : String(error));
  }
  const { ok, steps, checks } = journal;
  const treeFigures = tree && { files: tree.files.size, bytes: tree.bytes, binaries: tree.binaries };
  return { ok, tree: treeFigures, connection, steps, checks, serverLog };
}

async function playAll(stage: Stage): Promise<void> {
  await moveTree(stage);
  await browse(stage);
  await meetRefusals(stage);
}

async function endTooEarly({ ended }: ServerProcess): Promise<never> {
  throw new Error(`the server ended before its time, with exit code ${await ended}`);
}

async function makeCertificates(screen: Screen): Promise<void> {
  const { leaves } = await makeDevelopmentCertificates({
    out: certificates,
    servers: ["depot"],
    clients: ["keeper", "reader"],
    spiffeDomain: "depot.example",
  });
  screen.note("certificates", leaves.map(({ name, outcome }) => `${name} ${outcome}`).join(", "));
}

async function checkGenerated(journal: Journal): Promise<void> {
  const { files, diagnostics } = await generateClients([contract], { write: false });
  const current = files.length > 0 && diagnostics.length === 0 && files.every(({ outcome }) => outcome === "unchanged");
  const remedy = diagnostics[0]?.message ?? "run `tautline gen examples/depot/src/depot.ts`";
  journal.check("the generated files are current", current, current ? "" : remedy);
}

function isAsLarge({ bytes, files }: Tree, size: TreeSize): boolean {
  return bytes >= size.bytes && files.size >= size.files;
}

function spellTree({ bytes, files, binaries }: Tree): string {
  return `${formatCount(files.size)} files, ${binaries} of them binary, ${formatBytes(bytes)}`;
}

function tlsOf(session: ReturnType<typeof connectDepot>["session"]): Report["connection"] {
  const tls = session?.peer.tls;
  return tls && { protocol: tls.protocol, cipher: tls.cipher, server: tls.certificate?.spiffeId ?? "nobody" };
}

function place(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

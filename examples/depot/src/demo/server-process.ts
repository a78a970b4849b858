// The depot's server as a process of its own: started, listened to, ended. What it logs is kept, and shown by nobody here.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  readonly port: number;
  /** What it wrote to its standard error, by line. */
  readonly log: readonly string[];
  /** Its exit code when it has ended, null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Lets it finish what is open. */
  stop(): void;
}

/** Starts the server on a free port; resolves when it listens. It ends with this process at the latest. */
export async function startServer(root: string, certificates: string): Promise<ServerProcess> {
  const program = fileURLToPath(new URL("../server.js", import.meta.url));
  const child = fork(program, [root, certificates, "0"], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const log: string[] = [];
  if (child.stderr !== null) createInterface({ input: child.stderr }).on("line", (line) => log.push(line));

  const port = await Promise.race([portOf(child), ended]);
  if (port === null || !child.connected) throw new Error(`the server did not start:\n${log.join("\n")}`);
  return {
    port,
    log,
    ended,
    stop: () => void child.kill("SIGTERM"),
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  const [message] = (await once(child, "message")) as [unknown];
  if (typeof message === "object" && message !== null && "port" in message) return Number(message.port);
  throw new Error("the server told no port");
}

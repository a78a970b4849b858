// TypeScript's own language server, as an editor talks to it: requests as JSON over its standard input and output.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A place in a file: its path, and the line's text without the space around it. */
export interface Place {
  readonly path: string;
  readonly line: string;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

interface Location {
  readonly uri: string;
  readonly range: { readonly start: { readonly line: number } };
}

const tools = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));

/** A server for the project in `folder`. It is a process: who starts it closes it. */
export class LanguageServer {
  readonly #process: ChildProcess;
  readonly #replies = new Map<number, (result: unknown) => void>();
  #received = Buffer.alloc(0);
  #requests = 0;

  private constructor(folder: string) {
    this.#process = spawn(join(tools, "tsc"), ["--lsp", "--stdio"], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
    this.#process.stdout?.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer(folder);
    await server.#request("initialize", { processId: null, rootUri: pathToFileURL(folder).href, capabilities: {} });
    server.#send({ method: "initialized", params: {} });
    return server;
  }

  open(path: string): void {
    const textDocument = { uri: pathToFileURL(path).href, languageId: "typescript", version: 1, text: textOf(path) };
    this.#send({ method: "textDocument/didOpen", params: { textDocument } });
  }

  /** Where the name at `offset` (in UTF-16 units) of an open file is defined. */
  async definitions(path: string, offset: number): Promise<Place[]> {
    const before = textOf(path).slice(0, offset).split("\n");
    const position = { line: before.length - 1, character: before.at(-1)?.length };
    const textDocument = { uri: pathToFileURL(path).href };
    const found = await this.#request("textDocument/definition", { textDocument, position });
    const locations = [found].flat().filter((each): each is Location => each !== null);
    return locations.map(({ uri, range }) => {
      const target = fileURLToPath(uri);
      return { path: target, line: textOf(target).split("\n")[range.start.line]?.trim() ?? "" };
    });
  }

  close(): void {
    this.#process.kill();
  }

  #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#requests;
    return new Promise((resolve) => {
      this.#replies.set(id, resolve);
      this.#send({ id, method, params });
    });
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      const length = /Content-Length: (\d+)/i.exec(this.#received.toString("latin1", 0, Math.max(end, 0)))?.[1];
      const total = end + 4 + Number(length);
      if (length === undefined || this.#received.length < total) return;
      const message = JSON.parse(this.#received.toString("utf8", end + 4, total)) as Message;
      this.#received = this.#received.subarray(total);
      this.#answer(message);
    }
  }

  #answer({ id, method, result }: Message): void {
    if (id === undefined) return;
    // What the server asks of an editor (settings, file watchers), this one does not have.
    if (method !== undefined) this.#send({ id, result: null });
    else this.#replies.get(id)?.(result);
  }
}

function textOf(path: string): string {
  return readFileSync(path, "utf8");
}

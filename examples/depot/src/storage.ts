// Files in one folder of the disk, the root. Nothing outside of it is read or written, whatever a path says and wherever
// links lead. Knows neither callers nor connections; its refusals are the contract's errors.
import { createHash, randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat, utimes } from "node:fs/promises";
import { join, sep } from "node:path";
import { forbidden, incomingName, namesOf } from "./depot-path.js";
import type { Entry, Stored } from "./depot.js";
import { NoSuchFileError, TooLargeError, WrongKindError } from "./depot.rpc.js";

export interface StorageOptions {
  /** The largest file, in bytes; a larger one is refused as it grows beyond. Default 1 GiB. */
  readonly maxFileBytes?: number;
}

/** How much is read at once, in bytes. */
const chunkBytes = 64 * 1024;

/** No link in the last name, and no waiting for the other end of a pipe. */
const openFlags = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The files below a root. Links are followed where they stay inside, and never listed.
 *
 * A path is judged by where it really leads, at the moment of the call. No caller of the depot can make a link; whoever
 * can change the root's folders by other means has the files already.
 */
export class Storage {
  readonly #root: string;
  readonly #incoming: string;
  readonly #maxFileBytes: number;

  private constructor(root: string, maxFileBytes: number) {
    this.#root = root;
    this.#incoming = join(root, incomingName);
    this.#maxFileBytes = maxFileBytes;
  }

  /** Takes a folder as the root, and makes it if missing. What a crash left of uploads is removed: one process per root. */
  static async open(root: string, { maxFileBytes = 2 ** 30 }: StorageOptions = {}): Promise<Storage> {
    await mkdir(root, { recursive: true });
    const storage = new Storage(await realpath(root), maxFileBytes);
    await rm(storage.#incoming, { recursive: true, force: true });
    await mkdir(storage.#incoming, { mode: 0o700 });
    return storage;
  }

  /** @throws NoSuchFileError, ForbiddenPathError */
  async stat(path: string): Promise<Entry> {
    const found = await stat(await this.#find(path));
    return {
      path,
      kind: found.isDirectory() ? "folder" : "file",
      bytes: found.isDirectory() ? 0 : found.size,
      modified: found.mtime,
    };
  }

  /** The files and folders in a folder, by name. @throws NoSuchFileError, WrongKindError, ForbiddenPathError */
  async list(folder: string): Promise<Entry[]> {
    const real = await this.#find(folder);
    const found = await readdir(real, { withFileTypes: true }).catch(told(folder, "folder"));
    const names = found
      .filter((each) => each.isFile() || (each.isDirectory() && !(folder === "" && each.name === incomingName)))
      .map(({ name }) => name)
      .sort();
    const entries: Entry[] = [];
    for (const name of names) entries.push(await this.stat(folder === "" ? name : `${folder}/${name}`));
    return entries;
  }

  /** All files in a folder and below, by path. @throws NoSuchFileError, WrongKindError, ForbiddenPathError */
  async *files(folder: string): AsyncGenerator<Entry> {
    for (const entry of await this.list(folder)) {
      if (entry.kind === "file") yield entry;
      else yield* this.files(entry.path);
    }
  }

  /**
   * A file's bytes, in pieces of at most 64 KiB; each piece is the reader's. Starts at `from`, in bytes.
   *
   * @throws NoSuchFileError, WrongKindError, ForbiddenPathError
   */
  async *read(path: string, from = 0): AsyncGenerator<Uint8Array> {
    const real = await this.#find(path);
    const file = await open(real, constants.O_RDONLY | openFlags).catch(told(path, "file"));
    try {
      await mustBeFile(file, path);
      for (let position = from; ;) {
        const chunk = Buffer.allocUnsafe(chunkBytes);
        const { bytesRead } = await file.read(chunk, 0, chunkBytes, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  /** SHA-256 of a file, in hex. @throws NoSuchFileError, WrongKindError, ForbiddenPathError */
  async sha256(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of this.read(path)) hash.update(chunk);
    return hash.digest("hex");
  }

  /**
   * Stores a file in place of what is there. It appears under its path when it is whole; when `chunks` throws, nothing
   * is left, and folders are not made either.
   *
   * @throws WrongKindError, ForbiddenPathError, TooLargeError, and what `chunks` throws
   */
  async write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Stored> {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw wrongKind(path, "file");
    await this.#folder(path, names, "leave");

    const temporary = join(this.#incoming, randomUUID());
    const hash = createHash("sha256");
    let bytes = 0;
    let modified: Date;
    try {
      const file = await open(temporary, "wx");
      try {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > this.#maxFileBytes) throw this.#tooLarge(path);
          hash.update(chunk);
          await file.writeFile(chunk);
        }
        modified = (await file.stat()).mtime;
      } finally {
        await file.close();
      }
      const folder = await this.#folder(path, names, "make");
      await rename(temporary, join(folder, name)).catch(told(path, "file"));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    return { path, bytes, sha256: hash.digest("hex"), modified };
  }

  /** Adds to a file's end; makes the file where there is none. @throws WrongKindError, ForbiddenPathError, TooLargeError */
  async append(path: string, bytes: Uint8Array): Promise<Entry> {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw wrongKind(path, "file");
    const target = join(await this.#folder(path, names, "make"), name);
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | openFlags;
    const file = await open(target, flags).catch(told(path, "file"));
    try {
      const before = await mustBeFile(file, path);
      if (before.size + bytes.length > this.#maxFileBytes) throw this.#tooLarge(path);
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    return this.stat(path);
  }

  /** @throws NoSuchFileError, WrongKindError, ForbiddenPathError */
  async remove(path: string): Promise<void> {
    const real = await this.#find(path);
    if ((await stat(real)).isDirectory()) throw wrongKind(path, "file");
    await rm(real);
  }

  /** Makes a file or folder look changed now. @throws NoSuchFileError, ForbiddenPathError */
  async touch(path: string): Promise<void> {
    const now = new Date();
    await utimes(await this.#find(path), now, now);
  }

  /** Where something that exists really is. */
  async #find(path: string): Promise<string> {
    const real = await realpath(join(this.#root, ...namesOf(path))).catch(told(path, "folder"));
    return this.#confined(path, real);
  }

  /**
   * Where the folder of a new file really is, or will be: the deepest part that exists says where all of it leads. What
   * is missing is left so, or made.
   */
  async #folder(path: string, names: readonly string[], missing: "leave" | "make"): Promise<string> {
    for (let depth = names.length; depth >= 0; depth--) {
      const real = await realpath(join(this.#root, ...names.slice(0, depth))).catch(unlessMissing(path));
      if (real === undefined) continue;
      if (!(await stat(this.#confined(path, real))).isDirectory()) throw wrongKind(path, "folder");
      const folder = join(real, ...names.slice(depth));
      if (missing === "make" && folder !== real) await mkdir(folder, { recursive: true }).catch(told(path, "folder"));
      return folder;
    }
    throw new Error(`the root is gone: ${this.#root}`);
  }

  #confined(path: string, real: string): string {
    const inside = real === this.#root || `${real}${sep}`.startsWith(`${this.#root}${sep}`);
    if (!inside || `${real}${sep}`.startsWith(`${this.#incoming}${sep}`))
      throw forbidden(path, "leads out of the depot");
    return real;
  }

  #tooLarge(path: string): TooLargeError {
    const message = `${path} is larger than this depot takes: ${this.#maxFileBytes} bytes (its option maxFileBytes)`;
    return new TooLargeError({ path, mostBytes: this.#maxFileBytes }, { message });
  }
}

async function mustBeFile(file: FileHandle, path: string): Promise<{ readonly size: number }> {
  const found = await file.stat();
  if (!found.isFile()) throw wrongKind(path, "file");
  return found;
}

/** What the system refused, as the contract tells it; anything else as it is. `expected` is for the case that it is not. */
function told(path: string, expected: "file" | "folder"): (error: unknown) => never {
  return (error) => {
    switch (codeOf(error)) {
      case "ENOENT":
        throw new NoSuchFileError({ path }, { message: `there is no ${path === "" ? "root" : path}` });
      case "ENOTDIR":
      case "EISDIR":
      case "EEXIST":
      case "ENXIO":
        throw wrongKind(path, expected);
      case "ELOOP":
        throw forbidden(path, "is a link that is not followed");
      default:
        throw error;
    }
  };
}

function unlessMissing(path: string): (error: unknown) => undefined {
  return (error) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    return told(path, "folder")(error);
  };
}

function wrongKind(path: string, expected: "file" | "folder"): WrongKindError {
  const message = expected === "file" ? `${path} is no file` : `a part of ${path} is no folder`;
  return new WrongKindError({ path, expected }, { message });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "syscall" in error && "code" in error ? String(error.code) : undefined;
}

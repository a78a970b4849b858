// The contract of the depot: folders and files behind TLS. Plain types; what a path may be is for storage.ts to say.

/** A file or a folder. */
export interface Entry {
  /** From the depot's root, with `/` between names: `reports/2024/may.csv`. The root itself is the empty text. */
  path: string;
  kind: "file" | "folder";
  /** 0 for a folder. */
  bytes: number;
  modified: Date;
}

/** What became of an upload. */
export interface Stored {
  path: string;
  bytes: number;
  /** Of what was written, in hex: the caller can compare. */
  sha256: string;
  modified: Date;
}

export interface Query {
  /** Found as it is written, case included. */
  text: string;
  /** Where to look, with all folders below. */
  folder: string;
  /** The search ends after this many matches. Default: all of them. */
  most?: number;
}

/** A line that has the text. */
export interface Match {
  path: string;
  /** From 1. */
  line: number;
  /** The line, or the part of a long one around the text. */
  text: string;
}

/** What happens in a folder. */
export type Change =
  /** The first of every watch: from now on nothing is missed. */
  | { kind: "watching"; folder: string }
  /** A whole file is there, new or in place of another. */
  | { kind: "stored"; path: string; bytes: number }
  | { kind: "grown"; path: string; bytes: number }
  | { kind: "touched"; path: string }
  | { kind: "removed"; path: string }
  /** An upload ended before it was whole, and nothing of it is kept. */
  | { kind: "abandoned"; path: string };

/** What a caller believes of a file. */
export interface Claim {
  path: string;
  /** In hex. */
  sha256: string;
}

/** What is true of it. */
export type Verdict =
  | { kind: "same"; path: string }
  | { kind: "different"; path: string; sha256: string }
  | { kind: "missing"; path: string }
  /** The depot has it, and nobody claimed it. */
  | { kind: "unclaimed"; path: string };

/** There is nothing at this path. */
export interface NoSuchFile {
  path: string;
}

/** A file where a folder is meant, or the other way round. */
export interface WrongKind {
  path: string;
  expected: "file" | "folder";
}

/** A path that is none, or that leads out of the depot. */
export interface ForbiddenPath {
  path: string;
  reason: string;
}

/** A file that is larger than this depot takes. */
export interface TooLarge {
  path: string;
  mostBytes: number;
}

/** Keeps files. Whoever is known may read; only keepers change anything. */
export interface Depot {
  /**
   * What is in a folder, by name.
   *
   * @readonly
   * @throws {NoSuchFile}
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   */
  list(folder: string): Promise<Entry[]>;

  /**
   * @readonly
   * @throws {NoSuchFile}
   * @throws {ForbiddenPath}
   */
  stat(path: string): Promise<Entry>;

  /**
   * Waits until there is something at a path: at once, where there is already.
   *
   * @readonly
   * @timeout 5min
   * @throws {ForbiddenPath}
   */
  arrival(path: string): Promise<Entry>;

  /**
   * Stores a file, whole or not at all, with the folders on its way; replaces the file that is there.
   *
   * @timeout 10min
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   * @throws {TooLarge}
   */
  upload(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Stored>;

  /**
   * Adds to the end of a file, which is made where there is none.
   *
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   * @throws {TooLarge}
   */
  append(path: string, bytes: Uint8Array): Promise<Entry>;

  /**
   * @throws {NoSuchFile}
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   */
  remove(path: string): Promise<void>;

  /**
   * A file from its beginning to its end, in pieces of at most 64 KiB.
   *
   * @throws {NoSuchFile}
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   */
  download(path: string): AsyncIterable<Uint8Array>;

  /**
   * A file from its beginning, and then what is added to it. Ends when the file is removed or replaced.
   *
   * @throws {NoSuchFile}
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   */
  tail(path: string): AsyncIterable<Uint8Array>;

  /**
   * The lines of text files that have a text, file by file.
   *
   * @throws {NoSuchFile}
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   */
  search(query: Query): AsyncIterable<Match>;

  /**
   * What happens in a folder and below, from now on. Whoever falls too far behind loses the stream, with
   * `resource-exhausted`.
   *
   * @throws {ForbiddenPath}
   */
  watch(folder: string): AsyncIterable<Change>;

  /**
   * Compares what a caller has with what a folder holds: a verdict for each claim as it comes, and at the end one for
   * each file that nobody claimed.
   *
   * @throws {NoSuchFile}
   * @throws {WrongKind}
   * @throws {ForbiddenPath}
   */
  verify(folder: string, claims: AsyncIterable<Claim>): AsyncIterable<Verdict>;

  /**
   * Makes a file look changed now. Nobody hears of a failure.
   *
   * @oneway
   */
  touch(path: string): void;
}

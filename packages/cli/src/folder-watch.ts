// Tells which paths of some folders may have changed. Folders and not files are watched: editors replace a file by
// another, and a file that is missing cannot be watched at all. Knows nothing of what the files are for.
import { type FSWatcher, watch } from "node:fs";

/** Watches the files directly inside some folders, until it is closed. */
export class FolderWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #touched: (path: string) => void;

  /** @param touched called with a path (the folder and a slash before it) that was written, made, renamed or removed */
  constructor(touched: (path: string) => void) {
    this.#touched = touched;
  }

  /**
   * Watches `folders` and no others; one that is not there is left out. A folder that is new here is touched itself:
   * something may have come into it before.
   *
   * @throws the system's error where there are more folders than it can watch
   */
  watch(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) if (!folders.has(folder)) this.#drop(folder, watcher);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#add(folder);
  }

  close(): void {
    this.watch(new Set());
  }

  #add(folder: string): void {
    try {
      const watcher = watch(folder, (_event, name) => this.#touched(name === null ? folder : `${folder}/${name}`));
      // A folder that goes ends its watch; the one above it tells when it comes again.
      watcher.on("error", () => this.#drop(folder, watcher));
      this.#watchers.set(folder, watcher);
      this.#touched(folder);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(folder) === watcher) this.#watchers.delete(folder);
    this.#touched(folder);
  }
}

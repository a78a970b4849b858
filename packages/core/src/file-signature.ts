// Whether files changed, without reading them. Links are followed, so that a swapped symbolic link is a change.
import { stat } from "node:fs/promises";

/** What files look like from outside. */
export interface FileSignature {
  /** Differs after any of them was written, replaced by a rename, or leads elsewhere. */
  readonly text: string;
  /** When the newest of them changed, in ms since the epoch; 0 where there is none. */
  readonly changedAt: number;
}

/**
 * Looks at `paths`. It is polled rather than taken from the system's events: those say nothing of a link's far end, and
 * nothing at all on network file systems.
 */
export async function signatureOf(paths: readonly string[]): Promise<FileSignature> {
  let changedAt = 0;
  const texts = await Promise.all(
    paths.map(async (path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(path, { bigint: true });
        changedAt = Math.max(changedAt, Number(ctimeMs));
        return [dev, ino, size, mtimeNs, ctimeNs].join();
      } catch (error) {
        return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      }
    }),
  );
  return { text: texts.join("|"), changedAt };
}

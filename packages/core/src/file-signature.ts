// Whether files changed, without reading them. Links are followed, so that a swapped symbolic link is a change.
import { stat } from "node:fs/promises";

/**
 * A text that differs after any of `paths` was written, replaced by a rename, or leads elsewhere. It is polled rather than
 * taken from the system's events: those say nothing of a link's far end, and nothing at all on network file systems.
 */
export async function signatureOf(paths: readonly string[]): Promise<string> {
  const signatures = await Promise.all(
    paths.map(async (path) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
        return [dev, ino, size, mtimeNs, ctimeNs].join();
      } catch (error) {
        return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      }
    }),
  );
  return signatures.join("|");
}

// What a path of the depot may look like. Text only: where it leads on the disk is for storage.ts to find out.
import { ForbiddenPathError } from "./depot.rpc.js";

/** The folder of uploads that are not whole yet, in the root. No path reaches it. */
export const incomingName = ".incoming";

const mostPathBytes = 4096;
const mostNameBytes = 255;

/**
 * The names that a path is made of, from the root; none for the root itself. Every path has one spelling, so that equal
 * paths are equal texts.
 *
 * @throws ForbiddenPathError for an absolute path, `.`, `..`, an empty name, a NUL, and what is longer than file systems take
 */
export function namesOf(path: string): string[] {
  if (path === "") return [];
  const refuse = (reason: string): never => {
    throw forbidden(path, reason);
  };
  if (path.includes("\0")) refuse("a path has no NUL");
  if (path.startsWith("/")) refuse("a path begins at the depot's root, without a slash");
  if (Buffer.byteLength(path) > mostPathBytes) refuse(`a path is at most ${mostPathBytes} bytes long`);
  const names = path.split("/");
  for (const name of names) {
    if (name === "" || name === "." || name === "..") refuse(`"${name}" is no name of a file or folder`);
    if (Buffer.byteLength(name) > mostNameBytes) refuse(`a name is at most ${mostNameBytes} bytes long`);
  }
  if (names[0] === incomingName) refuse(`${incomingName} belongs to the depot`);
  return names;
}

/** Whether a path is a folder itself, or something below it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** The error for a path that is refused, with a message for people. */
export function forbidden(path: string, reason: string): ForbiddenPathError {
  return new ForbiddenPathError({ path, reason }, { message: `${JSON.stringify(path.slice(0, 200))}: ${reason}` });
}

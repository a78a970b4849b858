// The one error that a command tells in a single line. Knows nothing of any command.

/** A command cannot go on, and its user can do something about it. The message names what, where and the remedy. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

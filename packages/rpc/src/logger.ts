// What an operator reads. One interface that pino satisfies; a plain one for those who bring none.

/** Fields first, then the sentence: the shape of pino. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * One line for each event on standard error: time, level, sentence, fields as `key=value`; nothing below `info`. Errors
 * are written with their stack.
 */
export const defaultLogger: Logger = {
  debug() {},
  info: (fields, message) => write("info ", fields, message),
  warn: (fields, message) => write("warn ", fields, message),
  error: (fields, message) => write("error", fields, message),
};

function write(level: string, fields: object, message: string): void {
  // What a peer said may be part of the sentence: it must not begin a line.
  const parts = [new Date().toISOString(), level, message.replaceAll(/[\x00-\x1f\x7f\x85\u2028\u2029]+/g, " ")];
  let stack = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value instanceof Error) {
      parts.push(`${key}=${JSON.stringify(value.message)}`);
      stack += `\n${indent(value)}`;
    } else parts.push(`${key}=${shown(value)}`);
  }
  process.stderr.write(`${parts.join(" ")}${stack}\n`);
}

function shown(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/@[\]-]+$/.test(value)) return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A cycle or a bigint: a logger must not throw at whoever reports a failure.
    return String(value);
  }
}

function indent(error: Error): string {
  return (error.stack ?? error.message).replaceAll(/^/gm, "    ");
}

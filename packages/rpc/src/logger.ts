// What an operator reads. One interface that pino satisfies; a plain one for those who bring none.
import { RpcError } from "./rpc-error.js";
import { attempt, errorOf, shown, textOf } from "./thrown.js";

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

/**
 * What a server writes to: what `given` throws is no reason to fail, and its line is written to standard error then, with the
 * reason as the field `loggerThrew`.
 *
 * @throws RpcError `invalid-argument` where it is no logger
 */
export function guarded(given: Logger | false | undefined): Logger {
  if (given === false) return silentLogger;
  const logger = given ?? defaultLogger;
  const level = (name: keyof Logger): Logger[keyof Logger] => {
    if (typeof logger[name] !== "function") {
      const message = `the option logger has no method ${name}: it must be of the shape of pino's, or false`;
      throw new RpcError("invalid-argument", message, { executed: "no" });
    }
    return (fields, message) =>
      attempt(
        () => logger[name](fields, message),
        (thrown) => defaultLogger[name]({ ...fields, loggerThrew: textOf(thrown) }, message),
      );
  };
  return { debug: level("debug"), info: level("info"), warn: level("warn"), error: level("error") };
}

/**
 * What a terminal obeys instead of showing it: control characters, ends of lines, and what turns the direction of writing. A peer may
 * have said any part of a line: it must not begin another one, nor hide what stands before it.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

function write(level: string, fields: object, message: string): void {
  const parts = [new Date().toISOString(), level, message.replaceAll(unprintable, " ")];
  let stack = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (isError(value)) {
      const error = errorOf(value);
      parts.push(`${key}=${escaped(JSON.stringify(error.message))}`);
      stack += `\n${indented(stackOf(error))}`;
    } else parts.push(`${key}=${fieldText(value)}`);
  }
  process.stderr.write(`${parts.join(" ")}${stack}\n`);
}

function fieldText(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/@[\]-]+$/.test(value)) return value;
  try {
    return escaped(JSON.stringify(value) ?? shown(value));
  } catch {
    // A cycle or a bigint: a logger must not throw at whoever reports a failure.
    return escaped(shown(value));
  }
}

/** What JSON need not escape is escaped in its way. */
function escaped(text: string): string {
  return text.replaceAll(unprintable, (found) =>
    Array.from(found, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  );
}

function indented(stack: string): string {
  const lines = stack.split("\n");
  return lines.map((line) => `    ${line.replaceAll(unprintable, " ")}`).join("\n");
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function stackOf(error: Error): string {
  try {
    return typeof error.stack === "string" ? error.stack : error.message;
  } catch {
    return error.message;
  }
}

// Finds a text in the lines of a file that comes in chunks. Holds one chunk and one line, never a file.

/** A line with the text, or the part of a long one around it. */
export interface LineMatch {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Characters; a longer line is searched in pieces, each of which may match. */
const longestLine = 64 * 1024;
/** Characters shown before and behind the text. */
const margin = 80;

/** The lines that have `wanted`, case included. A file with a NUL in it is no text, and is left at the first one. */
export async function* linesWith(wanted: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LineMatch> {
  const decoder = new TextDecoder();
  let line = 1;
  let rest = "";
  for await (const chunk of chunks) {
    if (chunk.includes(0)) return;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const each of lines) {
      if (each.includes(wanted)) yield { line, text: around(wanted, each) };
      line++;
    }
    if (rest.length > longestLine) {
      if (rest.includes(wanted)) yield { line, text: around(wanted, rest) };
      // What might be the beginning of the text stays.
      rest = wanted.length > 1 ? rest.slice(1 - wanted.length) : "";
    }
  }
  rest += decoder.decode();
  if (rest.includes(wanted)) yield { line, text: around(wanted, rest) };
}

function around(wanted: string, line: string): string {
  const at = line.indexOf(wanted);
  return line.slice(Math.max(at - margin, 0), at + wanted.length + margin).trim();
}

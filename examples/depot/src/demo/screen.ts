// What people see while the demo runs: one line per event, and on a terminal a progress bar and colours. Elsewhere no
// control character is written.
import picocolors from "picocolors";
import type { Check, JournalReader, Step } from "./journal.js";
import { formatBytes, formatMs } from "./figures.js";

type Colors = ReturnType<typeof picocolors.createColors>;

/** Where the screen writes; a process's stream fits. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

const barWidth = 24;
const nameWidth = 20;
const redrawMs = 80;

export class Screen implements JournalReader {
  readonly colors: Colors;
  readonly #output: Output;
  readonly #live: boolean;
  #step: string | undefined;
  /** What was checked within the running step; shown below its figures. */
  #held: Check[] = [];
  #drawn = false;

  /** Without an output nothing is shown. */
  constructor(output: Output | undefined) {
    this.#output = output ?? { write() {} };
    this.#live = output?.isTTY === true;
    this.colors = picocolors.createColors(this.#live && picocolors.isColorSupported);
  }

  line(text: string): void {
    this.#clear();
    this.#output.write(`${text}\n`);
  }

  /** A fact about the preparation. */
  note(name: string, detail: string): void {
    this.line(`${this.colors.cyan("•")} ${name.padEnd(nameWidth)} ${this.colors.dim(detail)}`);
  }

  stepBegan(name: string): void {
    this.#step = name;
    this.#draw(this.colors.dim("…"));
  }

  stepEnded({ name, bytes, ms }: Step): void {
    this.note(name, bytes > 0 ? `${formatBytes(bytes)} in ${formatMs(ms)}` : formatMs(ms));
    this.stepLeft();
  }

  stepLeft(): void {
    this.#step = undefined;
    for (const check of this.#held.splice(0)) this.checked(check);
  }

  checked(check: Check): void {
    if (this.#step !== undefined) return void this.#held.push(check);
    const { name, ok, detail } = check;
    const mark = ok ? this.colors.green("✓") : this.colors.red("✗");
    const seen = detail === "" ? "" : `  ${this.colors.dim(detail)}`;
    this.line(`    ${mark} ${ok ? name : this.colors.red(name)}${seen}`);
  }

  /** A bar for the running step; takes what came since. Drawn on a terminal only, a few times a second. */
  progress(total: number): (bytes: number) => void {
    const start = performance.now();
    let done = 0;
    let drawn = -Infinity;
    return (bytes) => {
      done += bytes;
      const now = performance.now();
      if (now - drawn < redrawMs) return;
      drawn = now;
      const share = total === 0 ? 1 : Math.min(done / total, 1);
      const filled = Math.round(share * barWidth);
      const bar = `${this.colors.cyan("█".repeat(filled))}${this.colors.dim("░".repeat(barWidth - filled))}`;
      const speed = `${formatBytes((done / Math.max(now - start, 1)) * 1000)}/s`;
      const percent = `${Math.floor(share * 100)}`.padStart(3);
      this.#draw(`${bar} ${percent} %  ${formatBytes(done)}  ${this.colors.dim(speed)}`);
    };
  }

  #draw(text: string): void {
    if (!this.#live) return;
    this.#clear();
    this.#output.write(`  ${this.#step ?? ""} ${text}`);
    this.#drawn = true;
  }

  #clear(): void {
    if (this.#drawn) this.#output.write("\r\u001b[2K");
    this.#drawn = false;
  }
}

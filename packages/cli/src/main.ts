#!/usr/bin/env node
// The process of the `tautline` command; what it does is in command-line.ts.
import { runCommandLine } from "./command-line.js";

// Set, not exited with: what was written to a pipe still goes out.
process.exitCode = await runCommandLine(process.argv.slice(2), process);

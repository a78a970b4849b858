#!/usr/bin/env node
// The process of the `tautline` command; what it does is in command-line.ts.
import { setFlagsFromString } from "node:v8";
import { runCommandLine } from "./command-line.js";

// The compiler runs for a second, a fifth of which V8 11 (Node 20) would spend on optimizing what is over before that
// pays. Later versions weigh it by another rule, and complain of the flag.
if (process.versions.v8.startsWith("11.")) setFlagsFromString("--interrupt-budget=500000");

// Set, not exited with: what was written to a pipe still goes out.
process.exitCode = await runCommandLine(process.argv.slice(2), process);

// The instrument's own arithmetic: what it says of a series, whose turn it is, and what a report and a chart make of it. No peers, and
// nothing timed.
import { describe, expect, test } from "vitest";
import type { CaseResult } from "./bench/harness/campaign.js";
import { readOptions, UsageError } from "./bench/harness/options.js";
import { MeasuredProcess } from "./bench/harness/process.js";
import { hottest } from "./bench/harness/profile.js";
import { renderCase, renderComparison, reportCase } from "./bench/harness/report.js";
import { interleave } from "./bench/harness/rounds.js";
import { quantile, summarize, summarizeRatio } from "./bench/harness/statistics.js";
import { formatTable } from "./bench/harness/table.js";
import { drawChart } from "./bench/chart/draw.js";
import { panelsOf } from "./bench/chart/panels.js";
import { contractOf } from "./bench/growth/methods-contract.js";
import { describeMachine } from "./bench/harness/machine.js";
import { silentStream } from "./bench/systems/source.js";
import type { Client } from "./bench/systems/system.js";
import { findCase } from "./bench/workloads/cases.js";
import { OpenStreams, readTogether } from "./bench/workloads/streams.js";

describe("a series", () => {
  test("is told by its median and its whole range", () => {
    expect(summarize([5, 1, 9, 3])).toEqual({ median: 4, min: 1, max: 9, runs: 4 });
    expect(summarize([7])).toEqual({ median: 7, min: 7, max: 7, runs: 1 });
  });

  test("leaves what it was given as it was", () => {
    const values = [3, 1, 2];
    summarize(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test("of nothing has no summary", () => {
    expect(() => summarize([])).toThrow(RangeError);
  });

  test("has quantiles between its values, by linear interpolation", () => {
    expect(quantile([10, 20, 30, 40, 50], 0.99)).toBeCloseTo(49.6);
    expect(quantile([10, 20], 0.5)).toBe(15);
  });

  test("is compared round by round, so that a slow round of both changes nothing", () => {
    expect(summarizeRatio([10, 1, 8], [20, 2, 16])).toEqual({ median: 0.5, min: 0.5, max: 0.5, runs: 3 });
  });

  test("is compared in the rounds that both have", () => {
    expect(summarizeRatio([10, undefined, 30], [10, 10])).toEqual({ median: 1, min: 1, max: 1, runs: 1 });
    expect(summarizeRatio([10], [])).toBeUndefined();
  });
});

test("systems take turns, after a round that does not count", () => {
  const turns = Array.from(interleave(["A", "B", "C"], 2), ({ round, system }) => `${system}${round}`);
  expect(turns).toEqual(["A0", "B0", "C0", "A1", "B1", "C1", "A2", "B2", "C2"]);
});

describe("the report of a case", () => {
  const result: CaseResult = {
    test: findCase("w1-c64"),
    series: [
      { system: "raw", rounds: [figures(100), figures(50)], failure: undefined },
      { system: "tautline", rounds: [figures(150), figures(80)], failure: undefined },
      { system: "peer", rounds: [figures(10)], failure: "Error: gone\nat a place" },
      { system: "other", rounds: [], failure: "unsupported" },
    ],
  };
  const report = reportCase(result, "raw");

  test("has each figure's median, and its ratio to the reference round by round", () => {
    const [, ours] = report.systems;
    expect(ours?.figures["perSecond"]?.summary).toEqual({ median: 115, min: 80, max: 150, runs: 2 });
    expect(ours?.figures["perSecond"]?.ratio?.median).toBeCloseTo(1.55);
  });

  test("keeps each run as it was", () => {
    expect(report.systems[0]?.rounds).toEqual([figures(100), figures(50)]);
  });

  test("shows a system that failed with what it had before, and why", () => {
    const lines = renderCase(report, result.test).split("\n");
    expect(lines.find((line) => line.startsWith("peer"))).toMatch(/10\.0 .* 0\.10 .* Error: gone$/);
    expect(lines.find((line) => line.startsWith("other"))).toMatch(/– .*unsupported$/);
  });

  test("compares two systems directly", () => {
    expect(renderComparison(report, "tautline", "raw")).toBe("tautline against raw: 1.55 (1.50–1.60), more is better");
    expect(renderComparison(report, "tautline", "nobody")).toMatch(/no run has both/);
  });

  function figures(perSecond: number): Record<string, number> {
    return { perSecond, serverCpuSeconds: 1, clientCpuSeconds: 2, serverPeakMib: 60, clientPeakMib: 70 };
  }
});

describe("the command line", () => {
  test("picks systems by name, and cases by workload or by name, in the order of the workloads", () => {
    const options = readOptions([
      "--systems",
      "raw,tautline",
      "--workloads",
      "W4,w1-c64",
      "--runs",
      "9",
      "--chart",
      "a.svg",
    ]);
    expect(options).toMatchObject({ systems: ["raw", "tautline"], runs: 9, chart: "a.svg" });
    expect(options !== "help" && options.cases.map(({ name }) => name)).toEqual(["w1-c64", "w4"]);
  });

  test("counts seven runs by default, of all systems and cases", () => {
    const options = readOptions([]);
    expect(options).toMatchObject({ runs: 7, chart: undefined, compare: undefined });
    const workloads = options !== "help" && options.cases.map(({ workload }) => workload);
    expect([...new Set(workloads || [])]).toEqual(["w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8", "w9"]);
  });

  test("takes w1 for w1 alone, and w10 for all that grows", () => {
    const picked = (list: string): string[] => {
      const options = readOptions(["--workloads", list]);
      return options === "help" ? [] : options.cases.map(({ name }) => name);
    };
    expect(picked("w1")).toEqual(["w1-c1", "w1-c64", "w1-c512"]);
    const families = ["w10-connections", "w10-streams", "w10-busy", "w10-bytes"];
    expect(picked("w10")).toEqual(families.flatMap(picked));
  });

  test("names what it does not know", () => {
    expect(() => readOptions(["--systems", "corba"])).toThrow(/there is no corba; there are raw, /);
    expect(() => readOptions(["--workloads", "w77"])).toThrow(UsageError);
    expect(() => readOptions(["--runs", "none"])).toThrow(/--runs is none/);
    expect(() => readOptions(["--fast"])).toThrow(UsageError);
  });
});

describe("a process under measurement", () => {
  const program = (body: string) => ({ command: process.execPath, args: ["-e", body] });
  const echo = `
    console.log(JSON.stringify({ port: 7 }));
    require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      if (line === "die") { console.error("last words"); process.exit(1); }
      console.log(line.startsWith("fail") ? '{"error":"it would not"}' : JSON.stringify(line.split(" ")));
    });
  `;

  test("says that it is ready, answers its commands, and ends with its input", async () => {
    const started = await MeasuredProcess.start<{ port: number }>(program(echo));
    expect(started.hello).toEqual({ port: 7 });
    expect(await started.ask(["run", "w1-c1", 2])).toEqual(["run", "w1-c1", "2"]);
    await expect(started.ask(["fail"])).rejects.toThrow("it would not");
    await started.stop();
    await expect(started.ask(["run"])).rejects.toThrow("the process ended");
  });

  test("that ends too early is told with its last words", async () => {
    const started = await MeasuredProcess.start(program(echo));
    await expect(started.ask(["die"])).rejects.toThrow("the process ended");
    await started.stop();
    await expect(MeasuredProcess.start(program("console.error('no such module')"))).rejects.toThrow(
      /the process ended/,
    );
  });

  test("that cannot be started is an error", async () => {
    await expect(MeasuredProcess.start({ command: "/nowhere/at-all", args: [] })).rejects.toThrow(/ENOENT/);
  });
});

test("a profile is told by the time in each function itself, without what was idle", () => {
  const frame = (functionName: string, url = "") => ({ functionName, url, lineNumber: 6 });
  const nodes = [
    { id: 1, callFrame: frame("(idle)") },
    { id: 2, callFrame: frame("send", "file:///src/session.js") },
    { id: 3, callFrame: frame("") },
    // The same function, called from elsewhere.
    { id: 4, callFrame: frame("send", "file:///src/session.js") },
  ];
  expect(hottest({ nodes, samples: [1, 2, 3, 4], timeDeltas: [900, 20, 25, 55] })).toEqual([
    { name: "send", place: "session.js:7", share: 0.75 },
    { name: "(anonymous)", place: "", share: 0.25 },
  ]);
});

test("a table has its figures to the right, and remarks as they are", () => {
  const rows = [
    ["", "ns", ""],
    ["tautline", "9", "check and copy"],
    ["a", "1000", ""],
  ];
  expect(formatTable(rows)).toBe(["            ns", "tautline     9  check and copy", "a         1000"].join("\n"));
});

test("a line of what is proportional has a slope of one, by powers of ten on both axes", () => {
  const points = [1, 10, 100].map((x) => [x, 5 * x] as const);
  const panel = { kind: "lines", title: "", unit: "", of: "", lines: [{ label: "a", points, ours: false }] } as const;
  const [, path = ""] = /points="([^"]*)"/.exec(drawChart([panel], [])) ?? [];
  const [a = [], b = [], c = []] = path.split(" ").map((point) => point.split(",").map(Number));
  const step = (from: number[], to: number[]) => [0, 1].map((axis) => (to[axis] ?? 0) - (from[axis] ?? 0));
  const [[right = 0, up = 0], [nextRight = 0, nextUp = 0]] = [step(a, b), step(b, c)];
  expect([nextRight, nextUp]).toEqual([expect.closeTo(right, 0), expect.closeTo(up, 0)]);
  expect(right).toBeGreaterThan(0);
  expect(up).toBeLessThan(0);
});

test("each figure over what grows is a panel, of the cases that have it, and what is not above 0 is left out", () => {
  const lines = [
    { title: "a call", figure: "cpuUsPerCall", unit: "µs" },
    { title: "memory", figure: "kib", unit: "KiB" },
  ];
  const at = (count: number, drawn: typeof lines, figures: Record<string, number>) => {
    const test = { ...findCase("w10-streams-1"), growth: { of: "streams", at: count, lines: drawn } };
    return reportCase({ test, series: [{ system: "tautline", rounds: [figures], failure: undefined }] }, "raw");
  };
  const cases = [
    at(1, lines.slice(0, 1), { cpuUsPerCall: 20, kib: 900 }),
    at(10, lines, { cpuUsPerCall: 21, kib: -1 }),
    at(100, lines, { cpuUsPerCall: 22, kib: 3 }),
  ];
  const panels = panelsOf({
    kind: "macro",
    machine: describeMachine(),
    command: "",
    versions: {},
    reference: "raw",
    cases,
  });
  expect(panels.map(({ title }) => title)).toEqual(["a call", "memory"]);
  const points = panels.map((panel) => (panel.kind === "lines" ? panel.lines[0]?.points : undefined));
  expect(points).toEqual([
    [
      [1, 20],
      [10, 21],
      [100, 22],
    ],
    [[100, 3]],
  ]);
});

describe("a contract of any size", () => {
  test("has as many methods as it was asked for, fifty to a service at most", () => {
    const { text, services } = contractOf(120);
    expect(Array.from(services.values(), (names) => names.length)).toEqual([50, 50, 20]);
    expect(text.match(/^  method\d+\(/gm)).toHaveLength(120);
  });
});

test("streams that are held open stay open, and are as many as asked for, whatever was open before", async () => {
  const open: number[] = [];
  const client: Client = {
    echoSmall: async (value) => value,
    readItems: (count, take) => {
      open.push(count);
      take({ id: 0 });
      return new Promise(() => {});
    },
    readChunks: async () => {},
    close: async () => {},
  };
  const streams = new OpenStreams();
  for (const count of [3, 3, 100]) await streams.hold(client, count);
  expect(open).toEqual(new Array(100).fill(silentStream));
  const ending: Client = { ...client, readItems: async () => {} };
  await expect(new OpenStreams().hold(ending, 1)).rejects.toThrow("should have stayed open");
});

test("the slowest of busy streams is told by its share when the fastest is done", async () => {
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let opened = 0;
  const client: Client = {
    echoSmall: async (value) => value,
    readItems: async (count, take) => {
      const fast = opened++ === 0;
      for (let id = 0; id < (fast ? count : count / 4); id++) take({ id });
      if (fast) return finish();
      await finished;
      await new Promise(setImmediate);
      for (let id = count / 4; id < count; id++) take({ id });
    },
    readChunks: async () => {},
    close: async () => {},
  };
  const { figures, amount } = await readTogether(client, 2, 100);
  expect(amount).toBe(200);
  expect(figures["slowestShare"]).toBe(0.25);
});

test("a chart has a bar for each figure, to one scale, and escapes what it is told", () => {
  const bar = { min: 0, max: 0, text: "", ours: false };
  const bars = [
    { ...bar, label: "raw", value: 50, max: 50 },
    { ...bar, label: "<ours>", value: 100, max: 100, ours: true },
    { ...bar, label: "peer", value: undefined },
  ];
  const svg = drawChart([{ kind: "bars", title: "calls", unit: "/s", better: "more", bars }], ["a & b"]);
  const widths = Array.from(svg.matchAll(/<rect [^>]*width="([\d.]+)"/g), ([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect((widths[1] ?? 0) / (widths[0] ?? 0)).toBeCloseTo(2, 1);
  expect(svg).toContain("&lt;ours&gt;");
  expect(svg).toContain("a &amp; b");
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeDevelopmentCertificates } from "tautline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, run, tool } from "./support/packages.js";

let folder = "";

beforeAll(async () => {
  // Inside the package, so that what is compiled finds @tautline/rpc as any program would.
  folder = await mkdtemp(join(root, "test", ".types-decorators-"));
  await makeDevelopmentCertificates({
    out: join(folder, "certs"),
    servers: ["server"],
    clients: ["client", "other", "third"],
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ["legacy", { experimentalDecorators: true, emitDecoratorMetadata: true }],
  ["standard", {}],
] as const)(
  "%s decorators mark methods with who may call, how many at once and for how long",
  async (style, options) => {
    const config = join(folder, `tsconfig.${style}.json`);
    await writeFile(
      config,
      JSON.stringify({
        extends: join(root, "tsconfig.base.json"),
        compilerOptions: {
          ...options,
          composite: false,
          rootDir: join(root, "test/fixtures/decorators"),
          outDir: join(folder, style),
        },
        files: [join(root, "test/fixtures/decorators/program.ts")],
      }),
    );
    await tool("tsc", ["-p", config], root);
    const program = join(folder, style, "program.js");
    // The two runs must differ in more than their name.
    expect((await readFile(program, "utf8")).includes("__esDecorate")).toBe(style === "standard");
    const { stdout } = await run(process.execPath, [program, join(folder, "certs")], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({
      patched: false,
      allowed: "open",
      allowedByClassOnly: "permission-denied",
      allowedByNobody: "permission-denied",
      overLimit: "resource-exhausted",
      released: "done",
      held: "held",
      timedOut: "deadline-exceeded",
      stray: "invalid-argument",
      wrongService: "invalid-argument",
    });
  },
);

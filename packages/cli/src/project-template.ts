// The files of a new project: small, complete, and how we would write it. Writes nothing.

/** The files by path, with forward slashes, from the project's folder. */
export function projectFiles(name: string, version: string): ReadonlyMap<string, string> {
  const manifest = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      certs: "tautline certs",
      gen: "tautline gen",
      build: "tautline gen && tsc",
      start: "node dist/server.js",
      call: "node dist/client.js",
      check: "tautline gen --check && tsc --noEmit",
    },
    dependencies: { "@tautline/rpc": `^${version}` },
    devDependencies: { "@types/node": "^20.19.0", tautline: `^${version}`, typescript: "^7.0.2" },
    tautline: { files: ["src/**/*.ts"] },
  };
  const tsconfig = {
    compilerOptions: {
      target: "es2022",
      module: "nodenext",
      types: ["node"],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      skipLibCheck: true,
      sourceMap: true,
      rootDir: "src",
      outDir: "dist",
    },
    include: ["src"],
  };
  return new Map([
    ["package.json", `${JSON.stringify(manifest, null, 2)}\n`],
    ["tsconfig.json", `${JSON.stringify(tsconfig, null, 2)}\n`],
    [".gitignore", "node_modules/\ndist/\n.certs/\n"],
    ["src/greeter.ts", contract],
    ["src/server.ts", server],
    ["src/client.ts", client],
  ]);
}

const contract = `// The contract: what callers may ask. \`npm run gen\` writes greeter.rpc.ts from it, which is committed too.

/** A guest who is turned away. */
export interface Unwelcome {
  who: string;
}

export interface Greeter {
  /**
   * Greets one person.
   *
   * @throws {Unwelcome}
   */
  greet(name: string): Promise<string>;
  /** Greets every guest as they arrive. */
  welcome(guests: AsyncIterable<string>): AsyncIterable<string>;
}
`;

const server = `// Serves the contract over mutual TLS, until it is told to stop.
import { serve } from "@tautline/rpc";
import { greeterService, UnwelcomeError, type GreeterHandlers } from "./greeter.rpc.js";

class Host implements GreeterHandlers {
  async greet(name: string): Promise<string> {
    if (name === "Mallory") throw new UnwelcomeError({ who: name });
    return \`Hello, \${name}!\`;
  }

  async *welcome(guests: AsyncIterable<string>): AsyncIterable<string> {
    for await (const guest of guests) yield \`Come in, \${guest}.\`;
  }
}

const server = await serve({
  port: Number(process.env["PORT"] ?? 7443),
  tls: { ca: ".certs/ca.pem", cert: ".certs/server.pem", key: ".certs/server-key.pem" },
  services: [greeterService.handle(new Host())],
});
console.log(\`serving on port \${server.address.port}\`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void server.drain({ graceMs: 5000 }));
`;

const client = `// Calls the server once in each way.
import { connect } from "@tautline/rpc";
import { GreeterClient, UnwelcomeError } from "./greeter.rpc.js";

const channel = connect(\`tautline://localhost:\${process.env["PORT"] ?? 7443}\`, {
  tls: { ca: ".certs/ca.pem", cert: ".certs/client.pem", key: ".certs/client-key.pem" },
});
const greeter = new GreeterClient(channel);

console.log(await greeter.greet("Ada", { timeoutMs: 2000 }));

async function* guests() {
  yield "Grace";
  yield "Edsger";
}
for await (const line of greeter.welcome(guests())) console.log(line);

try {
  await greeter.greet("Mallory");
} catch (error) {
  if (!(error instanceof UnwelcomeError)) throw error;
  console.log(\`\${error.who} stays outside\`);
}

await channel.close();
`;

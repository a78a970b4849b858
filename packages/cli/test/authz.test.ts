// `tautline authz` as a process, over a module as a build leaves it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
// Inside the package, so that the module finds @tautline/rpc as any program would.
const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), ".authz-"));
afterAll(() => rmSync(folder, { recursive: true }));

function authz(module: string, ...args: string[]) {
  writeFileSync(join(folder, "services.mjs"), module);
  const options = { cwd: folder, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "authz", "services.mjs", ...args], options);
  return { status, stdout, stderr };
}

/** A service of two methods, of which `place` is marked as a decorator would mark it. */
const services = `
import { Allow } from "@tautline/rpc";
import { argumentsOf, defineMethod, defineService } from "@tautline/rpc/generated";
const methodOf = (name) => defineMethod({ service: "Orders", name, shape: "unary", parameters: 0,
  request: argumentsOf(0), requestItem: undefined, response: undefined, errors: [], timeoutMs: undefined, idempotent: false });
class Desk { place() {} list() {} }
Allow("role:checkout", "dns:batch.internal")(Desk.prototype, "place", {});
const orders = defineService("Orders", ["place", "list"].map(methodOf)).handle(new Desk());
`;
const options = `${services}
export const options = { services: [orders], roles: { checkout: ["spiffe://shop/checkout", "spiffe://shop/kiosk/*"] } };
`;

test("every method is told with its callers, roles replaced by those who have them", () => {
  expect(authz(options)).toEqual({
    status: 0,
    stderr: "",
    stdout: `method        callers                 role
Orders/place  spiffe://shop/checkout  checkout
              spiffe://shop/kiosk/*   checkout
              dns:batch.internal
Orders/list   whoever may connect
`,
  });
});

test("it tells of given callers whether they may, and that a hook may say otherwise", () => {
  const closed = options.replace(
    "services: [orders],",
    "services: [orders], defaultDeny: true, authorize: () => true,",
  );
  const { status, stdout } = authz(closed, "--as", "spiffe://shop/kiosk/7", "dns:web.internal");
  expect(status).toBe(0);
  expect(stdout).toMatch(/Orders\/place .* yes +no\n/);
  expect(stdout).toMatch(/Orders\/list +nobody +no +no\n/);
  expect(stdout).toContain("The hook authorize decides as well");
});

test("JSON has the same for machines", () => {
  const { stdout } = authz(`${services} export default [orders];`, "--json", "--as", "dns:batch.internal");
  expect(JSON.parse(stdout)).toMatchObject({
    hook: false,
    rows: [
      { path: "Orders/place", who: "listed", may: { "dns:batch.internal": true } },
      { path: "Orders/list", who: "admitted", may: { "dns:batch.internal": true } },
    ],
  });
});

test.each([
  ["export const answer = 42;", [], "exports no service"],
  ["throw new Error('no database');", [], "services.mjs cannot be loaded: no database"],
  [options, ["--as", "checkout"], `"checkout" is no identity`],
  [
    options.replace("{ checkout: [", "{ chekout: ["),
    [],
    "Orders/place is allowed to role:checkout, and the option roles",
  ],
  [options.replace('"spiffe://shop/checkout"', '"shop/checkout"'), [], 'the role checkout names "shop/checkout"'],
])("what cannot be told exits with 1 and says why: %#", (module, args, why) => {
  expect(authz(module, ...args)).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining(why) });
});

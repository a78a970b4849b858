import { createHash, X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { TlsSource, type TlsEvent } from "../dist/tls-source.js";
import type { TlsMaterial, TlsOptions } from "../dist/tls-material.js";
import { makeAuthority, type Leaf } from "./support/certificates.js";
import { authority, clientLeaf } from "./support/tls.js";

afterEach(() => vi.useRealTimers());

const day = 86_400_000;

interface Watched {
  readonly source: TlsSource<TlsMaterial>;
  readonly events: TlsEvent[];
  /** What happened since this was asked last, by kind. */
  news(): string[];
  /** The news so many days after the beginning. */
  at(days: number): Promise<string[]>;
}

function watch(options: TlsOptions, use = (material: TlsMaterial) => material): Watched {
  // Nothing happens by itself, and no time passes: each test looks when it wants to, at files that were just written.
  const start = Date.now();
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: start });
  const source = new TlsSource(options, "client", use);
  const events: TlsEvent[] = [];
  let told = 0;
  onTestFinished(source.watch((event) => events.push(event)));
  const news = (): string[] => {
    const kinds = events.slice(told).map(({ kind }) => kind);
    told = events.length;
    return kinds;
  };
  const at = async (days: number): Promise<string[]> => {
    vi.setSystemTime(start + days * day);
    await settle(source);
    return news();
  };
  return { source, events, news, at };
}

/** Looks as often as a change that was just written needs: the first time it may not be whole. */
async function settle(source: TlsSource<TlsMaterial>): Promise<void> {
  await source.look();
  await source.look();
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tautline-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function write(path: string, { cert, key }: Leaf, ca = authority.cert): Promise<TlsOptions> {
  const options = { ca: join(path, "ca.pem"), cert: join(path, "tls.crt"), key: join(path, "tls.key") };
  await Promise.all([writeFile(options.ca, ca), writeFile(options.cert, cert), writeFile(options.key, key)]);
  return options;
}

test("files that did not change are not read again", async () => {
  const use = vi.fn((material: TlsMaterial) => material);
  const { source, news } = watch(await write(await folder(), clientLeaf), use);
  const first = await source.current();
  await source.look();
  await source.reload();
  expect(await source.current()).toBe(first);
  expect(use).toHaveBeenCalledTimes(1);
  expect(news()).toEqual([]);
});

test("a set that replaces its files by renames is used from then on, and told with both serial numbers", async () => {
  const path = await folder();
  const { source, events } = watch(await write(path, clientLeaf));
  const before = (await source.current()).material;
  const leaf = await authority.issue({ commonName: "renewed" });
  for (const [name, text] of [
    ["tls.crt", leaf.cert],
    ["tls.key", leaf.key],
  ] as const) {
    await writeFile(join(path, `${name}.new`), text);
    await rename(join(path, `${name}.new`), join(path, name));
  }
  await settle(source);
  const { material } = await source.current();
  expect(material.certificates[0]).toMatchObject({ option: "tls.cert", subject: "CN=renewed" });
  expect(events).toEqual([
    expect.objectContaining({
      kind: "reloaded",
      trust: "same",
      previous: before.certificates[0],
      current: material.certificates[0],
      removed: [],
    }),
  ]);
});

test("a symbolic link that is swapped, as Kubernetes does, is a change", async () => {
  const path = await folder();
  for (const version of ["..1", "..2"]) await mkdir(join(path, version));
  await write(join(path, "..1"), clientLeaf);
  await write(join(path, "..2"), await authority.issue({ commonName: "second" }));
  await symlink("..1", join(path, "..data"));
  for (const name of ["ca.pem", "tls.crt", "tls.key"]) await symlink(`..data/${name}`, join(path, name));
  const { source, news } = watch({
    ca: join(path, "ca.pem"),
    cert: join(path, "tls.crt"),
    key: join(path, "tls.key"),
  });
  await source.current();
  await symlink("..2", join(path, "..data_tmp"));
  await rename(join(path, "..data_tmp"), join(path, "..data"));
  await settle(source);
  expect(news()).toEqual(["reloaded"]);
  expect((await source.current()).material.certificates[0]?.subject).toBe("CN=second");
});

test("a certificate that comes before its key is waited for, and nothing is told of it", async () => {
  const path = await folder();
  const { source, news } = watch(await write(path, clientLeaf));
  const { material } = await source.current();
  const leaf = await authority.issue({ commonName: "renewed" });
  await writeFile(join(path, "tls.crt"), leaf.cert);
  await settle(source);
  expect((await source.current()).material).toBe(material);
  await writeFile(join(path, "tls.key"), leaf.key);
  await settle(source);
  expect(news()).toEqual(["reloaded"]);
});

test("a bundle that is still being written is not taken for less trust", async () => {
  const path = await folder();
  const second = await makeAuthority("second");
  const both = `${authority.cert}\n${second.cert}\n`;
  const { source, news } = watch(await write(path, clientLeaf, both));
  await source.current();
  for (const part of [authority.cert, `${authority.cert}\n${second.cert.slice(0, 200)}`]) {
    await writeFile(join(path, "ca.pem"), part);
    await source.look();
  }
  await writeFile(join(path, "ca.pem"), both);
  await settle(source);
  expect(news()).toEqual([]);
  await writeFile(join(path, "ca.pem"), both.slice(0, -100));
  for (let look = 0; look < 3; look++) await source.look();
  expect(news()).toEqual(["reload-failed"]);
});

test("a set that stays wrong keeps the one before, and is told once", async () => {
  const path = await folder();
  const { source, events, news } = watch(await write(path, clientLeaf));
  const { material } = await source.current();
  await rm(join(path, "tls.key"));
  for (let look = 0; look < 4; look++) await source.look();
  expect(events).toMatchObject([
    { kind: "reload-failed", error: { code: "bad-option", message: expect.stringContaining("ENOENT") } },
  ]);
  expect((await source.current()).material).toBe(material);
  news();
  await writeFile(join(path, "tls.key"), clientLeaf.key);
  await settle(source);
  expect(news()).toEqual([]);
});

test("what the user of a set refuses is not used, and the files of the set before are followed on", async () => {
  const path = await folder();
  const { source, news } = watch(await write(path, clientLeaf), (material) => {
    if (material.resumption) return material;
    throw new Error("not taken");
  });
  const { material } = await source.current();
  await expect(source.reload({ ca: authority.cert, resumption: false })).rejects.toThrow("not taken");
  expect((await source.current()).material).toBe(material);
  expect(news()).toEqual(["reload-failed"]);
  await write(path, await authority.issue({ commonName: "renewed" }));
  await settle(source);
  expect(news()).toEqual(["reloaded"]);
});

test("an authority less narrows trust, one more widens it", async () => {
  const second = await makeAuthority("second");
  const { source, events } = watch({ ca: authority.cert });
  await source.current();
  await source.reload({ ca: [authority.cert, second.cert] });
  await source.reload({ ca: second.cert });
  expect(events).toMatchObject([
    { trust: "widened", removed: [], authorities: [{}, {}] },
    { trust: "narrowed", removed: [{ subject: "CN=test authority" }], authorities: [{ subject: "CN=second" }] },
  ]);
});

test("other revocation lists narrow trust, though no authority is gone", async () => {
  const { source, events } = watch({ ca: authority.cert });
  await source.current();
  await source.reload({ ca: authority.cert, crl: await authority.revoke() });
  expect(events).toMatchObject([{ trust: "narrowed", removed: [] }]);
});

test("an authority that is made anew under its name is another one, and told with its key", async () => {
  const anew = await makeAuthority();
  const { source, events } = watch({ ca: authority.cert });
  await source.current();
  await source.reload({ ca: anew.cert });
  const keyOf = (pem: string): string =>
    createHash("sha256")
      .update(new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" }))
      .digest("hex");
  const name = "CN=test authority";
  expect(events).toMatchObject([
    {
      trust: "narrowed",
      removed: [{ subject: name, publicKey256: keyOf(authority.cert) }],
      authorities: [{ subject: name, publicKey256: keyOf(anew.cert) }],
    },
  ]);
});

test("expiry is told ahead, once for each stage, and again of a successor", async () => {
  const issue = (life: number) =>
    authority.issue({ notBefore: new Date(Date.now() - 1000), notAfter: new Date(Date.now() + life) });
  const { source, events, at } = watch({ ca: authority.cert, ...(await issue(5 * day)) });
  await source.current();
  expect(await at(3)).toEqual([]);
  expect(await at(3.5)).toEqual(["expiring"]);
  expect(events[0]).toMatchObject({ certificate: { option: "tls.cert" }, remainingMs: expect.closeTo(1.5 * day, -4) });
  expect(await at(4.8)).toEqual(["expiring"]);
  expect(await at(5.1)).toEqual(["expired"]);
  await source.reload({ ca: authority.cert, ...(await issue(5 * day)) });
  expect(await at(9.7)).toEqual(["reloaded", "expiring"]);
});

test("the end of a revocation list is told ahead, and a list that is over takes the place of none", async () => {
  const lasting = (days: number) => authority.revoke([], { validTo: new Date(Date.now() + days * day) });
  const path = await folder();
  const crl = join(path, "lists.crl");
  await writeFile(crl, (await lasting(20)) + (await lasting(4)));
  const { source, events, at } = watch({ ca: authority.cert, crl });
  await source.current();
  expect(await at(2)).toEqual([]);
  expect(await at(2.5)).toEqual(["crl-expiring"]);
  expect(events[0]).toMatchObject({ crl: { from: crl, position: 2 }, remainingMs: expect.closeTo(1.5 * day, -4) });
  expect(await at(3.6)).toEqual(["crl-expiring"]);
  const used = await source.current();
  // Whoever put it there meant another.
  await writeFile(crl, await lasting(-0.1));
  expect(await at(3.7)).toEqual(["reload-failed"]);
  expect(await source.current()).toBe(used);
  expect(await at(4.1)).toEqual(["crl-expired"]);
  await writeFile(crl, await lasting(20));
  expect(await at(4.2)).toEqual(["reloaded"]);
});

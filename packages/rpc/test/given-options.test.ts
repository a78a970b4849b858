import { connect, serve, type ConnectOptions, type ServeOptions } from "@tautline/rpc";
import { expect, test } from "vitest";

// What a program without types may pass.
const servers: [string, object, string][] = [
  ["no services", { services: undefined }, "the option services must be an array of what `handle`"],
  [
    "an object in the place of a service",
    { services: [new Date()] },
    "the option services must be an array of what `handle`",
  ],
  ["a role that is no array", { roles: { clerk: "spiffe://shop/clerk" } }, "the role clerk is no array of identities"],
  ["a hook that is no function", { authorize: true }, "authorize is no function"],
  ["a logger without its methods", { logger: { error() {} } }, "the option logger has no method debug"],
  ["a misspelt option", { defaultDenny: true }, "serve has no option defaultDenny: there are services, "],
  ["TLS that would not be used", { tls: {} }, "the options tls and insecure: true exclude each other"],
  ["no word for no TLS", { insecure: "false" }, "the option insecure is true, or left out"],
  ["neither TLS nor its absence", { insecure: undefined }, "serve needs the option tls, or insecure: true"],
];

test.each(servers)("a server with %s is refused, by the option's name", async (_what, given, message) => {
  const options = { insecure: true, host: "127.0.0.1", port: 0, services: [], logger: false, ...given };
  await expect(serve(options as ServeOptions)).rejects.toMatchObject({
    code: "invalid-argument",
    message: expect.stringContaining(message) as string,
  });
});

const channels: [string, unknown, object, unknown][] = [
  ["a URL", new URL("tautline://orders"), {}, 'cannot connect to "tautline://orders": it must be a text'],
  ["a port", 7443, {}, 'cannot connect to "7443": it must be a text'],
  [
    "a misspelt option",
    "tautline://orders",
    { timeoutMS: 5 },
    expect.stringMatching(/^connect has no option timeoutMS: there are /),
  ],
  [
    "a switch for verification",
    "tautline://orders",
    { rejectUnauthorized: false },
    "connect has no option rejectUnauthorized: verification cannot be turned off; to trust a private authority, pass it as tls.ca",
  ],
  [
    "TLS that would not be used",
    "tcp://orders:1",
    { insecure: true, tls: {} },
    expect.stringContaining("exclude each other"),
  ],
  ["credentials that are no function", "tautline://orders", { credentials: "token" }, "credentials is no function"],
];

test.each(channels)("a channel to %s is refused, by the option's name", (_what, target, options, message) => {
  expect(() => connect(target as string, options as ConnectOptions)).toThrowError(
    expect.objectContaining({ code: "invalid-argument", message }) as Error,
  );
});

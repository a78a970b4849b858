// What a program of each system installs and imports, at least, for a server and a client of W1's contract.

export interface Program {
  readonly name: string;
  /** From the registry, in the version that is installed here; ours are packed from this repository. */
  readonly packages: readonly string[];
  /** Imported by a client, in this order; relative ones are of the compiled instrument. */
  readonly client: readonly string[];
}

/** Published from this repository: their names and folders from its root. */
export const ownPackages: ReadonlyMap<string, string> = new Map([
  ["@tautline/core", "packages/core"],
  ["@tautline/rpc", "packages/rpc"],
]);

export const programs: readonly Program[] = [
  {
    name: "tautline",
    packages: [...ownPackages.keys()],
    client: ["@tautline/rpc", "./contract/workload.rpc.js"],
  },
  { name: "ws + msgpackr", packages: ["ws", "msgpackr"], client: ["ws", "msgpackr"] },
  { name: "capnweb", packages: ["capnweb", "ws"], client: ["capnweb", "ws"] },
  {
    name: "trpc",
    packages: ["@trpc/server", "@trpc/client", "ws", "zod"],
    client: ["@trpc/client", "ws"],
  },
  {
    name: "grpc-js",
    packages: ["@grpc/grpc-js", "@grpc/proto-loader"],
    client: ["@grpc/grpc-js", "@grpc/proto-loader"],
  },
  {
    name: "connect",
    packages: ["@connectrpc/connect", "@connectrpc/connect-node", "@bufbuild/protobuf"],
    client: ["@connectrpc/connect", "@connectrpc/connect-node", "./generated/es/workload_pb.js"],
  },
];

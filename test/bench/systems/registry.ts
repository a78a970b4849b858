// The systems by name, in the order of tables: which module adapts each, and which packages its version is of.

export interface Registered {
  readonly name: string;
  /** In the folder of the compiled instrument; undefined for the one that is no module, native gRPC. */
  readonly module: string | undefined;
  /** Whose versions stand for it: packages, this repository's commit, or Node itself. */
  readonly versionOf: readonly string[] | "commit" | "node";
  /** Whether it only runs where it is asked for. Default false. */
  readonly onlyAsked?: boolean;
}

export const systems: readonly Registered[] = [
  { name: "raw", module: "systems/raw/raw.js", versionOf: ["msgpackr"] },
  { name: "raw+", module: "systems/raw-plus/raw-plus.js", versionOf: "commit" },
  { name: "tautline", module: "systems/tautline.js", versionOf: "commit" },
  { name: "tautline-raised", module: "systems/tautline-raised.js", versionOf: "commit", onlyAsked: true },
  { name: "ws", module: "systems/peers/ws.js", versionOf: ["ws", "msgpackr"] },
  { name: "capnweb", module: "systems/peers/capnweb.js", versionOf: ["capnweb", "ws"] },
  { name: "trpc", module: "systems/peers/trpc.js", versionOf: ["@trpc/server", "ws"] },
  { name: "http2", module: "systems/http2-json.js", versionOf: "node" },
  { name: "grpc-js", module: "systems/peers/grpc-js.js", versionOf: ["@grpc/grpc-js", "@grpc/proto-loader"] },
  { name: "nice-grpc", module: "systems/peers/nice-grpc.js", versionOf: ["nice-grpc", "ts-proto"] },
  {
    name: "connect",
    module: "systems/peers/connect.js",
    versionOf: ["@connectrpc/connect-node", "@bufbuild/protobuf"],
  },
  { name: "grpc-cpp", module: undefined, versionOf: [] },
];

/** What ratios are to. */
export const reference = "raw";
/** What a quick look runs. */
export const quickSystems = ["raw", "tautline"];

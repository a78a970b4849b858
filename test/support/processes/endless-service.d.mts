import type { Method, Service } from "@tautline/rpc";

export declare const readMethod: Method;
export declare const endlessService: Service<{ read(): AsyncIterable<Uint8Array> }>;

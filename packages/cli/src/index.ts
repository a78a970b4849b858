// What the commands do, as functions: the public door of the package.
export { CommandError } from "./command-error.js";
export { makeDevelopmentCertificates } from "./certs.js";
export type { CertificateFiles, CertsOptions, DevelopmentCertificates } from "./certs.js";
export type { LeafRole } from "./certificate.js";
export { generateClients } from "./gen.js";
export type { GenOptions, GeneratedFile, GeneratedFiles } from "./gen.js";
export { initProject } from "./init.js";
export type { NewProject } from "./init.js";

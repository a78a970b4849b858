// What an examination of a server means, in the words of who has to act on it. Pure: no connections here.
import type { X509Certificate } from "node:crypto";
import { ourAlpn, type Examination } from "./doctor.js";

/** `problem`: clients fail, or are not safe. `warning`: they will, or may not be. `good` and `note`: nothing to do. */
export type FindingLevel = "good" | "note" | "warning" | "problem";

export interface Finding {
  readonly level: FindingLevel;
  /** What was looked at. */
  readonly about:
    | "connection"
    | "certificate"
    | "name"
    | "protocol"
    | "TLS"
    | "groups"
    | "clients"
    | "resumption"
    | "call";
  readonly message: string;
  /** What to do, where there is something. */
  readonly remedy?: string | undefined;
}

const dayMs = 86_400_000;

/** What is found, in the order in which a connection comes about. `now` is in ms since the epoch. */
export function findingsOf(seen: Examination, now: number): readonly Finding[] {
  const { stranger, host, port } = seen;
  if (!stranger.reached) {
    const remedy = "check the address, that the server runs and listens on more than loopback, and the firewall";
    return [
      {
        level: "problem",
        about: "connection",
        message: `nobody answers at ${host}:${port} (${stranger.error ?? "no answer in time"})`,
        remedy,
      },
    ];
  }
  if (stranger.handshake === undefined && seen.ours?.handshake === undefined) return [noHandshake(seen)];
  return [
    ...certificateFindings(seen, now),
    ...protocolFindings(seen),
    ...versionFindings(seen),
    ...groupFindings(seen),
    ...clientFindings(seen),
    ...resumptionFindings(seen),
    ...callFindings(seen),
  ];
}

function noHandshake({ stranger: { error = "", end } }: Examination): Finding {
  if (error.includes("NO_APPLICATION_PROTOCOL")) {
    return {
      level: "problem",
      about: "protocol",
      message: `the server speaks TLS, and not ${ourAlpn}`,
      remedy: "is this another service's port, or a proxy that ends TLS? tautline needs TLS passed through",
    };
  }
  const why = end === "silent" ? "it does not answer" : error === "" ? "it ends the connection" : error;
  const remedy = "is this the port of a server without TLS (insecure: true), or of another protocol?";
  return { level: "problem", about: "TLS", message: `there is no TLS handshake: ${why}`, remedy };
}

function certificateFindings({ stranger, ours, servername, hasAuthority }: Examination, now: number): Finding[] {
  const handshake = stranger.handshake ?? ours?.handshake;
  const [leaf] = handshake?.chain ?? [];
  if (handshake === undefined || leaf === undefined) return [];
  const found: Finding[] = [];
  if (handshake.distrust === undefined) {
    const by = leaf.issuer.replaceAll("\n", ", ");
    found.push({
      level: "good",
      about: "certificate",
      message: `trusted, issued by ${by}, serial ${leaf.serialNumber}`,
    });
  } else {
    const remedy = hasAuthority
      ? "give --ca the authority that issued it; the server has to send its intermediates in tls.cert, behind the leaf"
      : "only public authorities are trusted here: give --ca the private one";
    found.push({ level: "problem", about: "certificate", message: `not to be trusted: ${handshake.distrust}`, remedy });
  }
  for (const [index, certificate] of handshake.chain.entries()) found.push(...dateFindings(certificate, index, now));
  found.push(...keyFindings(leaf));
  const names = namesOf(leaf);
  const listed = names.length === 0 ? "no names" : names.join(", ");
  if (handshake.isNamed === true)
    found.push({ level: "good", about: "name", message: `${servername} is one of: ${listed}` });
  else {
    const remedy = `connect by a name that it has, or issue one with the alternative name ${servername}`;
    found.push({
      level: "problem",
      about: "name",
      message: `${servername} is not in the certificate, which has ${listed}`,
      remedy,
    });
  }
  const uris = names.filter((name) => name.startsWith("URI:"));
  if (uris.length > 1 && uris.some((uri) => uri.startsWith("URI:spiffe://"))) {
    const message = `a SPIFFE certificate has exactly one URI name, and this one has ${uris.length}: it has no SPIFFE id here`;
    found.push({ level: "problem", about: "name", message, remedy: "issue one with that URI alone" });
  }
  return found;
}

function dateFindings({ subject, validFrom, validTo }: X509Certificate, index: number, now: number): Finding[] {
  const what = index === 0 ? "the certificate" : `the authority ${subject.replaceAll("\n", ", ")}`;
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  const about = "certificate";
  if (now > to) return [{ level: "problem", about, message: `${what} expired on ${validTo}`, remedy: "renew it" }];
  if (now < from) {
    return [
      { level: "problem", about, message: `${what} is valid only from ${validFrom}`, remedy: "check the clocks" },
    ];
  }
  const leftMs = to - now;
  const days = `${(leftMs / dayMs).toFixed(1)} days (${validTo})`;
  if (leftMs <= Math.min((to - from) / 3, 30 * dayMs)) {
    return [
      {
        level: "warning",
        about,
        message: `${what} expires in ${days}`,
        remedy: "renew it: a running server takes new files by itself",
      },
    ];
  }
  return index === 0 ? [{ level: "good", about, message: `${what} is good for another ${days}` }] : [];
}

function keyFindings({ publicKey: { asymmetricKeyType, asymmetricKeyDetails } }: X509Certificate): Finding[] {
  const bits = asymmetricKeyDetails?.modulusLength;
  if (asymmetricKeyType !== "rsa" || bits === undefined || bits >= 2048) return [];
  return [
    {
      level: "problem",
      about: "certificate",
      message: `its RSA key has ${bits} bits`,
      remedy: "use ECDSA P-256, or at least 2048 bits",
    },
  ];
}

function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName === "" ? [] : subjectAltName.split(", ");
}

function protocolFindings({ stranger, ours, withoutAlpn, otherAlpn }: Examination): Finding[] {
  const about = "protocol";
  const agreed = (ours ?? stranger).handshake?.alpn;
  const found: Finding[] = [];
  if (agreed === ourAlpn) found.push({ level: "good", about, message: `agreed on ${ourAlpn} (ALPN)` });
  else {
    const message = `the server did not agree on ${ourAlpn} (ALPN): it chose ${agreed ?? "none"}`;
    found.push({
      level: "problem",
      about,
      message,
      remedy: "is this a tautline server, or does a proxy end TLS before it?",
    });
  }
  const remedy =
    "a server must close connections that did not agree on its protocol: another protocol's client can be turned against it (ALPACA)";
  for (const [probe, offered] of [
    [withoutAlpn, "no protocol"],
    [otherAlpn, "another protocol"],
  ] as const) {
    if (probe?.end === "spoke")
      found.push({ level: "problem", about, message: `a client that offers ${offered} is served`, remedy });
  }
  return found;
}

function versionFindings({ versions }: Examination): Finding[] {
  const about = "TLS";
  const spoken = [...versions].filter(([, isSpoken]) => isSpoken).map(([version]) => version);
  const old = spoken.filter((version) => version === "TLSv1" || version === "TLSv1.1");
  const found: Finding[] = [];
  if (old.length > 0) {
    found.push({
      level: "problem",
      about,
      message: `${old.join(" and ")} are spoken`,
      remedy: "these are broken: a tautline server never does, so look for a proxy",
    });
  }
  if (!spoken.includes("TLSv1.3")) {
    found.push({
      level: "problem",
      about,
      message: "TLS 1.3 is not spoken",
      remedy: "clients of tautline want it by default",
    });
  } else found.push({ level: "good", about, message: "TLS 1.3 is spoken" });
  if (spoken.includes("TLSv1.2")) {
    found.push({
      level: "note",
      about,
      message: "TLS 1.2 is spoken",
      remedy: "where no client needs it, leave tls.minVersion at its default",
    });
  }
  return found;
}

function groupFindings({ groups, stranger, ours }: Examination): Finding[] {
  const about = "groups";
  const taken = [...groups].filter(([, isTaken]) => isTaken).map(([group]) => group);
  const used = (ours ?? stranger).handshake?.group;
  const found: Finding[] = [
    {
      level: taken.length > 0 ? "good" : "warning",
      about,
      message: `key exchange by ${taken.join(", ") || "none that was tried"}${used === undefined ? "" : `; used here: ${used}`}`,
    },
  ];
  const hybrid = groups.get("X25519MLKEM768");
  if (hybrid === undefined) {
    found.push({
      level: "note",
      about,
      message: "whether X25519MLKEM768 is taken cannot be tried",
      remedy: "run the doctor on Node 24 or newer",
    });
  } else if (!hybrid) {
    found.push({
      level: "note",
      about,
      message: "X25519MLKEM768 is not taken: what is recorded today, quantum computers may read",
      remedy: "serve with Node 24 or newer",
    });
  }
  return found;
}

function clientFindings({ stranger, ours }: Examination): Finding[] {
  const about = "clients";
  const found: Finding[] = [];
  if (stranger.end === "spoke") {
    found.push({
      level: "warning",
      about,
      message: "a client without a certificate is served",
      remedy: 'where that is not meant, give the server tls.ca and leave out clientCertificate: "none"',
    });
  } else if (stranger.end === "silent") {
    found.push({
      level: "problem",
      about,
      message: "a client without a certificate is neither served nor refused",
      remedy: "the server is overloaded, or no tautline server: it speaks first",
    });
  } else
    found.push({
      level: "good",
      about,
      message: `a client without a certificate is refused (${stranger.error ?? "closed"})`,
    });
  if (ours === undefined) {
    if (stranger.end !== "spoke")
      found.push({
        level: "note",
        about,
        message: "what a verified client gets was not looked at",
        remedy: "give --cert and --key",
      });
  } else if (ours.end === "spoke") found.push({ level: "good", about, message: "our certificate is accepted" });
  else if (ours.end === "silent") {
    const message = "our certificate is neither accepted nor refused";
    found.push({ level: "problem", about, message, remedy: "look at the server's load, and at its log" });
  } else {
    const remedy =
      "is its authority in the server's tls.ca, is it in date, and is it for clients (clientAuth)? The server's log says which";
    found.push({ level: "problem", about, message: `our certificate is refused (${ours.error ?? "closed"})`, remedy });
  }
  return found;
}

function resumptionFindings({ again }: Examination): Finding[] {
  if (again === undefined) return [];
  const resumed = again.handshake?.resumed === true;
  const message = resumed
    ? "sessions are resumed"
    : "sessions are not resumed: every connection costs a full handshake";
  return [{ level: resumed ? "good" : "note", about: "resumption", message }];
}

function callFindings({ call }: Examination): Finding[] {
  if (call === undefined) return [];
  if ("problem" in call)
    return [
      {
        level: "problem",
        about: "call",
        message: `a client cannot connect: ${call.problem}`,
        remedy: "a tautline server's log says why, with this client's address and identity",
      },
    ];
  const agent = call.agent === "" ? "a server without a name" : call.agent;
  return [{ level: "good", about: "call", message: `${agent} answers a ping in ${call.pingMs.toFixed(1)} ms` }];
}

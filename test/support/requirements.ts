// What PROTOCOL.md demands: each sentence with a MUST, under the number by which tests name it. Knows the form of the page
// and not its content.

/** One demand. */
export interface Requirement {
  /** Section, statement, and a letter where the statement has several: `3.1a`. */
  readonly id: string;
  /** The sentence, on one line. */
  readonly text: string;
}

/** In the order of the page: the sentences, then the violations of §14 by their numbers, each of which has to be answered. */
export function requirementsOf(page: string): readonly Requirement[] {
  const violations = [...page.matchAll(/^\| (V\d+) \| (.*?) \| (.*?) \|$/gm)];
  return [
    ...demandsOf(page),
    ...violations.map(([, id = "", what, reason]) => ({ id, text: `${what} MUST be answered by ${reason}` })),
  ];
}

function demandsOf(page: string): Requirement[] {
  return statementsOf(page).flatMap(({ id, text }) => {
    const sentences = sentencesOf(text).filter((each) => /\bMUST\b/.test(each));
    return sentences.map((sentence, index) => ({
      id: sentences.length === 1 ? id : id + String.fromCharCode(97 + index),
      text: sentence,
    }));
  });
}

/** The numbered statements of each section; what stands in a section without a number has the section's. */
function statementsOf(page: string): { readonly id: string; text: string }[] {
  const statements: { readonly id: string; text: string }[] = [];
  let section: string | undefined;
  for (const line of page.split("\n")) {
    const heading = /^#+ (\d+(?:\.\d+)?)\.? /.exec(line);
    if (line.startsWith("#")) section = heading?.[1];
    if (section === undefined || heading !== null) {
      if (heading !== null) statements.push({ id: heading[1] ?? "", text: "" });
      continue;
    }
    const item = /^(\d+)\. (.*)/.exec(line);
    if (item === null) {
      const last = statements.at(-1);
      if (last !== undefined) last.text += `\n${line}`;
    } else statements.push({ id: `${section}.${item[1]}`, text: item[2] ?? "" });
  }
  return statements;
}

/** A row of a table is a sentence of its own. */
function sentencesOf(text: string): string[] {
  return text.split(/\n(?=\|)|\n\n/).flatMap((part) =>
    part
      .replace(/\s+/g, " ")
      .trim()
      .split(/(?<=[.;:]\)?) (?=[A-Z("`])/),
  );
}

/** A test that says which requirements it holds, by `// Holds PROTOCOL.md §3.1a, §3.1b.` in front of it. */
export interface Holding {
  readonly ids: readonly string[];
  /** The title of the test. */
  readonly title: string;
}

/** The tests of one file that say so, in order; a violation's number is said by the beginning of a title, or by its case. */
export function holdingsOf(source: string): readonly Holding[] {
  const marked =
    /\/\/ Holds PROTOCOL\.md (.+?)\.\n(?:\s*\/\/.*\n)*\s*(?:it|test|describe)[^]*?\(\s*(["'`])((?:\\.|(?!\2)[^])*?)\2,/g;
  const numbered = /\(\s*"((V\d+): [^"]*)",/g;
  const cases = /\bviolation\(\s*"(V\d+)",[^]*?"([^"]+)": /g;
  const all = [
    ...Array.from(source.matchAll(marked), ({ index, 1: ids = "", 3: title = "" }) => ({
      index,
      ids: idsIn(ids),
      title,
    })),
    ...Array.from(source.matchAll(numbered), ({ index, 1: title = "", 2: id = "" }) => ({ index, ids: [id], title })),
    ...Array.from(source.matchAll(cases), ({ index, 1: id = "", 2: what = "" }) => ({
      index,
      ids: [id],
      title: `${id}: ${what}, and others`,
    })),
  ];
  return all.sort((a, b) => a.index - b.index).map(({ ids, title }) => ({ ids, title }));
}

function idsIn(text: string): string[] {
  return text.split(", ").map((each) => each.replace(/^§/, ""));
}

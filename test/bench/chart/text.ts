// Text and numbers inside of SVG, and the heading that all panels have.

export const headingHeight = 40;

export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A place, in pixels: more decimals nobody sees. */
export function place(value: number): string {
  return value.toFixed(1);
}

export function heading(title: string, subtitle: string, left: number, top: number): string[] {
  return [
    `<text class="title" x="${left}" y="${top + 10}">${escape(title)}</text>`,
    `<text class="quiet" x="${left}" y="${top + 26}">${escape(subtitle)}</text>`,
  ];
}

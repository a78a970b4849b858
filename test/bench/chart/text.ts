// Text and numbers inside of SVG.

export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A place, in pixels: more decimals nobody sees. */
export function place(value: number): string {
  return value.toFixed(1);
}

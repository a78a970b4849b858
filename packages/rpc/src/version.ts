// What this implementation calls itself in HELLO.
export const agent = "tautline/0.1.0";

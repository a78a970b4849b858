// What is known of one conversation when it is over.

export interface Conversation {
  /** That were sent, right and wrong. */
  readonly frames: number;
  /** How it ended: `answers`, `closed`, `cut off`, or the reason that the other end gave. */
  readonly outcome: string;
  /** What must not have happened, and did. */
  readonly fault: string | undefined;
}

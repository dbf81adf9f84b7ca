/** A failure in words: what happened, what it means, what to do. */
export interface Explanation {
  readonly title: string
  /** What is to be understood from it. */
  readonly meaning: string
  /** What to try, the likeliest first. Backquotes mean code. */
  readonly advice: readonly string[]
}

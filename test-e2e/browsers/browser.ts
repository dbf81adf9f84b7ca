/** A real browser, driven just enough: it opens a page and runs functions in it. */
export interface Browser {
  /** Name and version, as the browser reports them. */
  readonly version: string
  /** A new page, with nothing kept from earlier ones that a test could see. */
  open(url: string): Promise<BrowserPage>
  close(): Promise<void>
}

export interface BrowserPage {
  /**
   * Runs a function in the page and returns what it resolves with, as JSON. The function must not use anything from
   * outside itself: only its text goes there.
   */
  evaluate<Argument, Result>(run: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result>
  close(): Promise<void>
}

/** Rejections and values of a function that ran in a page, carried through a driver that knows only JSON. */
export type PageOutcome = { readonly value: unknown } | { readonly error: string }

export function resultOf<Result>(outcome: PageOutcome): Result {
  if ('error' in outcome) throw new Error(`in the page: ${outcome.error}`)
  return outcome.value as Result
}

export const engines = ['chromium', 'firefox', 'webkit'] as const
export type Engine = (typeof engines)[number]

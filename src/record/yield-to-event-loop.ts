/**
 * Chromium answers a crypto call inside the call, and what awaits it runs without ever leaving the microtask queue: a
 * long transfer would freeze the page. Engines that work on other threads leave it by themselves, and so does Node
 * unless its provider works at once: there a turn of the loop now and then is enough.
 */
export const yieldToEventLoop: (() => Promise<void>) | undefined = chooseYield()

function chooseYield(): (() => Promise<void>) | undefined {
  const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } }
  if (isNode()) return everyFourth((done) => setImmediate(done))
  if (typeof scheduler?.yield === 'function') return () => scheduler.yield?.() ?? Promise.resolve()
  if (typeof MessageChannel !== 'function') return undefined
  return () =>
    new Promise((resolve) => {
      // a timer would be held back to 4 ms, and in a hidden tab to a second
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(null)
    })
}

/** In Node a turn of the loop costs more than in a page, and delays nobody's frame. */
function everyFourth(yieldOnce: (done: () => void) => void): () => Promise<void> {
  let calls = 0
  return async () => {
    if (++calls % 4 === 0) await new Promise<void>(yieldOnce)
  }
}

declare const setImmediate: (done: () => void) => void

function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } }
  return process?.versions?.node !== undefined
}

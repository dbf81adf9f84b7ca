/** What the tests call in a page. Values go through browser drivers, so they are JSON. */
export interface WebtlsTest {
  /** Unhandled rejections and errors of the page since it was loaded. */
  readonly failures: readonly string[]
}

declare global {
  interface Window {
    webtlsTest: WebtlsTest
  }
}

const failures: string[] = []
window.addEventListener('unhandledrejection', (event) => {
  failures.push(`unhandled rejection: ${String(event.reason)}`)
})
window.addEventListener('error', (event) => {
  failures.push(`error: ${event.message}`)
})

window.webtlsTest = { failures }

type Child = Node | string | undefined | false
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Makes an element; `undefined` and `false` leave an attribute or a child out. Text is never read as HTML. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== undefined && child !== false))
  return element
}

/** An element of the page's own HTML. */
export function byId<T extends HTMLElement>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id)
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} with the id "${id}"`)
  return element
}

/** Runs `task` soon, and again only after it was asked for again: many changes, one drawing. */
export function throttled(task: () => void, milliseconds: number): () => void {
  let isWaiting = false
  return () => {
    if (isWaiting) return
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      task()
    }, milliseconds)
  }
}

/** A button that copies text and says so for a moment. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = h('button', { type: 'button', class: 'quiet' }, label)
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(text()).then(
      () => tell('Copied'),
      () => tell('The browser did not allow it'),
    )
  })
  const tell = (message: string) => {
    button.textContent = message
    setTimeout(() => {
      button.textContent = label
    }, 1500)
  }
  return button
}

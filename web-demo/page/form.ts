import { byId } from './dom.js'
import type { BodyKind, FormValues } from './form-values.js'
import { methods } from './form-values.js'

/** The form, as values; shows only the fields that matter. */
export class RequestForm {
  readonly element = byId('form', HTMLFormElement)
  readonly #connect = byId('connect', HTMLButtonElement)
  readonly #file = byId('body-file', HTMLInputElement)

  constructor() {
    byId('method', HTMLSelectElement).append(...methods.map((method) => new Option(method, method)))
    this.element.addEventListener('input', () => this.#showFields())
  }

  /** Without an embedded CA there is nothing to choose. */
  set hasEmbeddedCa(hasIt: boolean) {
    const choice = this.element.querySelector<HTMLInputElement>('input[value="demo"]')
    if (choice) choice.disabled = !hasIt
  }

  set isRunning(isRunning: boolean) {
    this.#connect.textContent = isRunning ? 'Stop' : 'Connect'
    this.#connect.dataset.running = String(isRunning)
  }

  get file(): File | undefined {
    return this.#file.files?.[0]
  }

  get values(): FormValues {
    const data = new FormData(this.element)
    const text = (name: keyof FormValues) => String(data.get(name) ?? '').trim()
    return {
      host: text('host'),
      port: Number(text('port')),
      method: text('method'),
      path: text('path') || '/',
      relay: text('relay'),
      serverName: text('serverName'),
      alpn: text('alpn'),
      trust: text('trust') === 'demo' ? 'demo' : 'pem',
      pem: text('pem'),
      cipherSuite: text('cipherSuite'),
      group: text('group'),
      withoutKeyShare: data.has('withoutKeyShare'),
      bodyKind: text('bodyKind') as BodyKind,
      bodyText: String(data.get('bodyText') ?? ''),
      bodyMegabytes: Number(text('bodyMegabytes')),
    }
  }

  set values(values: FormValues) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.element.elements.namedItem(name)
      if (field instanceof HTMLInputElement && field.type === 'checkbox') field.checked = value === true
      else if (field instanceof RadioNodeList || isTextField(field)) field.value = String(value)
    }
    this.#showFields()
  }

  /** @throws RangeError for what could not be sent */
  check(values: FormValues): void {
    if (values.host === '') throw new RangeError('say which host to connect to')
    if (!(Number.isInteger(values.port) && values.port >= 1 && values.port <= 65535)) {
      throw new RangeError('a port is a number from 1 to 65535')
    }
    if (values.relay === '') throw new RangeError('say which relay to use, under Options: wss://…')
    if (values.trust === 'pem' && values.pem === '') {
      throw new RangeError('paste the PEM of the CA to trust, under Options, Trust')
    }
  }

  #showFields(): void {
    const { method, bodyKind, trust, alpn, relay } = this.values
    byId('body-fields', HTMLFieldSetElement).hidden = method !== 'POST' && method !== 'PUT'
    for (const label of this.element.querySelectorAll<HTMLElement>('[data-body]')) {
      label.hidden = label.dataset.body !== bodyKind
    }
    byId('pem-field', HTMLLabelElement).hidden = trust !== 'pem'
    const trusted = trust === 'demo' ? 'the embedded CA' : 'pasted roots'
    byId('options-summary', HTMLElement).textContent =
      `relay ${relay || 'unset'}, trusts ${trusted}, ALPN ${alpn || 'none'}`
  }
}

const isTextField = (field: unknown): field is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement =>
  field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement

import { type Failure, failureText } from '../page/advice.js'
import { copyButton, h } from '../page/dom.js'

/** What failed, which alert, what to try. */
export function failureView(failure: Failure): HTMLElement {
  const { title, meaning, advice, code, message, alert } = failure
  const technical: (readonly [string, string, string])[] = [
    ['Code', code, 'failure-code'],
    ['Alert', alert === undefined ? 'none' : `${alert.name}, sent by the ${alert.by}`, 'failure-alert'],
    ['Message', message, 'failure-message'],
  ]
  return h(
    'div',
    { class: 'failure', 'data-testid': 'failure', 'data-code': code },
    h('h2', {}, title),
    h('p', {}, meaning),
    advice.length > 0 &&
      h(
        'div',
        { class: 'advice' },
        h('h3', {}, 'What to try'),
        h('ul', {}, ...advice.map((line) => h('li', {}, ...withCode(line)))),
      ),
    h(
      'dl',
      { class: 'technical' },
      ...technical.map(([name, value, id]) =>
        h('div', {}, h('dt', {}, name), h('dd', { 'data-testid': id, class: 'mono' }, value)),
      ),
    ),
    copyButton('Copy', () => failureText(failure)),
  )
}

/** Backquotes mean code. */
const withCode = (line: string) => line.split('`').map((part, index) => (index % 2 === 1 ? h('code', {}, part) : part))

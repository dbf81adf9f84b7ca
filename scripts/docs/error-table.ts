import { alertName } from '../../src/errors/alert-description.js'
import { errorRules, type TlsErrorCode } from '../../src/errors/codes.js'
import { errorGuide } from './error-guide.js'

/** Every code of a TlsError, for docs/errors.md. */
export function errorTable(): string {
  const rows = (Object.keys(errorRules) as TlsErrorCode[]).map((code) => {
    const { category, alert } = errorRules[code]
    const { means, whatToDo, s2n } = errorGuide[code]
    const names = s2n.map((name) => `\`${name}\``).join(', ')
    const sent = alert === undefined ? '—' : `\`${alertName(alert)}\``
    return `| \`${code}\` | ${category} | ${sent} | ${means} | ${whatToDo} | ${names || '—'} |`
  })
  return [
    '| code | category | alert | what happened | what to do | s2n-tls |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

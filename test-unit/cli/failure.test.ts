import { describe, expect, it } from 'vitest'
import { failureJson, failureLines } from '../../src/cli/failure.js'
import { TlsError } from '../../src/errors/tls-error.js'

describe('the report of a failure', () => {
  it('names the alert, and who sent it', async () => {
    const ours = new TlsError('decode_error', 'what came makes no sense')
    expect(await failureLines(ours)).toContain('  alert  decode_error (sent)')
    expect(await failureJson(ours)).toMatchObject({ alert: 'decode_error', exitCode: expect.any(Number) })
  })

  it('names none for a wrong call, which no peer hears of', async () => {
    const wrong = new TlsError('invalid_argument', 'serverName is missing')
    expect((await failureLines(wrong)).join('\n')).not.toContain('alert')
    expect(await failureJson(wrong)).toMatchObject({ code: 'invalid_argument', alert: undefined })
  })
})

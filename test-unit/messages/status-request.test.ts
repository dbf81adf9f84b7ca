import { describe, expect, it } from 'vitest'
import { ExtensionType } from '../../src/messages/code-points.js'
import { asksForOcsp, checkStatusRequest } from '../../src/messages/extensions/status-request.js'

const asking = (...data: number[]) => [{ type: ExtensionType.status_request, data: Uint8Array.from(data) }]
const rfc6066 = asking(1, 0, 0, 0, 0)

describe('status_request', () => {
  it('is empty where a server asks, as GnuTLS, Go and rustls have it', () => {
    expect(() => checkStatusRequest(asking(), 'server')).not.toThrow()
    expect(asksForOcsp(asking())).toBe(true)
  })

  it('has a body where a client asks, and is understood with it where a server does', () => {
    expect(() => checkStatusRequest(rfc6066, 'client')).not.toThrow()
    expect(() => checkStatusRequest(rfc6066, 'server')).not.toThrow()
    expect(asksForOcsp(rfc6066)).toBe(true)
    expect(() => checkStatusRequest(asking(), 'client')).toThrow('status_request')
  })

  it.each(['client', 'server'] as const)('is refused when it is cut short, of a %s', (asker) => {
    expect(() => checkStatusRequest(asking(1, 0), asker)).toThrow(expect.objectContaining({ code: 'decode_error' }))
  })

  it('asks for nothing when its type is not known, or when it is not there', () => {
    expect(() => checkStatusRequest(asking(2, 9), 'client')).not.toThrow()
    expect(asksForOcsp(asking(2, 9))).toBe(false)
    expect(asksForOcsp([])).toBe(false)
  })
})

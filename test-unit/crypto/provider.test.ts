import { afterEach, expect, it, vi } from 'vitest'
import { platformProvider } from '../../src/crypto/provider.js'

afterEach(() => {
  vi.restoreAllMocks()
})

//= rfc9846#section-C.1 C.1-1
it('the platform’s provider takes its randomness from the platform’s generator (appendix C.1)', () => {
  const spy = vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation((bytes) => {
    if (bytes instanceof Uint8Array) bytes.fill(0x5a)
    return bytes
  })
  expect(platformProvider.getRandomValues(new Uint8Array(4))).toEqual(new Uint8Array(4).fill(0x5a))
  expect(spy).toHaveBeenCalledOnce()
})

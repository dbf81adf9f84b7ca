import { describe, expect, it } from 'vitest'
import type { CryptoProvider } from '../../src/crypto/provider.js'
import { TicketKeys } from '../../src/session/ticket-keys.js'
import { testProvider } from '../support/provider.js'
import { pattern } from '../support/streams.js'

const state = pattern(120)

/** The tests' cryptography with a clock of its own, in milliseconds. */
function clocked(start = 1_000_000): { provider: CryptoProvider; wait(seconds: number): void } {
  let time = start
  return {
    provider: {
      get subtle() {
        return testProvider.subtle
      },
      getRandomValues: (bytes) => testProvider.getRandomValues(bytes),
      now: () => time,
    },
    wait(seconds) {
      time += seconds * 1000
    },
  }
}

const named = (id: number) => ({ name: new Uint8Array(16).fill(id), key: new Uint8Array(32).fill(id) })

async function sealed(keys: TicketKeys): Promise<Uint8Array<ArrayBuffer>> {
  const ticket = await keys.seal(state)
  if (!ticket) throw new Error('no key may make a ticket')
  return ticket
}

describe('generated keys', () => {
  //= rfc9846#section-4.7.1 4.7.1-17
  it('open what they sealed, and show nothing of it', async () => {
    const keys = TicketKeys.generated({ provider: testProvider })
    const [first, second] = [await sealed(keys), await sealed(keys)]
    expect(await keys.open(first)).toEqual(state)
    expect(first).not.toEqual(second)
    expect(Buffer.from(first).includes(Buffer.from(state.subarray(0, 16)))).toBe(false)
  })

  it('do not open what others sealed', async () => {
    const ticket = await sealed(TicketKeys.generated({ provider: testProvider }))
    expect(await TicketKeys.generated({ provider: testProvider }).open(ticket)).toBeUndefined()
  })

  it('do not open a ticket with any byte changed, cut anywhere or lengthened, and do not throw', async () => {
    const keys = TicketKeys.generated({ provider: testProvider })
    const ticket = await sealed(keys)
    for (let index = 0; index < ticket.length; index++) {
      const changed = ticket.map((byte, at) => (at === index ? byte ^ 1 : byte))
      expect(await keys.open(changed), `byte ${index}`).toBeUndefined()
      expect(await keys.open(ticket.slice(0, index)), `${index} bytes`).toBeUndefined()
    }
    expect(await keys.open(Uint8Array.from([...ticket, 0]))).toBeUndefined()
  })

  it('are replaced when their time to make tickets is over, and open a while longer', async () => {
    const { provider, wait } = clocked()
    const keys = TicketKeys.generated({ provider, encryptSeconds: 100, decryptSeconds: 50 })
    const old = await sealed(keys)
    wait(99)
    expect((await sealed(keys)).subarray(0, 16)).toEqual(old.subarray(0, 16))
    wait(1)
    const next = await sealed(keys)
    expect(next.subarray(0, 16)).not.toEqual(old.subarray(0, 16))
    wait(49)
    expect(await keys.open(old)).toEqual(state)
    wait(1)
    expect(await keys.open(old)).toBeUndefined()
    expect(await keys.open(next)).toEqual(state)
  })

  it('live for s2n-tls’s 2 and 13 hours when nothing is said', async () => {
    const { provider, wait } = clocked()
    const keys = TicketKeys.generated({ provider })
    const old = await sealed(keys)
    wait(7200 - 1)
    expect((await sealed(keys)).subarray(0, 16)).toEqual(old.subarray(0, 16))
    wait(1)
    expect((await sealed(keys)).subarray(0, 16)).not.toEqual(old.subarray(0, 16))
    wait(46_800 - 1)
    expect(await keys.open(old)).toEqual(state)
    wait(1)
    expect(await keys.open(old)).toBeUndefined()
  })

  it('are one key where many tickets are asked for at once', async () => {
    const keys = TicketKeys.generated({ provider: testProvider })
    const tickets = await Promise.all(Array.from({ length: 8 }, () => sealed(keys)))
    expect(new Set(tickets.map((ticket) => Buffer.from(ticket.subarray(0, 16)).toString('hex'))).size).toBe(1)
  })
})

describe('named keys', () => {
  it('open at one server what another sealed', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => TicketKeys.named([named(1)], { provider: testProvider })))
    expect(await two?.open(await sealed(one as TicketKeys))).toEqual(state)
  })

  it('are told apart by their names: the same key under another name opens nothing', async () => {
    const one = await TicketKeys.named([named(1)], { provider: testProvider })
    const other = await TicketKeys.named([{ ...named(1), name: named(2).name }], { provider: testProvider })
    const ticket = await sealed(one)
    ticket.set(named(2).name, 0)
    expect(await other.open(ticket)).toBeUndefined()
  })

  it('are used from their introduction on, the newest first, and make no key of their own', async () => {
    const { provider, wait } = clocked()
    const now = provider.now()
    const keys = await TicketKeys.named(
      [
        { ...named(1), introducedAt: now },
        { ...named(2), introducedAt: now + 10_000 },
      ],
      { provider, encryptSeconds: 100, decryptSeconds: 50 },
    )
    const nameOf = async () => (await keys.seal(state))?.[0]
    expect(await nameOf()).toBe(1)
    wait(9)
    expect(await nameOf()).toBe(1)
    wait(1)
    expect(await nameOf()).toBe(2)
    wait(99)
    expect(await nameOf()).toBe(2)
    wait(1)
    expect(await keys.seal(state)).toBeUndefined()
    await keys.add(named(3))
    expect(await nameOf()).toBe(3)
  })

  it('do not open before their introduction', async () => {
    const { provider, wait } = clocked()
    const ticket = await sealed(await TicketKeys.named([named(1)], { provider }))
    const later = await TicketKeys.named([{ ...named(1), introducedAt: provider.now() + 5000 }], { provider })
    expect(await later.open(ticket)).toBeUndefined()
    wait(5)
    expect(await later.open(ticket)).toEqual(state)
  })

  it.each([
    ['a name of 15 bytes', { ...named(1), name: new Uint8Array(15) }, /16 bytes/],
    ['a key of 16 bytes', { ...named(1), key: new Uint8Array(16) }, /32 bytes/],
  ])('are refused with %s', async (_what, key, message) => {
    await expect(TicketKeys.named([key], { provider: testProvider })).rejects.toThrow(message)
  })

  it('are refused with a name that is there already', async () => {
    const twice = TicketKeys.named([named(1), named(1)], { provider: testProvider })
    await expect(twice).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('are refused with one name for two that are added at once', async () => {
    const keys = await TicketKeys.named([], { provider: testProvider })
    const outcomes = await Promise.allSettled([keys.add(named(1)), keys.add({ ...named(1), key: named(2).key })])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  it('are copies: a caller may wipe its own at once', async () => {
    const keys = await TicketKeys.named([], { provider: testProvider })
    const { name, key } = { name: Uint8Array.from(named(1).name), key: Uint8Array.from(named(1).key) }
    const added = keys.add({ name, key })
    name.fill(0)
    key.fill(0)
    await added
    const same = await TicketKeys.named([named(1)], { provider: testProvider })
    expect(await same.open(await sealed(keys))).toEqual(state)
  })
})

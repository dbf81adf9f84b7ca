import { type CryptoProvider, platformProvider } from '../crypto/provider.js'
import { TlsError } from '../errors/tls-error.js'
import { asBytes, type Bytes, concatBytes, equalBytes, ownBytes, toHex } from '../wire/bytes.js'

export interface TicketKeysOptions {
  /** How long a key makes tickets, in seconds. Default 7200, as in s2n-tls. */
  readonly encryptSeconds?: number
  /** How long after that it still opens them, in seconds. Default 46800, as in s2n-tls. */
  readonly decryptSeconds?: number
  readonly provider?: CryptoProvider
}

/** A key that servers share, so that each can resume what another began. */
export interface NamedTicketKey {
  /** 16 bytes, sent with each ticket in the clear. */
  readonly name: Uint8Array
  /** 32 secret bytes. */
  readonly key: Uint8Array
  /** From when on it is used, in milliseconds since 1970. Default: at once. */
  readonly introducedAt?: number
}

interface HeldKey {
  readonly name: Bytes
  readonly key: CryptoKey
  readonly introducedAt: number
}

/**
 * The keys of a server's tickets, with s2n-tls's life of a key: it makes and opens tickets, then opens them only, then
 * it is gone. Without named keys it makes keys of its own and replaces them in time.
 */
export class TicketKeys {
  readonly #provider: CryptoProvider
  readonly #encryptMilliseconds: number
  readonly #decryptMilliseconds: number
  readonly #isSelfRotating: boolean
  #isShared: boolean
  #keys: HeldKey[] = []
  #making: Promise<HeldKey> | undefined

  private constructor(options: TicketKeysOptions, isSelfRotating: boolean) {
    for (const name of ['encryptSeconds', 'decryptSeconds'] as const) {
      const seconds = options[name]
      if (seconds !== undefined && !(typeof seconds === 'number' && seconds >= 0)) {
        throw invalid(`${name} is a number of seconds from 0 on, not ${String(seconds)}`)
      }
    }
    this.#provider = options.provider ?? platformProvider
    this.#encryptMilliseconds = (options.encryptSeconds ?? 7200) * 1000
    this.#decryptMilliseconds = (options.decryptSeconds ?? 46_800) * 1000
    this.#isSelfRotating = isSelfRotating
    this.#isShared = !isSelfRotating
  }

  /** Keys that live in this process alone. */
  static generated(options: TicketKeysOptions = {}): TicketKeys {
    return new TicketKeys(options, true)
  }

  /** Keys from outside, which several servers hold. More can be added in time. */
  static async named(keys: readonly NamedTicketKey[], options: TicketKeysOptions = {}): Promise<TicketKeys> {
    const made = new TicketKeys(options, false)
    for (const key of keys) await made.add(key)
    return made
  }

  /** Whether it holds a key from outside, with which another server may open its tickets as well. */
  get isShared(): boolean {
    return this.#isShared
  }

  /** @throws TlsError `invalid_argument` for a name or key of the wrong length, or a name that is there already */
  async add({ name, key, introducedAt = this.#provider.now() }: NamedTicketKey): Promise<void> {
    const ownName = ownBytes(name)
    const keyBytes = asBytes(key)
    if (ownName.length !== nameLength)
      throw invalid(`a ticket key's name has ${nameLength} bytes, not ${ownName.length}`)
    if (keyBytes.length !== 32) throw invalid(`a ticket key has 32 bytes, not ${keyBytes.length}`)
    if (!Number.isFinite(introducedAt)) throw invalid('introducedAt is in milliseconds since 1970')
    if (this.#holds(ownName)) throw invalid('two ticket keys with one name')
    this.#isShared = true
    const usages: KeyUsage[] = ['encrypt', 'decrypt']
    const held = await this.#provider.subtle.importKey('raw', keyBytes, 'AES-GCM', false, usages)
    // another of that name may have been added meanwhile
    if (this.#holds(ownName)) throw invalid('two ticket keys with one name')
    this.#keys.push({ name: ownName, key: held, introducedAt })
  }

  /**
   * A ticket, or `undefined` when no key may make one now.
   * @param use what opens as one is never taken for the other
   */
  async seal(state: Bytes, use: 'ticket' | 'cookie' = 'ticket'): Promise<Bytes | undefined> {
    const held = await this.#sealingKey()
    if (!held) return undefined
    const iv = this.#provider.getRandomValues(new Uint8Array(ivLength))
    const parameters = { name: 'AES-GCM', iv, additionalData: labelled(use, held.name) }
    return concatBytes(held.name, iv, new Uint8Array(await this.#provider.subtle.encrypt(parameters, held.key, state)))
  }

  /** What `seal` was given, or `undefined` for what no key here made: a forged ticket is just not known. */
  async open(ticket: Bytes, use: 'ticket' | 'cookie' = 'ticket'): Promise<Bytes | undefined> {
    const name = toHex(ticket.subarray(0, nameLength))
    const now = this.#provider.now()
    const end = this.#encryptMilliseconds + this.#decryptMilliseconds
    const held = this.#keys.find((each) => toHex(each.name) === name)
    if (!held || now < held.introducedAt || now >= held.introducedAt + end) return undefined
    const iv = ticket.slice(nameLength, nameLength + ivLength)
    if (iv.length !== ivLength) return undefined
    const parameters = { name: 'AES-GCM', iv, additionalData: labelled(use, held.name) }
    try {
      const sealed = ticket.subarray(nameLength + ivLength)
      return new Uint8Array(await this.#provider.subtle.decrypt(parameters, held.key, sealed))
    } catch {
      return undefined
    }
  }

  #holds(name: Uint8Array): boolean {
    return this.#keys.some((held) => equalBytes(held.name, name))
  }

  async #sealingKey(): Promise<HeldKey | undefined> {
    const now = this.#provider.now()
    const life = this.#encryptMilliseconds + this.#decryptMilliseconds
    this.#keys = this.#keys.filter(({ introducedAt }) => now < introducedAt + life)
    // the newest that is in use
    const usable = this.#keys
      .filter(({ introducedAt }) => introducedAt <= now && now < introducedAt + this.#encryptMilliseconds)
      .sort((a, b) => b.introducedAt - a.introducedAt)
    if (usable[0] || !this.#isSelfRotating) return usable[0]
    this.#making ??= this.#make(now).finally(() => {
      this.#making = undefined
    })
    return await this.#making
  }

  async #make(introducedAt: number): Promise<HeldKey> {
    const name = this.#provider.getRandomValues(new Uint8Array(nameLength))
    const algorithm = { name: 'AES-GCM', length: 256 }
    const key = await this.#provider.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt'])
    const held = { name, key, introducedAt }
    this.#keys.push(held)
    return held
  }
}

const nameLength = 16
const ivLength = 12

const labelled = (use: 'ticket' | 'cookie', name: Bytes): Bytes =>
  concatBytes(new TextEncoder().encode(`webtls ${use}`), name)

const invalid = (message: string) => new TlsError('invalid_argument', message)

import { AlertDescription } from '../errors/alert-description.js'
import { asTlsError, TlsError } from '../errors/tls-error.js'
import type { WriteState } from '../handshake/handshake-result.js'
import { MessageChannel } from '../handshake/message-channel.js'
import { Observer } from '../handshake/observer.js'
import type { VerifiedPeer } from '../handshake/verified-peer.js'
import { type Bytes, ownBytes } from '../wire/bytes.js'
import { dial, discard } from './check-transport.js'
import type { ConnectionSettings, Established, PostHandshake } from './connection-settings.js'
import { deferred, rejected } from './deferred.js'
import type { DuplexStream } from './duplex-stream.js'
import { EarlyDataStream } from './early-data-stream.js'
import { exportKeyingMaterial } from './exporter.js'
import { alertMilliseconds, giveUpTransport } from './give-up-transport.js'
import { KeyUpdates } from './key-updates.js'
import { checkHandshakeTimeout } from './option-checks.js'
import { ReadSide } from './read-side.js'
import { RecordSizing } from './record-sizing.js'
import { socketInfo } from './socket-info.js'
import type { TlsSocket, TlsSocketInfo } from './tls-socket.js'
import { within } from './within.js'
import { WriteSide } from './write-side.js'

/** Joins transport, handshake and streams, in either role. The first failure latches and ends all of it. */
export class TlsConnection implements TlsSocket {
  readonly #settings: ConnectionSettings
  readonly #opened = deferred<TlsSocketInfo>()
  readonly #closed = deferred<void>()
  /** These two hold all secrets that outlive the handshake, until `#forgetSecrets`. */
  #established = deferred<Established & { readonly postHandshake: PostHandshake }>()
  #writing = deferred<Pick<Established, 'channel' | 'keyUpdates'>>()
  readonly #readEnded = deferred<void>()
  readonly #earlyData: EarlyDataStream
  readonly #recordSizing: RecordSizing
  readonly #readSide: ReadSide
  readonly #writeSide: WriteSide
  #transport: DuplexStream | undefined
  #channel: MessageChannel | undefined
  #failure: TlsError | undefined
  #isOpen = false
  #handshakeTimer: ReturnType<typeof setTimeout> | undefined
  #isReadEnded = false
  #isReadCancelled = false
  #isWriteEnded = false
  #isClosing = false
  #isFinished = false

  constructor(transport: DuplexStream | Promise<DuplexStream>, settings: ConnectionSettings) {
    this.#settings = settings
    this.#earlyData = settings.earlyData ?? new EarlyDataStream()
    if (!settings.earlyData) this.#earlyData.end()
    this.#recordSizing = new RecordSizing(settings.recordSizing)
    this.#readSide = new ReadSide(() => this.#readCancelled())
    this.#writeSide = new WriteSide({
      write: (data) => this.#write(data),
      close: () => this.#endWriting(),
      abort: (reason) =>
        this.#fail(new TlsError('aborted', `the writable was aborted: ${describe(reason)}`, { cause: reason })),
      fail: (error) => this.#fail(error),
    })
    this.#limitHandshakeTime()
    this.#listenForAbort()
    void this.#run(transport)
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#readSide.readable
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#writeSide.writable
  }

  get earlyData(): ReadableStream<Uint8Array> {
    return this.#earlyData.readable
  }

  get opened(): Promise<TlsSocketInfo> {
    return this.#opened.promise
  }

  get closed(): Promise<void> {
    return this.#closed.promise
  }

  async close(reason?: unknown): Promise<void> {
    if (this.#failure || this.#isFinished) return
    if (reason !== undefined || !this.#isOpen) {
      const because = reason === undefined ? ' before the handshake was done' : `: ${describe(reason)}`
      this.#fail(new TlsError('aborted', `the connection was closed${because}`, { cause: reason }))
      return
    }
    this.#isClosing = true
    // what still arrives is not wanted any more, though the peer may want to say close_notify; and a peer that is
    // stuck with what nobody reads would not take what was written
    this.#readSide.end()
    if (!(await this.#isWrittenOut())) {
      const seconds = closeMilliseconds / 1000
      this.#fail(new TlsError('closed', `the peer took nothing for ${seconds} s of what was written before close()`))
      return
    }
    await within(lingerMilliseconds, this.#readEnded.promise)
    await this.#finish()
  }

  /** However long it takes, as long as it goes on. */
  async #isWrittenOut(): Promise<boolean> {
    // at once: what is written from now on is too late
    const writtenOut = this.#writeOut()
    const { sink } = (await this.#established.promise).channel
    for (;;) {
      const before = sink.batchesTaken
      if (await within(closeMilliseconds, writtenOut)) return true
      if (sink.batchesTaken === before) return false
    }
  }

  async #writeOut(): Promise<void> {
    await this.#writeSide.drain(new TlsError('closed', 'the connection is closed'))
    // its failure reaches `closed`
    await this.#endWriting().catch(() => undefined)
  }

  async updateKeys(options: { readonly requestPeer?: boolean } = {}): Promise<void> {
    const { keyUpdates } = await this.#established.promise
    if (this.#failure) throw this.#failure
    if (this.#isWriteEnded) throw new TlsError('invalid_state', 'the write side has ended')
    await keyUpdates.update(options.requestPeer ?? false)
  }

  async exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Promise<Uint8Array> {
    // it may be long until then, and the caller has its buffer back
    const ownContext = context && ownBytes(context)
    const { result } = await this.#established.promise
    //= rfc9846#section-7.5 7.5-1
    return await exportKeyingMaterial(this.#settings.provider, result.exporterSecret, label, ownContext, length)
  }

  /** For a server: asks the client for a certificate (RFC 9846 section 4.7.2). */
  async requestClientCertificate(): Promise<VerifiedPeer | undefined> {
    const { postHandshake } = await this.#established.promise
    if (this.#failure) throw this.#failure
    if (this.#isWriteEnded || this.#isReadEnded)
      throw new TlsError('invalid_state', 'a side of the connection has ended')
    // no answer can come once the client has said close_notify, or the connection has failed
    const ended = this.#readEnded.promise.then(() => {
      throw this.#failure ?? new TlsError('closed', 'the client has ended the connection')
    })
    ended.catch(() => undefined)
    return await Promise.race([postHandshake.requestClientCertificate(), ended])
  }

  async #run(transport: DuplexStream | Promise<DuplexStream>): Promise<void> {
    try {
      const { provider, onEvent, maxCertificateLength, recordLimit, maxSendFragment } = this.#settings
      this.#transport = await dial(transport)
      if (this.#failure) {
        discard(this.#transport, this.#failure)
        return
      }
      const channel = new MessageChannel(this.#transport, new Observer(onEvent), maxCertificateLength)
      channel.sink.setPadding(this.#settings.padding)
      if (maxSendFragment !== undefined) channel.sink.limitFragments(maxSendFragment)
      this.#channel = channel
      void channel.sink.refused.then((failure) => this.#sendingFailed(failure))
      const mayWrite = (state: WriteState) => {
        const keyUpdates = new KeyUpdates(channel, provider, state, recordLimit)
        this.#writing.resolve({ channel, keyUpdates })
      }
      const result = await this.#settings.handshake(channel, mayWrite)
      if (this.#failure) return
      mayWrite(result)
      const { keyUpdates } = await this.#writing.promise
      this.#isOpen = true
      clearTimeout(this.#handshakeTimer)
      this.#earlyData.end()
      const established = { channel, result, keyUpdates }
      const postHandshake = this.#settings.postHandshake(established)
      this.#established.resolve({ ...established, postHandshake })
      //= rfc9846#section-F.5 F.5-5
      this.#opened.resolve(socketInfo(result))
      await this.#read(established, postHandshake)
    } catch (error) {
      this.#fail(asTlsError(error))
    }
  }

  /**
   * The peer takes nothing more. It may have said why, and its alert is worth more than the broken pipe; if it says
   * nothing, nobody would notice while the application only waits.
   */
  async #sendingFailed(failure: TlsError): Promise<void> {
    await within(alertMilliseconds, this.#readEnded.promise)
    if (!(this.#isReadEnded && this.#isWriteEnded)) this.#fail(failure)
  }

  /** The one loop that reads, until the peer says close_notify. */
  async #read({ channel, keyUpdates }: Established, postHandshake: PostHandshake): Promise<void> {
    for (;;) {
      const incoming = await channel.next()
      if (this.#failure) return
      if (incoming.kind !== 'message' || incoming.name === 'key_update') postHandshake.interrupted()
      switch (incoming.kind) {
        case 'data':
          if (incoming.data.length > 0) keyUpdates.dataReceived()
          await this.#readSide.deliver(incoming.data)
          break
        case 'message':
          if (incoming.name === 'key_update') await keyUpdates.receive(incoming.bytes)
          else await postHandshake.receive(incoming.name, incoming.bytes)
          break
        //= rfc9846#section-6 6-1
        //= rfc9846#section-6.1 6.1-1 6.1-9
        case 'closeNotify':
          this.#endReading()
          return
        case 'end':
          // after close() nothing more is wanted, so nothing is missing
          if (this.#isClosing) return this.#endReading()
          //= rfc9846#section-6.1 6.1-9
          throw new TlsError('truncated', 'the transport ended without close_notify: data may be missing (section 6.1)')
      }
    }
  }

  async #write(data: Bytes): Promise<void> {
    //= rfc9846#section-2 2-2
    //= rfc9846#section-5.1 5.1-20
    const { channel, keyUpdates } = await this.#writing.promise
    for (let offset = 0; offset < data.length; ) {
      try {
        await channel.sink.ready()
        await keyUpdates.beforeData()
        if (this.#failure) throw this.#failure
        const length = this.#recordSizing.next(channel.sink.fragmentLimit, performance.now())
        const end = Math.min(offset + length, data.length)
        channel.sendData(data.subarray(offset, end))
        offset = end
      } catch (error) {
        this.#fail(asTlsError(error))
        throw this.#failure ?? error
      }
    }
  }

  /** Once, whoever asks for it: the stream's end or `close()`. */
  #endWriting(): Promise<void> {
    this.#writeEnd ??= this.#sayCloseNotify()
    return this.#writeEnd
  }
  #writeEnd: Promise<void> | undefined

  /** RFC 9846 section 6.1: close_notify ends our direction only; the peer may go on. */
  async #sayCloseNotify(): Promise<void> {
    const { channel, keyUpdates } = await this.#established.promise
    try {
      await keyUpdates.beforeData()
      await channel.sink.flushed()
      if (this.#failure) throw this.#failure
      this.#isWriteEnded = true
      keyUpdates.end()
      //= rfc9846#section-6.1 6.1-2 6.1-6 6.1-7
      channel.sendAlert('warning', AlertDescription.close_notify)
      await channel.sink.flushed()
    } catch (error) {
      // a peer that said close_notify may be gone by now (section 6.1): it took all the data, and needs no farewell. Its
      // own may still be on the way, as when both close at once
      if (this.#isWriteEnded) await within(alertMilliseconds, this.#readEnded.promise)
      if (!(this.#isReadEnded && this.#isWriteEnded)) {
        this.#fail(asTlsError(error))
        throw this.#failure ?? error
      }
    }
    if (this.#isReadEnded) await this.#finish()
    else if (this.#isReadCancelled) void this.close()
  }

  #endReading(): void {
    this.#isReadEnded = true
    this.#readSide.end()
    this.#readEnded.resolve()
    if (this.#isWriteEnded && !this.#isClosing) void this.#finish()
  }

  #readCancelled(): void {
    this.#isReadCancelled = true
    if (this.#isWriteEnded) void this.close()
  }

  /** Both directions have ended: the transport is given back. */
  async #finish(): Promise<void> {
    if (this.#isFinished || this.#failure) return
    this.#isFinished = true
    this.#settings.signal?.removeEventListener('abort', this.#onAbort)
    // the peer may have gone already: what was to be said has been said
    const { channel } = await this.#established.promise
    await within(lingerMilliseconds, channel.sink.close()).catch(() => undefined)
    // where it took too long; after a close that was done it changes nothing
    channel.sink.abort(undefined).catch(() => undefined)
    channel.source.cancel(undefined).catch(() => undefined)
    this.#forgetSecrets(channel, new TlsError('invalid_state', 'the connection is closed'))
    this.#closed.resolve()
  }

  /**
   * A socket may be kept long after its end: what could open its records, or make keys of it, must not be. Who asks
   * for it from now on is told `because`.
   */
  #forgetSecrets(channel: MessageChannel | undefined, because: TlsError): void {
    //= rfc9846#section-6 6-4
    channel?.forgetKeys()
    this.#channel = undefined
    this.#established = rejected(because)
    this.#writing = rejected(because)
  }

  /** The first failure counts: it is told to the peer, to both streams and to both promises. */
  #fail(failure: TlsError): void {
    if (this.#failure || this.#isFinished) return
    //= rfc9846#section-6 6-2 6-3
    //= rfc9846#section-6.2 6.2-1 6.2-3
    this.#failure = failure
    clearTimeout(this.#handshakeTimer)
    this.#settings.signal?.removeEventListener('abort', this.#onAbort)
    this.#opened.reject(failure)
    this.#established.reject(failure)
    this.#writing.reject(failure)
    this.#closed.reject(failure)
    this.#readEnded.resolve()
    this.#earlyData.fail(failure)
    this.#readSide.fail(failure)
    this.#writeSide.fail(failure)
    const channel = this.#channel
    if (channel) void giveUpTransport(channel, failure, this.#isOpen, () => this.#forgetSecrets(channel, failure))
  }

  /** A transport that is not there yet counts as well: nothing else would end the wait for it. */
  #limitHandshakeTime(): void {
    const { handshakeTimeoutMilliseconds: limit } = this.#settings
    try {
      checkHandshakeTimeout(limit)
    } catch (error) {
      this.#fail(asTlsError(error))
    }
    if (this.#failure || limit > longestTimer) return
    this.#handshakeTimer = setTimeout(() => {
      const what = this.#transport ? 'the handshake was not done' : 'there was no transport'
      this.#fail(new TlsError('handshake_timeout', `${what} within ${limit} ms`))
    }, limit)
  }

  #listenForAbort(): void {
    const { signal } = this.#settings
    if (signal?.aborted) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#settings.signal?.reason
    this.#fail(new TlsError('aborted', `the connection was aborted: ${describe(reason)}`, { cause: reason }))
  }
}

/** How long a peer may take nothing of what was written before `close()`, in milliseconds. */
const closeMilliseconds = 30_000
/** How long a peer may take to answer close_notify, in milliseconds. */
const lingerMilliseconds = 2000
/** What `setTimeout` can wait; more means no limit. */
const longestTimer = 2 ** 31 - 1

const describe = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason))

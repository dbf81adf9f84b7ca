import { connect, type Socket } from 'node:net'
import type { DuplexStream } from '../../src/connection/duplex-stream.js'
import { socketStream } from '../../src/transports/node-socket.js'
import type { ShimFlags } from './flags.js'

export interface RunnerTransport {
  readonly stream: DuplexStream
  /** Resolves when the socket is gone, so that an alert is not lost by leaving too early; at the latest in a while. */
  gone(): Promise<void>
}

/** A connection to the runner, which listens in both roles; the id tells it whose connection this is. */
export async function connectToRunner({ values, on }: ShimFlags): Promise<RunnerTransport> {
  const socket = connect({ port: values.port ?? 0, host: on.has('ipv6') ? '::1' : '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const id = Buffer.alloc(8)
  id.writeBigUInt64LE(BigInt(values['shim-id'] ?? 0))
  socket.write(id)
  return { stream: socketStream(socket), gone: () => untilGone(socket) }
}

async function untilGone(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, leaveAfterMilliseconds)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

const leaveAfterMilliseconds = 3000

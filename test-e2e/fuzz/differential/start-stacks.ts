import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolvePsk } from '../../../src/session/external-psk.js'
import { clientIdentity } from '../../../test-unit/support/client-identity.js'
import { testProvider } from '../../../test-unit/support/provider.js'
import { serverIdentity } from '../../../test-unit/support/server-identity.js'
import type { Identities } from './bent-peer.js'
import { buildStack, type CredentialFiles, type NativeStackName, nativeStack } from './native-stack.js'
import { ourStack } from './our-stack.js'
import type { Stack } from './stack.js'

export interface StartedStacks {
  /** Ours first. */
  readonly stacks: readonly Stack[]
  readonly identities: Identities
  /** Which could not be had, and why. */
  readonly missing: readonly string[]
  stop(): Promise<void>
}

/** This library and those of the others that can be had here. */
export async function startStacks(names: readonly NativeStackName[]): Promise<StartedStacks> {
  const identities = {
    server: await serverIdentity(),
    client: await clientIdentity(),
    externalPsk: resolvePsk({ identity: 'psk.test', key: testProvider.getRandomValues(new Uint8Array(32)) }),
  }
  const directory = await mkdtemp(join(tmpdir(), 'webtls-fuzz-'))
  const stacks: Stack[] = [await ourStack(identities)]
  const missing: string[] = []
  const stop = async () => {
    await Promise.all(stacks.map((stack) => stack.stop()))
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const files = await writeCredentials(directory, identities)
    for (const name of names) {
      const command = buildStack(name)
      if ('missing' in command) missing.push(`${name}: ${command.missing}`)
      else stacks.push(await nativeStack(name, command, files))
    }
    return { stacks, identities, missing, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function writeCredentials(
  directory: string,
  { server, client, externalPsk }: Identities,
): Promise<CredentialFiles> {
  const file = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(directory, name), content)
    return join(directory, name)
  }
  return {
    ca: await file('ca.pem', server.ca.pem),
    psk: await file('psk', externalPsk.key),
    server: {
      cert: await file('server.pem', server.certificate.chainPem),
      key: await file('server.key', server.certificate.pkcs8Pem),
    },
    client: {
      cert: await file('client.pem', client.certificate.chainPem),
      key: await file('client.key', client.certificate.pkcs8Pem),
    },
  }
}

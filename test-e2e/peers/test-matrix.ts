import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SecurityPolicy } from '../../src/index.js'
import { type KeyType, keyTypes, testPki } from '../support/pki.js'
import { absenceOf, type Role } from './features.js'
import { matrixTitle } from './interop-table.js'
import { callPeer, callUs } from './run-peer.js'
import type { PeerServer, Stack } from './stack.js'
import { told } from './told.js'

/** Every suite with every group and every kind of certificate. The table counts a test for each of the three. */
export function testMatrix(stack: Stack): void {
  describe(stack.name, () => {
    for (const role of ['server', 'client'] as const) {
      describe(`as ${role}`, () => {
        describe.skipIf(stack.missing)(matrixTitle, () => {
          for (const keyType of keyTypes) {
            if (absenceOf(stack.name, role, keyType) !== undefined) continue
            if (role === 'server') testServer(stack, keyType)
            else testClient(stack, keyType)
          }
        })
      })
    }
  })
}

/** The peer has all; we have one suite and one group, so that one process serves all of them. */
function testServer(stack: Stack, keyType: KeyType): void {
  describe(keyType, () => {
    let server: PeerServer
    let number = 0
    beforeAll(async () => {
      server = await stack.serve({ identities: [testPki().leaf[keyType]] })
    })
    afterAll(() => server?.stop())

    forEach(stack, 'server', keyType, async ({ cipherSuite, group }, securityPolicy) => {
      const { ours, theirs } = await callPeer(stack, server, { securityPolicy }, ++number)
      expect(ours).toMatchObject({ protocol: 'TLSv1.3', cipherSuite, group, resumed: false })
      expect(ours.signatureScheme).toMatch(schemes[keyType])
      expect(theirs).toMatchObject(told(theirs, { cipherSuite, group, version: 'TLSv1.3' }))
    })
  })
}

function testClient(stack: Stack, keyType: KeyType): void {
  describe(keyType, () => {
    forEach(stack, 'client', keyType, async ({ cipherSuite, group }, securityPolicy) => {
      const [outcome] = await callUs(stack, { keyType, securityPolicy })
      expect(outcome?.ours).toMatchObject({ protocol: 'TLSv1.3', cipherSuite, group, resumed: false })
      expect(outcome?.theirs).toMatchObject(told(outcome?.theirs ?? {}, { cipherSuite, group, version: 'TLSv1.3' }))
    })
  })
}

interface Cell {
  readonly cipherSuite: string
  readonly group: string
}

function forEach(
  stack: Stack,
  role: Role,
  keyType: KeyType,
  run: (cell: Cell, securityPolicy: SecurityPolicy) => Promise<void>,
): void {
  for (const cipherSuite of stack.cipherSuites) {
    for (const group of stack.groups.filter((name) => absenceOf(stack.name, role, name) === undefined)) {
      test(`${cipherSuite}, ${group}, ${keyType}`, async () => {
        const policy = SecurityPolicy.from({
          cipherSuites: [cipherSuite as 'TLS_AES_128_GCM_SHA256'],
          groups: [group as 'x25519'],
        })
        await run({ cipherSuite, group }, policy)
      })
    }
  }
}

const schemes: Readonly<Record<KeyType, RegExp>> = {
  rsa2048: /^rsa_pss_rsae_sha(256|384|512)$/,
  'rsa-pss': /^rsa_pss_pss_sha(256|384|512)$/,
  'ecdsa-p256': /^ecdsa_secp256r1_sha256$/,
  'ecdsa-p384': /^ecdsa_secp384r1_sha384$/,
  'ecdsa-p521': /^ecdsa_secp521r1_sha512$/,
  ed25519: /^ed25519$/,
}

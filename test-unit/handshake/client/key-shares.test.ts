import { describe, expect, it } from 'vitest'
import { ExtensionType, NamedGroup, type NamedGroupName } from '../../../src/messages/code-points.js'
import { makeExtension, readExtension } from '../../../src/messages/extensions/extension.js'
import { keyShare } from '../../../src/messages/extensions/key-share.js'
import { supportedGroups } from '../../../src/messages/extensions/supported-groups.js'
import { SecurityPolicy } from '../../../src/policy/security-policy.js'
import { type Bytes, fromHex } from '../../../src/wire/bytes.js'
import type { HandshakeScript } from '../../support/handshake-script.js'
import { itRefuses, type RefusalRow, withExtensions } from '../../support/refusal-table.js'
import { openScripted } from '../../support/scripted-connection.js'

const illegal = { code: 'illegal_parameter', alert: 'illegal_parameter' } as const

/** The honest ServerHello with another share in it, made from the honest one. */
const share = (group: NamedGroupName, change: (honest: Bytes) => Bytes, chosen = group): HandshakeScript => ({
  group,
  edit: {
    server_hello: (hello) => {
      const honest = readExtension(hello.extensions, keyShare, keyShare.serverHello)
      const keyExchange = change(honest?.keyExchange ?? new Uint8Array())
      return withExtensions(makeExtension(keyShare, keyShare.serverHello, { group: NamedGroup[chosen], keyExchange }))(
        hello,
      )
    },
  },
})

const lowOrderPoints = [
  ['0', '0000000000000000000000000000000000000000000000000000000000000000'],
  ['1', '0100000000000000000000000000000000000000000000000000000000000000'],
  ['order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['order 8, the other', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
  ['p - 1', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['p + 1', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ['0 with the top bit', '0000000000000000000000000000000000000000000000000000000000000080'],
  ['p - 1 with the top bit', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
] as const

/** Engines see it when they import the point, or when they multiply it. */
const notOnCurve = /is refused: (it is not a point of the curve|no secret can be agreed on)/

const groups: readonly NamedGroupName[] = ['x25519', 'secp256r1', 'secp384r1', 'secp521r1']
const curves = groups.slice(1)
const allShares = { securityPolicy: SecurityPolicy.from({ keyShares: groups }) }

describe("a client that reads the server's key share", () => {
  itRefuses([
    {
      what: 'a group that was not offered (4.3.8)',
      script: share('x25519', (honest) => honest, 'MLKEM1024'),
      ...illegal,
      message: /MLKEM1024, for which no share was sent/,
    },
    {
      //= rfc9846#section-2 2-1
      what: 'a group that was offered without a share (4.3.8)',
      script: share('x25519', (honest) => honest, 'secp384r1'),
      ...illegal,
      message: /secp384r1, for which no share was sent/,
    },
    {
      what: "another group's share (4.3.8)",
      script: share('x25519', (honest) => honest, 'secp256r1'),
      options: allShares,
      ...illegal,
      message: /secp256r1 is refused: it has 32 bytes/,
    },
    //= rfc9846#section-7.4.2 7.4.2-3
    ...lowOrderPoints.map(
      ([name, point]): RefusalRow => ({
        what: `the X25519 point ${name}, which gives zero (7.4.2)`,
        script: share('x25519', () => fromHex(point)),
        ...illegal,
        // by ourselves: engines differ in whether they look
        message: /x25519 is refused: the shared secret would be all zero/,
      }),
    ),
    ...groups.flatMap((group): RefusalRow[] => [
      {
        what: `a ${group} share that is a byte short`,
        script: share(group, (honest) => honest.slice(0, -1)),
        options: allShares,
        ...illegal,
        message: new RegExp(`${group} is refused: it has`),
      },
      {
        what: `a ${group} share that is a byte long`,
        script: share(group, (honest) => Uint8Array.from([...honest, 0])),
        options: allShares,
        ...illegal,
        message: new RegExp(`${group} is refused: it has`),
      },
    ]),
    ...curves.flatMap((group): RefusalRow[] => [
      {
        //= rfc9846#section-4.3.8.2 4.3.8.2-1
        //= rfc9846#section-6 6-10
        what: `a ${group} point that is not on the curve (4.3.8.2)`,
        script: share(group, (honest) => {
          const off = honest.slice()
          off[off.length - 1] = (off.at(-1) ?? 0) ^ 1
          return off
        }),
        options: allShares,
        ...illegal,
        message: notOnCurve,
      },
      {
        //= rfc9846#section-4.3.8.2 4.3.8.2-1
        what: `the ${group} point 0, 0 (4.3.8.2)`,
        script: share(group, (honest) => Uint8Array.from(honest, (_, index) => (index === 0 ? 4 : 0))),
        options: allShares,
        ...illegal,
        message: notOnCurve,
      },
      {
        //= rfc9846#section-4.3.8.2 4.3.8.2-1
        what: `a ${group} coordinate beyond the prime (4.3.8.2)`,
        script: share(group, (honest) => Uint8Array.from(honest, (_, index) => (index === 0 ? 4 : 0xff))),
        options: allShares,
        ...illegal,
        message: notOnCurve,
      },
      {
        what: `a ${group} point in compressed form (4.3.8.2)`,
        script: share(group, (honest) => Uint8Array.from([2, ...honest.subarray(1)])),
        options: allShares,
        ...illegal,
        message: /not in uncompressed form/,
      },
      {
        what: `a ${group} point in hybrid form (4.3.8.2)`,
        script: share(group, (honest) => Uint8Array.from([6 + ((honest.at(-1) ?? 0) & 1), ...honest.subarray(1)])),
        options: allShares,
        ...illegal,
        message: /not in uncompressed form/,
      },
    ]),
  ])

  //= rfc9846#section-4.3.9 4.3.9-8
  //= rfc9846#section-9.1 9.1-4 9.1-5
  //= rfc9846#section-9.2 9.2-6
  //= rfc9846#section-9.3 9.3-4
  it.each(groups)('agrees with the server on %s when it sent a share for it', async (group) => {
    const { info } = await openScripted({ group }, allShares)
    expect(info.group).toBe(group)
  })

  //= rfc9846#section-4.3.8 4.3.8-3 4.3.8-4 4.3.8-6 4.3.8-9 4.3.8-10
  it('sends its shares in the order of supported_groups, each with the length of its group (4.3.8)', async () => {
    const { server } = await openScripted(
      {},
      { securityPolicy: SecurityPolicy.from({ keyShares: [...groups].reverse() }) },
    )
    const extensions = server.clientHellos[0]?.body.extensions ?? []
    const entries = readExtension(extensions, keyShare, keyShare.clientHello)
    expect(entries?.map((entry) => [entry.group, entry.keyExchange.length])).toEqual([
      [NamedGroup.x25519, 32],
      [NamedGroup.secp256r1, 65],
      [NamedGroup.secp384r1, 97],
      [NamedGroup.secp521r1, 133],
    ])
    const offered = readExtension(extensions, supportedGroups, supportedGroups.clientHello)
    expect(offered?.filter((group) => entries?.some((entry) => entry.group === group))).toEqual(
      entries?.map(({ group }) => group),
    )
  })

  it('never sends a share twice', async () => {
    const sent = new Set<string>()
    for (let index = 0; index < 3; index++) {
      const { server } = await openScripted()
      const data = server.clientHellos[0]?.body.extensions.find(({ type }) => type === ExtensionType.key_share)?.data
      sent.add(String(data))
    }
    expect(sent.size).toBe(3)
  })
})

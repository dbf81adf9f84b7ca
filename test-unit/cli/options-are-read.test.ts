import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { connectOptions } from '../../src/cli/connect/connect-options.js'
import { relayOptions } from '../../src/cli/relay/relay-options.js'
import { serveOptions } from '../../src/cli/serve/serve-options.js'

const folder = fileURLToPath(new URL('../../src/cli', import.meta.url))
const sources = (under: string) =>
  readdirSync(join(folder, under), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(folder, under, entry.name), 'utf8'))
const common = sources('.').join('')

/** An option that is listed and not read would be taken and ignored. */
describe.each([
  ['connect', connectOptions],
  ['serve', serveOptions],
  ['relay', relayOptions],
] as const)('webtls %s', (command, options) => {
  const code = common + sources(command).join('')
  it.each(Object.keys(options).filter((name) => name !== 'help'))('reads --%s', (name) => {
    expect(code).toMatch(new RegExp(`\\bargs\\.\\w+\\('${name}'`))
  })
})

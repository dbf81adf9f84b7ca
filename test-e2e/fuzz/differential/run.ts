import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { clientIdentity } from '../../../test-unit/support/client-identity.js'
import { serverIdentity } from '../../../test-unit/support/server-identity.js'
import { Comparer, findingOf } from './compare.js'
import { explain } from './divergences.js'
import { describeComparison, fuzz } from './fuzz.js'
import { buildStack, type NativeStackName, nativeStack, nativeStackNames } from './native-stack.js'
import { ourStack } from './our-stack.js'
import type { Recipe, Role } from './recipe.js'
import { printReport } from './report.js'
import type { Stack } from './stack.js'

/**
 * `npm run fuzz:differential`: the same bent handshakes against this library and others.
 *
 * --cases N       how many; 500 unless said
 * --seed S        the same cases again; the run says which it took
 * --target ROLE   bend handshakes with our `server` or our `client` only
 * --stacks A,B    of openssl, s2n, go and rustls; all that can be built here unless said
 * --parallel N    how many cases at once
 * --quiet MS      how long a stack may say nothing before it counts as waiting
 * --recipe JSON   one case alone, shown in full
 * --log FILE      a line of JSON for each case, with every stack's verdict
 * --alerts        shows also where the others agree on another alert than ours
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
    stacks: { type: 'string', default: nativeStackNames.join(',') },
    parallel: { type: 'string', default: '8' },
    quiet: { type: 'string', default: '400' },
    alerts: { type: 'boolean', default: false },
    recipe: { type: 'string' },
    log: { type: 'string' },
  },
})
if (values.target !== undefined && values.target !== 'server' && values.target !== 'client') {
  console.error(`--target is server or client, not ${values.target}`)
  process.exit(2)
}

const log = values.log === undefined ? undefined : createWriteStream(values.log)
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

const identities = { server: await serverIdentity(), client: await clientIdentity() }
const directory = await mkdtemp(join(tmpdir(), 'webtls-fuzz-'))
const stacks: Stack[] = [await ourStack(identities)]
try {
  const file = async (name: string, text: string) => {
    await writeFile(join(directory, name), text)
    return join(directory, name)
  }
  const { server, client } = identities
  const files = {
    ca: await file('ca.pem', server.ca.pem),
    server: {
      cert: await file('server.pem', server.certificate.chainPem),
      key: await file('server.key', server.certificate.pkcs8Pem),
    },
    client: {
      cert: await file('client.pem', client.certificate.chainPem),
      key: await file('client.key', client.certificate.pkcs8Pem),
    },
  }
  for (const name of values.stacks.split(',') as NativeStackName[]) {
    const command = buildStack(name)
    if ('missing' in command) console.warn(`without ${name}: ${command.missing}`)
    else stacks.push(await nativeStack(name, command, files))
  }
  if (stacks.length === 1) throw new Error('there is no other stack to compare with')
  if (values.recipe !== undefined) {
    const recipe = JSON.parse(values.recipe) as Recipe
    const comparison = await new Comparer(stacks, identities).compare(recipe, { quiet: 2000, end: 5000 })
    console.log(describeComparison(comparison))
    const finding = findingOf(comparison)
    console.log(finding ? `${finding.kind}: ${explain(comparison, finding) ?? 'unexplained'}` : 'no divergence')
    process.exit(finding ? 1 : 0)
  }
  const result = await fuzz(new Comparer(stacks, identities), {
    cases: Number(values.cases),
    seed: Number(values.seed),
    under: values.target as Role | undefined,
    parallel: Number(values.parallel),
    quiet: Number(values.quiet),
    progress: (line) => console.log(line),
    log: (line) => log?.write(`${line}\n`),
  })
  printReport(
    result,
    stacks.map(({ name }) => name),
    values.alerts,
  )
  for (const reason of unhandled) console.log(`unhandled rejection: ${String(reason)}`)
  process.exitCode = result.unexplained.length > 0 || unhandled.length > 0 ? 1 : 0
} finally {
  await Promise.all(stacks.map((stack) => stack.stop()))
  await rm(directory, { recursive: true, force: true })
  await new Promise<void>((resolve) => (log ? log.end(resolve) : resolve()))
}
process.exit()

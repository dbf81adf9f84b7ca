import { absenceOf, type Feature, features, type Role } from './features.js'
import { type StackName, stackNames } from './stack.js'

/** Vitest's JSON report, as far as the table needs it. */
export interface TestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

export interface InteropTable {
  readonly rows: readonly Row[]
  /** In the order in which the cells refer to them, from 1. */
  readonly reasons: readonly string[]
}

export interface Row {
  readonly title: string
  /** By stack, the peer as server before the peer as client. */
  readonly cells: readonly string[]
}

/**
 * Stack x feature x role, from a run: how many tests passed, of how many if not all; where a stack lacks the feature, a
 * dash and the number of the reason. A cell that is neither is empty, see `emptyCells`.
 */
export function interopTable(report: TestReport): InteropTable {
  const counts = countTests(report)
  const reasons = new Map<string, Set<StackName>>()
  const numberOf = (stack: StackName, reason: string) => {
    reasons.set(reason, (reasons.get(reason) ?? new Set()).add(stack))
    return [...reasons.keys()].indexOf(reason) + 1
  }
  const rows = [...matrixRows, ...Object.keys(features)].map((feature) => {
    const cells = stackNames.flatMap((stack) =>
      roles.map((role) => {
        const count = counts.get(keyOf(stack, role, feature))
        if (count !== undefined) return describeCount(count)
        const absence = absenceOf(stack, role, feature)
        return absence === undefined ? '' : `– ${numberOf(stack, absence.reason)}`
      }),
    )
    return { title: titleOf(feature), cells }
  })
  return { rows, reasons: [...reasons].map(([reason, stacks]) => `${[...stacks].join(', ')}: ${reason}`) }
}

/** Features that were neither tested nor are said to be lacking. */
export function emptyCells({ rows }: InteropTable): readonly string[] {
  return rows.flatMap(({ title, cells }) =>
    cells.flatMap((cell, index) =>
      cell === '' ? [`${stackNames[index >> 1]} as ${roles[index & 1]}: nothing is known of ${title}`] : [],
    ),
  )
}

/** For the end of a run on a terminal. */
export function printedTable({ rows, reasons }: InteropTable): string {
  const paired = rows.map(({ title, cells }) => ({
    title,
    cells: stackNames.map((_, index) => cells.slice(2 * index, 2 * index + 2).join(' / ')),
  }))
  const table = printed([{ title: 'passed, peer as server / client', cells: [...stackNames] }, ...paired])
  return [table, '', ...reasons.map((reason, index) => `${index + 1}  ${reason}`)].join('\n')
}

export function markdownTable({ rows, reasons }: InteropTable): string {
  const head = `| | ${stackNames.map((name) => `${name} server | client`).join(' | ')} |`
  const rule = `|---|${stackNames.map(() => '---|---').join('|')}|`
  const lines = rows.map(({ title, cells }) => `| ${title} | ${cells.join(' | ')} |`)
  const notes = reasons.map((reason, index) => `${index + 1}. ${reason}`)
  return [head, rule, ...lines, '', 'Not in this stack, or not in its tool:', '', ...notes].join('\n')
}

/** Chromium, Firefox and curl as clients of ours: test by test. */
export function userClientTable(report: TestReport): readonly Row[] {
  const tests = report.testResults.flatMap((file) => file.assertionResults).filter(({ status }) => isRun(status))
  const byClient = userClients.map((client) => tests.filter(({ ancestorTitles }) => ancestorTitles[0] === client))
  const titles = [...new Set(byClient.flat().map(({ title }) => title))]
  return titles.map((title) => ({
    title,
    cells: byClient.map((tests) => {
      const status = tests.find((test) => test.title === title)?.status
      return status === undefined ? '–' : status === 'passed' ? 'yes' : 'no'
    }),
  }))
}

export function printedUserClients(rows: readonly Row[]): string {
  return printed([{ title: 'client of ours', cells: [...userClients] }, ...rows])
}

export function markdownUserClients(rows: readonly Row[]): string {
  const lines = rows.map(({ title, cells }) => `| ${title} | ${cells.join(' | ')} |`)
  return [`| | ${userClients.join(' | ')} |`, `|---|${userClients.map(() => '---').join('|')}|`, ...lines].join('\n')
}

function printed(rows: readonly Row[]): string {
  const lines = rows.map(({ title, cells }) => [title, ...cells])
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

interface Count {
  passed: number
  all: number
}

function countTests(report: TestReport): ReadonlyMap<string, Count> {
  const counts = new Map<string, Count>()
  const add = (key: string, status: string) => {
    const count = counts.get(key) ?? { passed: 0, all: 0 }
    counts.set(key, { passed: count.passed + (status === 'passed' ? 1 : 0), all: count.all + 1 })
  }
  for (const { ancestorTitles, title, status } of report.testResults.flatMap((file) => file.assertionResults)) {
    const [stack, as, feature] = ancestorTitles
    const role = roles.find((name) => as === `as ${name}`)
    const name = stackNames.find((known) => known === stack)
    if (name === undefined || role === undefined || feature === undefined || !isRun(status)) continue
    if (feature === matrixTitle) for (const part of title.split(', ')) add(keyOf(name, role, part), status)
    else add(keyOf(name, role, featureNamed(feature)), status)
  }
  return counts
}

const isRun = (status: string) => status === 'passed' || status === 'failed'
const describeCount = ({ passed, all }: Count) => (passed === all ? String(all) : `${passed} of ${all}`)
const keyOf = (stack: StackName, role: Role, feature: string) => `${stack} ${role} ${feature}`
const titleOf = (feature: string) => features[feature as Feature] ?? feature
const featureNamed = (title: string) => Object.entries(features).find(([, name]) => name === title)?.[0] ?? title

export const matrixTitle = 'cipher suites, groups and certificates'
const roles = ['server', 'client'] as const
const userClients = ['Chromium', 'Firefox', 'curl'] as const
const matrixRows = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['x25519', 'secp256r1', 'secp384r1', 'secp521r1', 'X25519MLKEM768', 'SecP256r1MLKEM768', 'SecP384r1MLKEM1024'],
  ...['rsa2048', 'rsa-pss', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'ed25519'],
]

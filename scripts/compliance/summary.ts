import { type JudgedRequirement, type Status, statuses } from './judge-requirements.js'

export const strengths = ['MUST', 'SHOULD', 'MAY'] as const
export type Strength = (typeof strengths)[number]

export const strengthOf = ({ requirement }: JudgedRequirement): Strength =>
  strengths.find((strength) => requirement.level.startsWith(strength)) ?? 'MAY'

/** How many requirements of a strength have each status. */
export function countStatuses(
  requirements: readonly JudgedRequirement[],
  strength: Strength,
): Readonly<Record<Status, number>> {
  const ofStrength = requirements.filter((each) => strengthOf(each) === strength)
  const count = (status: Status) => ofStrength.filter((each) => each.status === status).length
  return Object.fromEntries(statuses.map((status) => [status, count(status)])) as Record<Status, number>
}

/** A table of all figures. */
export function summaryTable(requirements: readonly JudgedRequirement[]): string {
  const head = ['', 'all', ...statuses]
  const rows = strengths.map((strength) => {
    const counts = countStatuses(requirements, strength)
    const all = statuses.reduce((sum, status) => sum + counts[status], 0)
    return [strength, all, ...statuses.map((status) => counts[status])].map(String)
  })
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd : cell.padStart).call(cell, widths[column] ?? 0)).join('  ')
  return [head, ...rows].map(line).join('\n')
}

/** `MUST 10 of 12, SHOULD ...`: what is met, of all that binds client or server and has no exception. */
export function summaryLine(requirements: readonly JudgedRequirement[]): string {
  return strengths
    .map((strength) => {
      const { met, untested, unimplemented, missing } = countStatuses(requirements, strength)
      return `${strength} ${met} of ${met + untested + unimplemented + missing}`
    })
    .join(', ')
}

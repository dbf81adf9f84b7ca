import { bindsLibrary, type Citation, type Requirement, type Section } from './requirement.js'

/**
 * `met`: implemented and tested. `exception`: there is a reason why not. `others`: it binds others than this library.
 * The rest is to be done.
 */
export const statuses = ['met', 'exception', 'others', 'untested', 'unimplemented', 'missing'] as const
export type Status = (typeof statuses)[number]

export interface JudgedRequirement {
  readonly requirement: Requirement
  readonly section: Section
  readonly status: Status
  readonly implementations: readonly Citation[]
  readonly tests: readonly Citation[]
}

export interface Judgement {
  readonly requirements: readonly JudgedRequirement[]
  /** Citations that cannot be right, and each MUST that is not met. */
  readonly faults: readonly string[]
}

export function judgeRequirements(sections: readonly Section[], citations: readonly Citation[]): Judgement {
  const byId = new Map<string, Citation[]>()
  for (const citation of citations) byId.set(citation.id, [...(byId.get(citation.id) ?? []), citation])
  const requirements = sections.flatMap((section) =>
    section.requirements.map((requirement) => judge(section, requirement, byId.get(requirement.id) ?? [])),
  )
  const known = new Map(requirements.map((each) => [each.requirement.id, each]))
  return {
    requirements,
    faults: [...citations.flatMap((citation) => faultOf(citation, known) ?? []), ...requirements.flatMap(unmet)],
  }
}

function judge(section: Section, requirement: Requirement, cited: readonly Citation[]): JudgedRequirement {
  const implementations = cited.filter(({ kind }) => kind === 'implementation')
  const tests = cited.filter(({ kind }) => kind === 'test')
  return { requirement, section, implementations, tests, status: statusOf(requirement, implementations, tests) }
}

function statusOf(requirement: Requirement, implementations: readonly Citation[], tests: readonly Citation[]): Status {
  if (!bindsLibrary(requirement)) return 'others'
  if (requirement.exception !== undefined) return 'exception'
  if (implementations.length > 0) return tests.length > 0 ? 'met' : 'untested'
  return tests.length > 0 ? 'unimplemented' : 'missing'
}

function faultOf({ id, file, line }: Citation, known: ReadonlyMap<string, JudgedRequirement>): string | undefined {
  const judged = known.get(id)
  if (!judged) return `${file}:${line}: ${id} is not in the catalogue`
  // one of the two is out of date
  if (judged.status === 'exception') return `${file}:${line}: ${id} has an exception`
  if (judged.status === 'others') return `${file}:${line}: ${id} does not bind this library`
  return undefined
}

export const isSettled = (status: Status): boolean => status === 'met' || status === 'exception' || status === 'others'

function unmet({ requirement: { id, level, text }, status }: JudgedRequirement): string[] {
  if (isSettled(status) || !level.startsWith('MUST')) return []
  const what = { untested: 'no test', unimplemented: 'no implementation' }[status as string] ?? 'neither code nor test'
  return [`${id} (${level}): ${what} is cited: ${text}`]
}

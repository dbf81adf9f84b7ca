import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { libraryRoles, otherRoles, type Requirement, requirementLevels, type Section } from './requirement.js'

export interface Catalogue {
  readonly sections: readonly Section[]
  readonly faults: readonly string[]
}

/** The sections of all files of a folder, in the order of their names. */
export function readCatalogue(folder: string): Catalogue {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
  const sections = files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Section[])
  return { sections, faults: checkCatalogue(sections) }
}

export function checkCatalogue(sections: readonly Section[]): string[] {
  const seen = new Set<string>()
  return sections.flatMap(({ section, requirements }) =>
    requirements.flatMap((requirement) => {
      const { id } = requirement
      const faults = faultsOf(section, requirement)
      if (seen.has(id)) faults.push(`${id} stands in the catalogue twice`)
      seen.add(id)
      return faults
    }),
  )
}

function faultsOf(section: string, { id, level, role, text, exception }: Requirement): string[] {
  const faults: string[] = []
  if (!id.startsWith(`${section}-`) || !/^[1-9]\d*$/.test(id.slice(section.length + 1))) {
    faults.push(`${id} is no id of section ${section}`)
  }
  if (!requirementLevels.includes(level)) faults.push(`${id}: there is no level ${level}`)
  if (!([...libraryRoles, ...otherRoles] as readonly string[]).includes(role)) {
    faults.push(`${id}: there is no role ${role}`)
  }
  if (text.trim() === '') faults.push(`${id} says nothing`)
  if (exception?.trim() === '') faults.push(`${id} has an exception without a reason`)
  return faults
}

/** What an RFC asks for, in our own words. */
export interface Requirement {
  /** The section and a number within it, for example `4.3.8-3`. Once given it stays. */
  readonly id: string
  readonly level: RequirementLevel
  readonly role: RequirementRole
  readonly text: string
  /** Why it is not met, or does not apply here. */
  readonly exception?: string
}

export interface Section {
  readonly section: string
  readonly title: string
  /** Its number in RFC 8446, where that is another one. */
  readonly rfc8446?: string
  readonly requirements: readonly Requirement[]
}

/** REQUIRED and SHALL are MUST, RECOMMENDED is SHOULD, OPTIONAL is MAY (RFC 2119). */
export const requirementLevels = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY'] as const
export type RequirementLevel = (typeof requirementLevels)[number]

/** Whom it binds: the roles of this library, and then others, who are not judged here. */
export const libraryRoles = ['client', 'server', 'both'] as const
export const otherRoles = ['application', 'protocol', 'middlebox', 'deployment'] as const
export type RequirementRole = (typeof libraryRoles)[number] | (typeof otherRoles)[number]

export const bindsLibrary = ({ role }: Requirement): boolean => (libraryRoles as readonly string[]).includes(role)

/** A comment that ties a place in the project to requirements. */
export interface Citation {
  readonly id: string
  readonly kind: 'implementation' | 'test'
  /** From the project's root. */
  readonly file: string
  /** That of the comment, from 1. */
  readonly line: number
  /** The line below the comment. */
  readonly code: string
}

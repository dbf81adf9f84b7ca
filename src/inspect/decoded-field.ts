/**
 * One field of what was decoded, as the RFC names it. Fields without children lie one behind the other without a gap:
 * together they are every byte of what was decoded.
 */
export interface DecodedField {
  /** The RFC's name, for example `legacy_version`, or what it is where the RFC has none. */
  readonly name: string
  /**
   * `struct` has children; `length` counts the bytes of the fields after it; `fault` is what cannot be decoded, with
   * the reason in `meaning`.
   */
  readonly kind: 'struct' | 'length' | 'number' | 'bytes' | 'text' | 'fault'
  /** The first byte, counted from the start of what was decoded. */
  readonly start: number
  /** Behind the last byte. */
  readonly end: number
  /** As text: a number with its hexadecimal form, a name, the first bytes in hexadecimal; of a struct a summary. */
  readonly value: string
  /** What the value stands for, in words; undefined where there is nothing to say. */
  readonly meaning: string | undefined
  /** Where it is defined, for example `RFC 9846 section 4.2.2`; undefined where it is as its parent's. */
  readonly section: string | undefined
  readonly children: readonly DecodedField[]
}

/** What is said of a field beside its bytes. */
export interface FieldNote {
  readonly value?: string | undefined
  readonly meaning?: string | undefined
  readonly section?: string | undefined
}

/** Every field without children, in the order of their bytes. */
export function leafFields(field: DecodedField): DecodedField[] {
  return field.children.length === 0 ? [field] : field.children.flatMap(leafFields)
}

/** Whether something in it cannot be decoded. */
export function hasFault(field: DecodedField): boolean {
  return field.kind === 'fault' || field.children.some(hasFault)
}

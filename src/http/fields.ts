import type { ByteSource } from './byte-source.js'
import { HttpError, type HttpErrorCode } from './http-error.js'
import type { HttpLimits } from './limits.js'

/** As it came: the name in its own spelling, the value without white space around it, each byte one code unit. */
export type Field = readonly [name: string, value: string]
export type Fields = readonly Field[]

/** RFC 9110 section 5.6.2 */
export const isToken = (text: string): boolean => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)

/** RFC 9110 section 5.5, without white space around it. What is not Latin-1 has no byte. */
export const isFieldValue = (text: string): boolean =>
  // the empty value, or one that begins and ends with a visible character
  /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/.test(text)

/** RFC 9112 section 5: fields up to the empty line. */
export async function readFields(source: ByteSource, budget: HeadBudget): Promise<Fields> {
  const fields: Field[] = []
  for (let line = await budget.line(source); line !== ''; line = await budget.line(source)) {
    if (fields.length >= budget.maxFields) {
      throw new HttpError(budget.tooLarge, `more than ${budget.maxFields} fields`)
    }
    fields.push(parseField(line))
  }
  return fields
}

/** How much of a head, or of trailers, may still come. */
export class HeadBudget {
  readonly maxFields: number
  readonly tooLarge: HttpErrorCode
  readonly #maxLine: number
  readonly #maxBytes: number
  #left: number

  constructor(limits: HttpLimits, maxBytes: number, tooLarge: HttpErrorCode) {
    this.maxFields = limits.maxFields
    this.tooLarge = tooLarge
    this.#maxLine = limits.maxLineBytes
    this.#maxBytes = maxBytes
    this.#left = maxBytes
  }

  async line(source: ByteSource): Promise<string> {
    if (this.#left < 2) throw new HttpError(this.tooLarge, `more than ${this.#maxBytes} bytes of fields`)
    const line = await source.line(Math.min(this.#maxLine, this.#left - 2), this.tooLarge)
    this.#left -= line.length + 2
    return line
  }
}

function parseField(line: string): Field {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  // RFC 9112 section 5.1: no white space before the colon; section 5.2: a line that begins with it would continue the
  // one before (obs-fold). Neither is a token, so both are refused
  if (!isToken(name)) throw new HttpError('malformed', `not a field: ${JSON.stringify(line.slice(0, 60))}`)
  const value = trimWhitespace(line.slice(colon + 1))
  // RFC 9110 section 5.5: NUL, CR and LF are dangerous; no other control character is of use
  if (!isFieldValue(value)) throw new HttpError('malformed', `the value of ${name} has a control character`)
  return [name, value]
}

/** All values of a field, in order. @param name in lower case */
export function fieldValues(fields: Fields, name: string): string[] {
  return fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value)
}

/** The elements of a list field (RFC 9110 section 5.6.1) in lower case: for those whose elements have no quotes. */
export function listElements(fields: Fields, name: string): string[] {
  return fieldValues(fields, name)
    .flatMap((value) => value.split(','))
    .map((element) => trimWhitespace(element).toLowerCase())
    .filter((element) => element !== '')
}

/** OWS of RFC 9110 section 5.6.3. Not `trim()`: that takes more, and two readers would see two values. */
export function trimWhitespace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isWhitespace(text[start])) start++
  while (end > start && isWhitespace(text[end - 1])) end--
  return text.slice(start, end)
}

const isWhitespace = (character: string | undefined) => character === ' ' || character === '\t'

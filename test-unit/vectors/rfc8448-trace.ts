import { type Bytes, fromHex } from '../../src/wire/bytes.js'

/** A step of RFC 8448's "Example Handshake Traces", with the names that the RFC gives to step and fields. */
export interface TraceStep {
  readonly actor: 'client' | 'server'
  readonly step: string
  /** Hexadecimal; white space does not count. */
  readonly fields: Readonly<Record<string, string>>
}

/** A trace to ask for values by the RFC's names. */
export class Trace {
  readonly steps: readonly TraceStep[]

  constructor(steps: readonly TraceStep[]) {
    this.steps = steps
  }

  /** The `occurrence`-th step (from 0) with this name, by this actor. */
  find(actor: TraceStep['actor'], step: string, occurrence = 0): TraceStep {
    const found = this.steps.filter((each) => each.actor === actor && each.step === step)[occurrence]
    if (found === undefined) throw new Error(`the trace has no step ${occurrence} "${step}" of the ${actor}`)
    return found
  }

  has(actor: TraceStep['actor'], step: string): boolean {
    return this.steps.some((each) => each.actor === actor && each.step === step)
  }

  bytes(actor: TraceStep['actor'], step: string, field: string, occurrence = 0): Bytes {
    return fieldBytes(this.find(actor, step, occurrence), field)
  }

  /** The secret that a step `derive secret "tls13 ..."` gives. */
  secret(actor: TraceStep['actor'], label: string): Bytes {
    return this.bytes(actor, `derive secret "tls13 ${label}"`, 'expanded')
  }
}

export function fieldBytes({ step, fields }: TraceStep, field: string): Bytes {
  const hex = fields[field]
  if (hex === undefined) throw new Error(`the step "${step}" has no field ${field}`)
  return fromHex(hex.replace(/\s/g, ''))
}
